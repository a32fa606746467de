#include "net/line_server.h"

#include "base/log.h"
#include "net/answer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace mailcast::net {

class LineServer::Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(StreamSocket socket, Handler handler, std::size_t line_octets)
        : channel_(std::move(socket)), handler_(std::move(handler)), line_octets_(line_octets) {}

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        bool open = true;
        while (open) {
            const std::string_view input = co_await channel_.receive();
            if (input.empty()) {
                break;
            }
            received_.append(input);
            open = co_await answer_lines();
            open = open && received_.size() <= line_octets_;
        }
        channel_.close();
    }

    void close() { channel_.close(); }

  private:
    asio::awaitable<bool> answer_lines() {
        for (std::size_t end = received_.find('\n'); end != std::string::npos;
             end = received_.find('\n')) {
            std::string line = received_.substr(0, end);
            received_.erase(0, end + 1);
            const auto start = [this, &line](std::move_only_function<void(std::string)> done) {
                handler_(std::move(line), copyable(std::move(done)));
            };
            std::string octets = co_await answer_of<std::string>(start);
            const bool written = co_await channel_.send(std::move(octets));
            if (!written) {
                co_return false;
            }
        }
        co_return true;
    }

    Channel channel_;
    Handler handler_;
    std::size_t line_octets_;
    std::string received_;
};

std::expected<std::unique_ptr<LineServer>, std::string>
LineServer::open(asio::io_context& io, const ListenAddress& address, const Options& options,
                 Handler handler) {
    auto server = std::unique_ptr<LineServer>(new LineServer(options, std::move(handler)));
    auto listener =
        Listener::open(io, address, [raw = server.get()](StreamSocket socket, const Peer&) {
            raw->accept(std::move(socket));
        });
    if (!listener) {
        return std::unexpected(listener.error());
    }
    server->listener_ = std::move(*listener);
    return server;
}

void LineServer::accept(StreamSocket socket) {
    std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
    if (connections_.size() >= options_.connections) {
        base::log::warn("{}: {} connections are open, one more is closed",
                        listener_->address().text(), options_.connections);
        return;
    }
    const auto executor = socket.get_executor();
    const auto connection =
        std::make_shared<Connection>(std::move(socket), handler_, options_.line_octets);
    connections_.push_back(connection);
    asio::co_spawn(executor, [connection] { return connection->run(); }, asio::detached);
}

void LineServer::stop() {
    listener_->stop();
    for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) {
            connection->close();
        }
    }
}

} // namespace mailcast::net
