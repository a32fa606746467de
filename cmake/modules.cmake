# mailcast_module(NAME [USES module...] [LINKS library...])
#   One static library per folder of src/: all its *.cpp but the *_test.cpp, which become the test
#   program NAME_test.  USES are other modules of ours; tools/check-layers holds them to the table.

find_package(GTest)

function(mailcast_module name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  list(TRANSFORM ARG_USES PREPEND "mailcast_")

  if(sources)
    add_library(mailcast_${name} STATIC ${sources})
    target_link_libraries(mailcast_${name} PUBLIC mailcast_options ${ARG_USES} ${ARG_LINKS})
  else()
    add_library(mailcast_${name} INTERFACE)
    target_link_libraries(mailcast_${name} INTERFACE mailcast_options ${ARG_USES} ${ARG_LINKS})
  endif()

  if(MAILCAST_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE mailcast_${name} GTest::gtest GTest::gtest_main)
    # A test runs once for every time it is built; optimising it costs a quarter (g++) to a half (clang) of that.
    target_compile_options(${name}_test PRIVATE -O0)
    target_compile_definitions(${name}_test PRIVATE MAILCAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES LABELS unit)
  endif()
endfunction()
