# `cmake --install`: the program, its manual pages, the systemd units and an example of the configuration.
# Nothing goes to /etc; packaging/debian does that for a Debian system.

include(GNUInstallDirs)

install(TARGETS mailcast)
install(FILES packaging/man/mailcast.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/man/mailcast.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES packaging/mailcast.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/mailcast)

# The unit names the program by its whole path.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS packaging/mailcast.service)
file(READ packaging/mailcast.service unit)
string(REPLACE "/usr/bin/mailcast" "${CMAKE_INSTALL_FULL_BINDIR}/mailcast" unit "${unit}")
file(CONFIGURE OUTPUT made/systemd/mailcast.service CONTENT "${unit}" @ONLY)
file(GLOB sockets CONFIGURE_DEPENDS packaging/*.socket)
install(FILES ${PROJECT_BINARY_DIR}/made/systemd/mailcast.service ${sockets} DESTINATION lib/systemd/system)
