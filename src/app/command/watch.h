// Follows a person or a place live in the terminal, as a PSYC client of the running server.
#pragma once

#include "app/configuration/configuration.h"

#include <expected>
#include <string>

namespace mailcast::app {

struct WatchOptions {
    std::string whom;     // a nick, "~ada", "*lab" or "@lab", or the uniform of a person or place
    std::string password; // of the person, or what watch_pass() gave
};

// A word that opens one link in place of the password, from the running server: for who may use its
// control socket.  The error says why there is none.
std::expected<std::string, std::string> watch_pass(const Configuration& configuration,
                                                   const std::string& whom);

// Runs until interrupted.  Exit status of the program; what went wrong is on standard error.
int watch(const Configuration& configuration, const WatchOptions& options);

} // namespace mailcast::app
