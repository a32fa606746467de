#include "net/dial.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <utility>

namespace mailcast::net {

namespace {

using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds connect_timeout{30};

} // namespace

void Alarm::arm(std::chrono::seconds time, std::function<void()> expired) {
    timer_.expires_after(time);
    timer_.async_wait([expired = std::move(expired)](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            expired();
        }
    });
}

void Conversations::end_all() {
    for (auto& signal : signals_) {
        signal.emit(boost::asio::cancellation_type::terminal);
    }
}

boost::asio::awaitable<Dialled> dial(boost::asio::any_io_executor executor, std::string host,
                                     std::string port) {
    boost::system::error_code error;
    Tcp::resolver resolver(executor);
    const auto found = co_await resolver.async_resolve(
        host, port, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    Dialled dialled;
    Alarm alarm(executor);
    for (const auto& entry : found) {
        const auto socket = std::make_shared<StreamSocket>(executor);
        error.clear();
        alarm.arm(connect_timeout, [socket] {
            boost::system::error_code ignored;
            socket->close(ignored);
        });
        const boost::asio::generic::stream_protocol::endpoint to(entry.endpoint());
        co_await socket->async_connect(
            to, boost::asio::redirect_error(boost::asio::use_awaitable, error));
        alarm.disarm();
        if (!error) {
            dialled.channel = std::make_shared<Channel>(std::move(*socket));
            co_return dialled;
        }
    }
    dialled.why = fmt::format("the mail server at {}:{} cannot be reached: {}", host, port,
                              error ? error.message() : "no address");
    co_return dialled;
}

} // namespace mailcast::net
