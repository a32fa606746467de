#include "app/control_server.h"

#include "app/control_protocol.h"
#include "base/log.h"
#include "net/answer.h"
#include "net/channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>
#include <vector>

namespace mailcast::app {

struct ControlServer::Connection : std::enable_shared_from_this<Connection> {
    Connection(net::StreamSocket socket, Handler handle)
        : channel(std::move(socket)), handler(std::move(handle)) {}

    boost::asio::awaitable<void> run() {
        const auto self = shared_from_this();
        std::string received;
        bool open = true;
        while (open) {
            const std::string_view input = co_await channel.receive();
            if (input.empty()) {
                break;
            }
            received.append(input);
            for (std::size_t end = received.find('\n'); open && end != std::string::npos;
                 end = received.find('\n')) {
                const std::string line = received.substr(0, end);
                received.erase(0, end + 1);
                open = co_await answer(line);
            }
            open = open && received.size() <= max_request_line;
        }
        channel.close();
    }

    boost::asio::awaitable<bool> answer(std::string line) {
        auto request = parse_request(line);
        Reply reply;
        if (request) {
            const auto start = [this, &request](std::function<void(Reply)> done) {
                handler(std::move(*request), std::move(done));
            };
            reply = co_await net::answer_of<Reply>(start);
        } else {
            reply.exit = exit_usage;
            reply.error = request.error();
            base::log::warn("control: {}", request.error());
        }
        std::string octets = print_reply_head(reply);
        octets += reply.out;
        const bool written = co_await channel.send(std::move(octets));
        co_return written;
    }

    net::Channel channel;
    Handler handler;
};

std::expected<std::unique_ptr<ControlServer>, std::string>
ControlServer::open(boost::asio::io_context& io, const std::string& path, Handler handler) {
    auto server = std::unique_ptr<ControlServer>(new ControlServer(std::move(handler)));
    net::ListenAddress address;
    address.path = path;
    address.mode = 0600;
    auto listener = net::Listener::open(
        io, address, [raw = server.get()](net::StreamSocket socket, const net::Peer& peer) {
            raw->accept(std::move(socket), peer);
        });
    if (!listener) {
        return std::unexpected(listener.error());
    }
    server->listener_ = std::move(*listener);
    return server;
}

void ControlServer::accept(net::StreamSocket socket, const net::Peer&) {
    std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
    if (connections_.size() >= most_connections) {
        base::log::warn("control: {} connections are open, one more is closed", most_connections);
        return;
    }
    const auto connection = std::make_shared<Connection>(std::move(socket), handler_);
    connections_.push_back(connection);
    boost::asio::co_spawn(
        connection->channel.executor(), [connection] { return connection->run(); },
        boost::asio::detached);
}

void ControlServer::stop() {
    listener_->stop();
    for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) {
            connection->channel.close();
        }
    }
}

} // namespace mailcast::app
