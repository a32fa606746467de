#include "lmtpload_options.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <sys/un.h>
#include <unistd.h>

namespace lmtpload {

void fail(int status, const std::string& message) {
    std::fprintf(stderr, "lmtpload: %s\n", message.c_str());
    std::exit(status);
}

void fail_errno(const std::string& what) {
    fail(1, what + ": " + std::strerror(errno));
}

std::string numbered(std::string_view pattern, std::size_t number) {
    std::string text(pattern);
    if (const auto at = text.find('%'); at != std::string::npos) {
        text.replace(at, 1, std::to_string(number));
    }
    return text;
}

Target parse_target(const std::string& text) {
    Target target;
    if (text.starts_with("unix:")) {
        const std::string path = text.substr(5);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.empty() || path.size() >= sizeof(address.sun_path)) {
            fail(2, "the path of the socket is empty or too long: " + path);
        }
        std::memcpy(address.sun_path, path.data(), path.size());
        std::memcpy(&target.address, &address, sizeof(address));
        target.length = sizeof(address);
        return target;
    }
    const auto colon = text.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        fail(2, "-to wants unix:PATH or an IPv4 address and port, not " + text);
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1)));
    target.family = AF_INET;
    std::memcpy(&target.address, &address, sizeof(address));
    target.length = sizeof(address);
    return target;
}

int connect_to(const Target& target) {
    const int fd = socket(target.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail_errno("socket");
    }
    const void* address = &target.address;
    if (connect(fd, static_cast<const sockaddr*>(address), target.length) != 0) {
        fail_errno("cannot connect");
    }
    if (target.family == AF_INET) {
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        fail_errno("fcntl");
    }
    return fd;
}

// ---- command line
// --------------------------------------------------------------------------------------

Options parse_options(int argc, char** argv) {
    Options options;
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (name == "-smtp") {
            options.smtp = true;
            continue;
        }
        if (i + 1 >= arguments.size()) {
            fail(2, "unknown option, or its value is missing: " + std::string(name));
        }
        const std::string value = arguments[++i];
        const auto number = [&value, name] {
            char* end = nullptr;
            const double read = std::strtod(value.c_str(), &end);
            if (*end != '\0' || read < 0) {
                fail(2, std::string(name) + " wants a number, not " + value);
            }
            return read;
        };
        if (name == "-to") {
            options.to = value;
        } else if (name == "-sessions") {
            options.sessions = static_cast<std::size_t>(number());
        } else if (name == "-recipients") {
            options.recipients = static_cast<std::size_t>(number());
        } else if (name == "-users") {
            options.users = static_cast<std::size_t>(number());
        } else if (name == "-recipient") {
            options.recipient = value;
        } else if (name == "-sender") {
            options.sender = value;
        } else if (name == "-size") {
            options.size = static_cast<std::size_t>(number());
        } else if (name == "-seconds") {
            options.seconds = number();
        } else if (name == "-warmup") {
            options.warmup = number();
        } else if (name == "-messages") {
            options.messages = static_cast<std::uint64_t>(number());
        } else if (name == "-least") {
            options.least = static_cast<std::uint64_t>(number());
        } else if (name == "-c") {
            options.per_connection = static_cast<std::uint64_t>(number());
        } else if (name == "-timeout") {
            options.timeout = number();
        } else if (name == "-idle") {
            options.idle = static_cast<std::size_t>(number());
        } else {
            fail(2, "unknown option: " + std::string(name));
        }
    }
    if (options.to.empty() || options.sessions == 0 || options.recipients == 0 ||
        options.users == 0) {
        fail(2,
             "-to unix:PATH|ADDRESS:PORT is needed; sessions, recipients and users are at least 1");
    }
    return options;
}

} // namespace lmtpload
