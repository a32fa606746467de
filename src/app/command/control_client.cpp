#include "app/command/control_client.h"

#include "app/operations/control_protocol.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace mailcast::app {

namespace {

constexpr std::size_t read_octets = 65'536;

bool connect_to(int socket, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return false;
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    // The one cast that the socket interface demands.
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

} // namespace

std::optional<ControlClient> ControlClient::connect(const std::string& data_dir) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return std::nullopt;
    }
    ControlClient client(socket);
    // By way of the open folder the name is short, however deep the folder lies.
    const int folder = ::open(data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return std::nullopt;
    }
    const bool connected =
        connect_to(socket, fmt::format("/proc/self/fd/{}/control.sock", folder)) ||
        connect_to(socket, data_dir + "/control.sock");
    ::close(folder);
    if (!connected) {
        return std::nullopt;
    }
    return client;
}

ControlClient::~ControlClient() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

bool ControlClient::send(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool ControlClient::receive_more() {
    std::array<char, read_octets> buffer; // NOLINT: filled by read
    for (;;) {
        const ssize_t got = ::read(socket_, buffer.data(), buffer.size());
        if (got > 0) {
            received_.append(buffer.data(), static_cast<std::size_t>(got));
            return true;
        }
        if (got == 0 || errno != EINTR) {
            return false;
        }
    }
}

std::expected<Reply, std::string> ControlClient::perform(const Request& request) {
    constexpr auto broken_off = "the running mailcast broke the conversation off; its log says why";
    if (!send(print_request(request))) {
        return std::unexpected(broken_off);
    }
    std::size_t end = std::string::npos;
    while ((end = received_.find('\n')) == std::string::npos) {
        if (received_.size() > max_reply_line || !receive_more()) {
            return std::unexpected(broken_off);
        }
    }
    auto head = parse_reply_head(std::string_view(received_).substr(0, end));
    if (!head) {
        return std::unexpected(fmt::format(
            "the running mailcast answered in a way this one does not know: {}", head.error()));
    }
    received_.erase(0, end + 1);
    while (received_.size() < head->octets) {
        if (!receive_more()) {
            return std::unexpected(broken_off);
        }
    }
    const auto octets = static_cast<std::size_t>(head->octets);
    head->reply.out = received_.substr(0, octets);
    received_.erase(0, octets);
    return std::move(head->reply);
}

} // namespace mailcast::app
