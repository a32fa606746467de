#include "app/server/handed_sockets.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
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
            handed.sockets_.emplace_back(std::string(rest.substr(0, end)), descriptor);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);
    }
    return handed;
}

std::optional<int> HandedSockets::take(std::string_view name) {
    const auto found =
        std::ranges::find(sockets_, name, [](const auto& socket) { return socket.first; });
    if (found == sockets_.end()) {
        return std::nullopt;
    }
    const int descriptor = found->second;
    sockets_.erase(found);
    return descriptor;
}

std::vector<std::string> HandedSockets::left() const {
    std::vector<std::string> names;
    names.reserve(sockets_.size());
    for (const auto& [name, descriptor] : sockets_) {
        names.push_back(name);
    }
    return names;
}

} // namespace mailcast::app
