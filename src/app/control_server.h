// The daemon's side of the control socket: who may open the file (mode 0600) may do what the command line
// does.  Hub thread.  Protocol: control_protocol.h.
#pragma once

#include "app/operations.h"
#include "net/listener.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace mailcast::app {

class ControlServer {
  public:
    // Carries one Request out and gives its Reply, on the hub thread.
    using Handler = std::function<void(Request, std::function<void(Reply)>)>;

    // Connections at a time; more wait to be accepted.
    static constexpr std::size_t most_connections = 64;

    static std::expected<std::unique_ptr<ControlServer>, std::string>
    open(boost::asio::io_context& io, const std::string& path, Handler handler);

    void start() { listener_->start(); }

    // Closes the socket and every connection.
    void stop();

  private:
    struct Connection;

    explicit ControlServer(Handler handler) : handler_(std::move(handler)) {}

    void accept(net::StreamSocket socket, const net::Peer& peer);

    Handler handler_;
    std::unique_ptr<net::Listener> listener_;
    std::vector<std::weak_ptr<Connection>> connections_;
};

} // namespace mailcast::app
