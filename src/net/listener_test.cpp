#include "net/listener.h"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <netinet/tcp.h>

namespace mailcast::net {
namespace {

using Tcp = boost::asio::ip::tcp;

TEST(Listener, a_peer_that_vanished_is_found_out) {
    asio::io_context io;
    // A free port: one that was bound for a moment.
    const auto port = [&io] {
        Tcp::acceptor probe(io, {boost::asio::ip::address_v4::loopback(), 0});
        return probe.local_endpoint().port();
    }();
    std::optional<StreamSocket> accepted;
    const auto listener =
        Listener::open(io, {.host = "127.0.0.1", .port = port, .path = {}, .mode = {}, .group = {}},
                       [&](StreamSocket socket, const Peer&) {
                           accepted = std::move(socket);
                           io.stop();
                       });
    ASSERT_TRUE(listener) << listener.error();
    (*listener)->start();
    Tcp::socket client(io);
    client.connect({boost::asio::ip::address_v4::loopback(), port});
    io.run();
    ASSERT_TRUE(accepted);
    asio::socket_base::keep_alive keeps;
    accepted->get_option(keeps);
    EXPECT_TRUE(keeps.value());
    int idle = 0;
    socklen_t size = sizeof idle;
    ASSERT_EQ(::getsockopt(accepted->native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size), 0);
    EXPECT_LE(idle, 600);
}

} // namespace
} // namespace mailcast::net
