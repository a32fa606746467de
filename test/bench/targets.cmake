# One line a target: mailcast_bench(NAME USES modules)

# The load generator for LMTP and SMTP: no benchmark of functions, a program of its own.
add_executable(lmtpload lmtpload.cpp lmtpload_options.cpp)
target_link_libraries(lmtpload PRIVATE mailcast_options)
mailcast_bench(html USES text)
mailcast_bench(mime USES mime)
mailcast_bench(psyc USES base psyc)
mailcast_bench(store USES store)
mailcast_bench(session USES smtp mail base)
mailcast_bench(reading USES delivery mime mail)
mailcast_bench(directory USES delivery chat mail)
