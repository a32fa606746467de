# Compiler options that every target of ours gets.  Warnings are errors in every preset.

add_library(mailcast_options INTERFACE)
target_include_directories(mailcast_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(mailcast_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-align -Wimplicit-fallthrough -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(mailcast_options INTERFACE -Wunreachable-code)
else()
  # g++ 12 sees uninitialised members in the moved-from half of std::expected at -O2; clang and the
  # sanitizers look for the real ones.
  target_compile_options(mailcast_options INTERFACE -Wno-maybe-uninitialized)
endif()

if(MAILCAST_SANITIZE)
  # thread and address sanitizers must be in every object, so these are global.
  add_compile_options(-fsanitize=${MAILCAST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MAILCAST_SANITIZE})
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
    -fcf-protection -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
