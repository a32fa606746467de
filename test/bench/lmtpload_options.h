// What lmtpload is asked to do, and the server it talks to.
// Every function ends the program with a line on standard error when it cannot do its part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace lmtpload {

struct Options {
    std::string to;                              // "unix:PATH" or "ADDRESS:PORT"
    std::size_t sessions = 1;                    // connections at work at once
    std::size_t recipients = 1;                  // of each message
    std::size_t users = 100;                     // recipients are taken in turn from so many
    std::string recipient = "user%@example.org"; // % becomes the user's number
    std::string sender = "load@example.net";
    std::size_t size = 2048;          // octets of content as sent, without the final dot
    double seconds = 2.5;             // how long is measured; unused with messages
    double warmup = 0;                // seconds before that, not counted
    std::uint64_t messages = 0;       // stop after so many instead
    std::uint64_t least = 0;          // go on, up to ten times as long, until so many were answered
    std::uint64_t per_connection = 0; // messages before QUIT and a new connection; 0: no end
    double timeout = 60;              // seconds without any reply at all: give up
    std::size_t idle = 0;             // open so many connections and only hold them
    bool smtp = false;                // EHLO, and one reply after the content
};

// Exit: 1 it went wrong while running, 2 wrong usage.
[[noreturn]] void fail(int status, const std::string& message);
[[noreturn]] void fail_errno(const std::string& what);

Options parse_options(int argc, char** argv);

// "user%@example.org", 7 -> "user7@example.org"
std::string numbered(std::string_view pattern, std::size_t number);

struct Target {
    int family = AF_UNIX;
    sockaddr_storage address{};
    socklen_t length = 0;
};

Target parse_target(const std::string& text);

// Connects at once (the servers are on this machine), then never blocks again.
int connect_to(const Target& target);

} // namespace lmtpload
