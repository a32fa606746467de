#include "base/ascii.h"
#include "smtp/session_state.h"

#include <algorithm>
#include <array>

namespace mailcast::smtp {

namespace {

using State = Session::State;

enum class Where { everywhere, smtp_only, lmtp_only };
enum class Argument { none, any };

struct Command {
    std::string_view verb;
    Where where;
    Argument argument;
    MaybeEvent (State::*execute)(std::string_view argument);
};

// In the order of how often they come.
constexpr std::array commands{
    Command{"RCPT", Where::everywhere, Argument::any, &State::rcpt},
    Command{"MAIL", Where::everywhere, Argument::any, &State::mail},
    Command{"DATA", Where::everywhere, Argument::none, &State::data},
    Command{"BDAT", Where::everywhere, Argument::any, &State::bdat},
    Command{"XFORWARD", Where::everywhere, Argument::any, &State::xforward},
    Command{"RSET", Where::everywhere, Argument::none, &State::rset},
    Command{"LHLO", Where::lmtp_only, Argument::any, &State::lhlo},
    Command{"EHLO", Where::smtp_only, Argument::any, &State::lhlo},
    Command{"HELO", Where::smtp_only, Argument::any, &State::helo},
    Command{"QUIT", Where::everywhere, Argument::none, &State::quit},
    Command{"NOOP", Where::everywhere, Argument::any, &State::noop},
    Command{"STARTTLS", Where::everywhere, Argument::none, &State::starttls},
    Command{"AUTH", Where::everywhere, Argument::any, &State::auth},
    Command{"VRFY", Where::everywhere, Argument::any, &State::vrfy},
    Command{"HELP", Where::everywhere, Argument::any, &State::help},
    Command{"EXPN", Where::everywhere, Argument::any, &State::not_offered},
    Command{"ETRN", Where::everywhere, Argument::any, &State::not_offered},
    Command{"TURN", Where::everywhere, Argument::any, &State::not_offered},
    Command{"SEND", Where::everywhere, Argument::any, &State::not_offered},
    Command{"SOML", Where::everywhere, Argument::any, &State::not_offered},
    Command{"SAML", Where::everywhere, Argument::any, &State::not_offered},
};

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

} // namespace

MaybeEvent Session::State::execute(std::string_view line) {
    // A bare CR is among them: it is no end of a line, and in no command.
    if (std::ranges::any_of(line, is_control)) {
        refuse({500, 5, 2, "A command has no control characters"});
        return std::nullopt;
    }
    // RFC 5321 4.1.1: trailing white space is tolerated.
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view verb = line.substr(0, space);
    const auto found = std::ranges::find_if(
        commands, [verb](const Command& command) { return base::iequals(command.verb, verb); });
    if (found == commands.end()) {
        refuse({500, 5, 2, "Unknown command"});
        return std::nullopt;
    }
    if (found->where != Where::everywhere && (found->where == Where::lmtp_only) != is_lmtp()) {
        // RFC 2033 4.1: HELO and EHLO are no commands of LMTP.
        refuse({500, 5, 1, is_lmtp() ? "This is LMTP: say LHLO" : "This is SMTP: say EHLO"});
        return std::nullopt;
    }
    std::string_view argument = line.substr(space);
    argument.remove_prefix(std::min(argument.find_first_not_of(' '), argument.size()));
    if (found->argument == Argument::none && !argument.empty()) {
        refuse({501, 5, 4, "This command takes no argument"});
        return std::nullopt;
    }
    return (this->*found->execute)(argument);
}

MaybeEvent Session::State::noop(std::string_view) {
    say("250 2.0.0 ok\r\n");
    return std::nullopt;
}

MaybeEvent Session::State::help(std::string_view) {
    say("214 2.0.0 This is Mailcast; RFC 5321 and RFC 2033 say what can be said here\r\n");
    return std::nullopt;
}

// RFC 5321 7.3: who exists is told at RCPT only.
MaybeEvent Session::State::vrfy(std::string_view argument) {
    if (argument.empty()) {
        refuse({501, 5, 4, "Syntax: VRFY address"});
    } else {
        say("252 2.5.0 Cannot say; try RCPT\r\n");
    }
    return std::nullopt;
}

MaybeEvent Session::State::not_offered(std::string_view) {
    refuse({502, 5, 1, "Command not offered"});
    return std::nullopt;
}

MaybeEvent Session::State::quit(std::string_view) {
    MaybeEvent dropped = reset();
    say("221 2.0.0 bye\r\n");
    phase = Phase::closed;
    return dropped;
}

} // namespace mailcast::smtp
