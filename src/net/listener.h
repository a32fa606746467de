// One socket that is accepted on: TCP or unix.  Hub thread.
// A unix socket file that nobody listens on any more is replaced; one that is in use is an error.
#pragma once

#include "net/channel.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mailcast::net {

struct ListenAddress {
    std::string host; // numeric, without brackets; "" for unix
    std::uint16_t port = 0;
    std::string path;             // of a unix socket
    std::optional<unsigned> mode; // its permissions, e.g. 0660
    std::string group;            // its group, "" to leave it

    std::string text() const; // "127.0.0.1:2424", "[::1]:2424", "unix:/run/x"
};

class Listener {
  public:
    using Accepted = std::function<void(StreamSocket, Peer)>;

    // Binds and listens; the error says what to do.
    static std::expected<std::unique_ptr<Listener>, std::string>
    open(asio::io_context& io, const ListenAddress& address, Accepted accepted);

    // A socket that is bound and listening already (handed over by systemd).
    static std::unique_ptr<Listener> adopt(asio::io_context& io, int descriptor,
                                           const ListenAddress& address, Accepted accepted);

    ~Listener();

    // Begins to accept.
    void start();

    // No more connections; removes the file of a unix socket that it made.
    void stop();

    const ListenAddress& address() const { return address_; }

  private:
    using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

    Listener(asio::io_context& io, ListenAddress address, Accepted accepted);

    asio::awaitable<void> accept();

    Acceptor acceptor_;
    ListenAddress address_;
    Accepted accepted_;
    bool owns_file_ = false;
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true); // outlives us inside accept()
};

} // namespace mailcast::net
