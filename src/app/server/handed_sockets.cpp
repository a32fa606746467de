#include "app/server/handed_sockets.h"

#include "net/listener.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mailcast::app {

namespace {

constexpr int first_descriptor = 3; // SD_LISTEN_FDS_START
constexpr long most_sockets = 64;

long number_of(const char* text) {
    long value = 0;
    if (text != nullptr) {
        const std::string_view digits(text);
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    }
    return value;
}

// Where a socket is bound to, as net::ListenAddress writes it.
std::string address_of(int descriptor) {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    if (::getsockname(descriptor, static_cast<sockaddr*>(static_cast<void*>(&name)), &length) !=
        0) {
        return {};
    }
    net::ListenAddress address;
    std::array<char, INET6_ADDRSTRLEN> host{};
    const void* const octets = &name;
    if (name.ss_family == AF_INET) {
        const auto* in = static_cast<const sockaddr_in*>(octets);
        ::inet_ntop(AF_INET, &in->sin_addr, host.data(), host.size());
        address.port = ntohs(in->sin_port);
    } else if (name.ss_family == AF_INET6) {
        const auto* in6 = static_cast<const sockaddr_in6*>(octets);
        ::inet_ntop(AF_INET6, &in6->sin6_addr, host.data(), host.size());
        address.port = ntohs(in6->sin6_port);
    } else if (name.ss_family == AF_UNIX && length > offsetof(sockaddr_un, sun_path)) {
        const auto* un = static_cast<const sockaddr_un*>(octets);
        address.path.assign(un->sun_path, ::strnlen(un->sun_path, sizeof un->sun_path));
    } else {
        return {};
    }
    address.host = host.data();
    return address.text();
}

} // namespace

HandedSockets HandedSockets::from_environment() {
    HandedSockets handed;
    const long pid = number_of(std::getenv("LISTEN_PID"));
    const long count = std::min(number_of(std::getenv("LISTEN_FDS")), most_sockets);
    const char* names = std::getenv("LISTEN_FDNAMES");
    std::string_view rest = names == nullptr ? std::string_view() : std::string_view(names);
    if (pid == ::getpid()) {
        for (int i = 0; i < count; ++i) {
            const auto end = std::min(rest.find(':'), rest.size());
            const int descriptor = first_descriptor + i;
            ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
            handed.sockets_.push_back({.name = std::string(rest.substr(0, end)),
                                       .address = address_of(descriptor),
                                       .descriptor = descriptor});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);
    }
    return handed;
}

std::optional<int> HandedSockets::take(std::vector<Socket>::iterator found) {
    if (found == sockets_.end()) {
        return std::nullopt;
    }
    const int descriptor = found->descriptor;
    sockets_.erase(found);
    return descriptor;
}

std::optional<int> HandedSockets::take_at(std::string_view address) {
    return take(std::ranges::find(sockets_, address, &Socket::address));
}

std::optional<int> HandedSockets::take_named(std::string_view name) {
    return take(std::ranges::find(sockets_, name, &Socket::name));
}

std::vector<std::string> HandedSockets::left() const {
    std::vector<std::string> names;
    names.reserve(sockets_.size());
    for (const Socket& socket : sockets_) {
        names.push_back(socket.name);
    }
    return names;
}

} // namespace mailcast::app
