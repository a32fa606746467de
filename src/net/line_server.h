// A local service of lines: one request a line in, octets out, in order.  The control socket of the daemon
// is one.  Hub thread.
#pragma once

#include "net/channel.h"
#include "net/listener.h"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::net {

class LineServer {
  public:
    // Answers one line (without its end); `done` is called once, on the hub thread, never from within.
    using Handler = std::function<void(std::string line, std::function<void(std::string)> done)>;

    struct Options {
        std::size_t line_octets = 1U << 20; // a longer line closes its connection
        std::size_t connections = 64;       // at a time; more are closed at once
    };

    static std::expected<std::unique_ptr<LineServer>, std::string>
    open(asio::io_context& io, const ListenAddress& address, const Options& options,
         Handler handler);

    void start() { listener_->start(); }

    // Closes the socket and every connection.
    void stop();

  private:
    class Connection;

    LineServer(const Options& options, Handler handler)
        : options_(options), handler_(std::move(handler)) {}

    void accept(StreamSocket socket);

    Options options_;
    Handler handler_;
    std::unique_ptr<Listener> listener_;
    std::vector<std::weak_ptr<Connection>> connections_;
};

} // namespace mailcast::net
