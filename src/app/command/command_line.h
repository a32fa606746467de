// From the words of the command line to a Command.  Pure: reads no file, prints nothing.
#pragma once

#include "app/operations/operations.h"

#include <optional>
#include <span>
#include <string>
#include <variant>

namespace mailcast::app {

struct Serve {};

struct Check {};

struct Settings {}; // hidden: all keys, one a line

struct Parse {
    std::string file; // "-" is standard input
    bool json = false;
};

struct Watch {
    std::string whom;
    bool password_stdin = false;
};

struct Postfix {
    std::string recipe; // "" for the one that fits
};

// An account command, log, mail or status.
struct Perform {
    enum class Password { none, optional, needed };

    Request request;
    Password password = Password::none; // person add may go without
    bool password_stdin = false;
};

struct Command {
    std::optional<std::string> configuration; // of -c
    std::variant<Serve, Check, Settings, Parse, Watch, Postfix, Perform> action;
};

// Nothing is left to do but print and end: help, version, or wrong usage.
struct Ending {
    int exit = exit_usage;
    std::string out;
    std::string error;
};

// `words` are without the name of the program.
std::variant<Command, Ending> parse_command_line(std::span<const std::string> words);

} // namespace mailcast::app
