# `cmake --install`: the program, its manual pages, the systemd units and an example of the configuration.
# Nothing goes to /etc; packaging/debian does that for a Debian system.

include(GNUInstallDirs)

install(TARGETS mailcast)
install(FILES packaging/man/mailcast.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/man/mailcast.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES packaging/mailcast.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/mailcast)
# Drop-ins for the socket units: where Postfix reaches them (docs/postfix.md).
install(DIRECTORY packaging/postfix DESTINATION ${CMAKE_INSTALL_DATADIR}/mailcast)

# The unit names the program by its whole path, which is known when it is installed (cmake --install --prefix).
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/packaging/mailcast.service\" unit)
  string(REPLACE /usr/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/made/systemd/mailcast.service\" \"\${unit}\")")
file(GLOB sockets CONFIGURE_DEPENDS packaging/*.socket)
install(FILES ${PROJECT_BINARY_DIR}/made/systemd/mailcast.service ${sockets} DESTINATION lib/systemd/system)
