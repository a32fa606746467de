#include "app/daemon.h"

#include "app/operations.h"
#include "app/server.h"
#include "base/log.h"

#include <sodium.h>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>

namespace mailcast::app {

int serve(const Configuration& configuration) {
    base::log::set_level(configuration.log_level);
    // A peer that goes away is an error of that circuit, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    if (sodium_init() < 0) {
        std::fputs("mailcast: libsodium cannot be started\n", stderr);
        return exit_failed;
    }
    auto server = Server::open(configuration);
    if (!server) {
        std::fprintf(stderr, "mailcast: %s\n", server.error().c_str());
        return exit_failed;
    }
    (*server)->run();
    base::log::info("ended");
    base::log::flush();
    return exit_done;
}

} // namespace mailcast::app
