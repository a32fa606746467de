#include "app/server/daemon.h"

#include "app/operations/operations.h"
#include "app/server/server.h"
#include "app/server/service_manager.h"
#include "base/log.h"

#include <sodium.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <utility>

namespace mailcast::app {

namespace {

int complain(const std::string& line) {
    static_cast<void>(std::fprintf(stderr, "mailcast: %s\n", line.c_str()));
    return exit_failed;
}

} // namespace

int serve(const Configuration& configuration) {
    base::log::set_level(configuration.log_level);
    // A peer that goes away is an error of that circuit, not the end of the program.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    if (sodium_init() < 0) {
        return complain("libsodium cannot be started");
    }
    auto manager = ServiceManager::from_environment();
    auto server = Server::open(configuration, std::move(manager));
    if (!server) {
        return complain(server.error());
    }
    (*server)->run();
    base::log::info("ended");
    base::log::flush();
    return exit_done;
}

} // namespace mailcast::app
