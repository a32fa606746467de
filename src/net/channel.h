// The bytes of one connection, TCP or unix, plain or TLS.  Owned by its circuit, used on the hub thread.
//
// An idle plain connection holds no buffer: octets are read into one scratch buffer of the thread when
// there are some, so what receive() returns is gone at the next co_await.  Errors and the end of the
// stream are one thing to the callers (nothing more comes, or false); the reason is in last_error().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

namespace asio = boost::asio;
using StreamSocket = asio::generic::stream_protocol::socket;

// Who is at the other end.
struct Peer {
    std::string address; // "192.0.2.1", "::1", or "unix"
    std::string port;    // "" for unix

    std::string text() const;
};

// Numeric; an IPv4 address that is mapped into IPv6 is the IPv4 address.  Any thread.
Peer peer_of(const asio::generic::stream_protocol::endpoint& endpoint);

class Channel {
  public:
    static constexpr std::size_t scratch_octets = 65'536;

    explicit Channel(StreamSocket socket);

    // Waits for octets and gives what is there; empty when nothing more will come.
    asio::awaitable<std::string_view> receive();

    // Writes what the socket takes at once, nothing with TLS, and takes it away from the front of `bytes`.  Most
    // replies need no more; false when the connection is broken.
    bool send_some(std::string& bytes);

    // Writes all of it; false when the connection is broken.
    asio::awaitable<bool> send(std::string bytes);

    // The same for shared pieces, gathered into as few writes as the system takes.
    asio::awaitable<bool> send_all(std::vector<std::shared_ptr<const std::string>> pieces);

    // The first octet that waits, without taking it; -1 when nothing more will come.
    asio::awaitable<int> peek();

    // The server's part of the handshake.  `context` must outlive the channel.
    asio::awaitable<bool> start_tls(std::shared_ptr<asio::ssl::context> context);

    // Ours: `context` has the certificates to verify by, and the one of the other end must name `host`.
    asio::awaitable<bool> connect_tls(std::shared_ptr<asio::ssl::context> context,
                                      std::string host);

    // The end that is ours: where the other one came to.
    Peer own_end() const;

    bool is_tls() const { return tls_ != nullptr; }

    // The other end has shown a certificate that was verified and names this host (RFC 6125: SAN dNSName).
    bool is_certified(const std::string& host) const;

    // Writes what the socket takes at once and gives up the rest: for a last word before close().
    void send_now(std::string_view bytes);

    // Every operation under way ends.  May be called several times.
    void close();

    // The peer's system has acknowledged everything that was written.
    bool all_acknowledged();

    // A peer that is silently gone is found out in some four minutes by the system, whatever is said or not; without
    // effect on sockets that are not TCP.
    void watch_peer();

    const std::string& last_error() const { return last_error_; }

    asio::any_io_executor executor() { return socket_.get_executor(); }

  private:
    struct Tls;

    StreamSocket socket_;
    std::unique_ptr<Tls> tls_;
    std::string last_error_;

  public:
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
};

} // namespace mailcast::net
