#include "net/listener.h"

#include "base/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace mailcast::net {

namespace {

using asio::generic::stream_protocol;

// Who loses power or network says no goodbye; whoever has nothing to be sent would stay for ever.
void find_out_when_gone(StreamSocket& socket) {
    constexpr int idle = 300; // seconds of silence
    constexpr int pause = 60;
    constexpr int probes = 5;
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    for (const auto& [option, value] :
         {std::pair{TCP_KEEPIDLE, idle}, std::pair{TCP_KEEPINTVL, pause},
          std::pair{TCP_KEEPCNT, probes}}) {
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    }
}

// A file of a socket that refuses connections is left over from a crash.
bool is_stale(const std::string& path) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) {
        return false;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return false;
    }
    const int result = ::connect(probe, static_cast<const sockaddr*>(static_cast<void*>(&address)),
                                 sizeof address);
    const bool refused = result != 0 && errno == ECONNREFUSED;
    ::close(probe);
    return refused;
}

std::expected<void, std::string> set_owner(const ListenAddress& address) {
    if (address.mode && ::chmod(address.path.c_str(), *address.mode) != 0) {
        return std::unexpected(
            fmt::format("{}: cannot set its mode: {}", address.text(), std::strerror(errno)));
    }
    if (address.group.empty()) {
        return {};
    }
    const group* found = ::getgrnam(address.group.c_str());
    if (found == nullptr) {
        return std::unexpected(
            fmt::format("{}: there is no group '{}'", address.text(), address.group));
    }
    if (::chown(address.path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
        return std::unexpected(fmt::format("{}: cannot give it to group '{}': {}", address.text(),
                                           address.group, std::strerror(errno)));
    }
    return {};
}

} // namespace

std::string ListenAddress::text() const {
    if (!path.empty()) {
        return "unix:" + path;
    }
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

Listener::Listener(asio::io_context& io, ListenAddress address, Accepted accepted)
    : acceptor_(io), address_(std::move(address)), accepted_(std::move(accepted)) {}

Listener::~Listener() {
    stop();
}

std::expected<std::unique_ptr<Listener>, std::string>
Listener::open(asio::io_context& io, const ListenAddress& address, Accepted accepted) {
    auto listener = std::unique_ptr<Listener>(new Listener(io, address, std::move(accepted)));
    boost::system::error_code error;
    const auto failed = [&](std::string_view what) {
        return std::unexpected(
            fmt::format("cannot listen on {}: {}: {}", address.text(), what, error.message()));
    };
    stream_protocol::endpoint endpoint;
    if (address.path.empty()) {
        const auto host = asio::ip::make_address(address.host, error);
        if (error) {
            return failed("its address");
        }
        endpoint = asio::ip::tcp::endpoint{host, address.port};
    } else {
        if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
            return std::unexpected(fmt::format("cannot listen on {}: the path is longer than the "
                                               "{} octets that a unix socket takes",
                                               address.text(), sizeof(sockaddr_un::sun_path) - 1));
        }
        if (is_stale(address.path)) {
            ::unlink(address.path.c_str());
        }
        endpoint = asio::local::stream_protocol::endpoint{address.path};
    }
    listener->acceptor_.open(endpoint.protocol(), error);
    if (error) {
        return failed("socket");
    }
    if (address.path.empty()) {
        listener->acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    }
    // The file is born closed to others and opened afterwards, so there is no moment of too much.
    const auto old_mask = ::umask(0177);
    listener->acceptor_.bind(endpoint, error);
    ::umask(old_mask);
    if (error) {
        return failed("bind");
    }
    listener->owns_file_ = !address.path.empty();
    if (listener->owns_file_) {
        if (auto owned = set_owner(address); !owned) {
            return std::unexpected("cannot listen on " + owned.error());
        }
    }
    listener->acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return failed("listen");
    }
    return listener;
}

std::unique_ptr<Listener> Listener::adopt(asio::io_context& io, int descriptor,
                                          const ListenAddress& address, Accepted accepted) {
    auto listener = std::unique_ptr<Listener>(new Listener(io, address, std::move(accepted)));
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    auto* generic = static_cast<sockaddr*>(static_cast<void*>(&name));
    ::getsockname(descriptor, generic, &length);
    boost::system::error_code error;
    listener->acceptor_.assign(stream_protocol{generic->sa_family, 0}, descriptor, error);
    if (error) {
        base::log::error("socket {} handed over for {}: {}", descriptor, address.text(),
                         error.message());
    }
    return listener;
}

void Listener::start() {
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
}

void Listener::stop() {
    *open_ = false;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (owns_file_) {
        ::unlink(address_.path.c_str());
        owns_file_ = false;
    }
}

asio::awaitable<void> Listener::accept() {
    // After a suspension this object may be gone; `open` tells.
    const std::shared_ptr<bool> open = open_;
    const auto executor = acceptor_.get_executor();
    while (*open) {
        boost::system::error_code error;
        stream_protocol::endpoint from;
        StreamSocket socket(executor);
        co_await acceptor_.async_accept(socket, from,
                                        asio::redirect_error(asio::use_awaitable, error));
        if (!*open) {
            co_return;
        }
        if (!error) {
            if (address_.path.empty()) {
                boost::system::error_code ignored;
                socket.set_option(asio::ip::tcp::no_delay(true), ignored);
                find_out_when_gone(socket);
            }
            accepted_(std::move(socket), peer_of(from));
            continue;
        }
        // Out of descriptors, most likely: those who wait stay in the queue of the system.
        base::log::warn("accept on {}: {}; trying again in a moment", address_.text(),
                        error.message());
        asio::steady_timer pause(executor, std::chrono::milliseconds(200));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

} // namespace mailcast::net
