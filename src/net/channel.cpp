#include "net/channel.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <linux/sockios.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace mailcast::net {

namespace {

// Each thread that runs circuits has one: between two co_awaits nobody else can use it.
std::array<char, Channel::scratch_octets>& scratch() {
    static thread_local std::array<char, Channel::scratch_octets> buffer;
    return buffer;
}

} // namespace

struct Channel::Tls {
    std::shared_ptr<asio::ssl::context> context;
    asio::ssl::stream<StreamSocket&> stream;
    // TLS reads complete into the buffer they were started with, so it cannot be the shared one.
    std::array<char, 4096> buffer{};
};

std::string Peer::text() const {
    if (port.empty()) {
        return address;
    }
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : address) + ":" + port;
}

Peer peer_of(const asio::generic::stream_protocol::endpoint& endpoint) {
    const auto* address = static_cast<const sockaddr*>(endpoint.data());
    if (address->sa_family == AF_INET || address->sa_family == AF_INET6) {
        asio::ip::tcp::endpoint tcp;
        std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
        tcp.resize(endpoint.size());
        auto host = tcp.address();
        if (host.is_v6() && host.to_v6().is_v4_mapped()) {
            host = asio::ip::make_address_v4(asio::ip::v4_mapped, host.to_v6());
        }
        return {.address = host.to_string(), .port = std::to_string(tcp.port())};
    }
    return {.address = "unix", .port = ""};
}

Channel::Channel(StreamSocket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
}

Channel::~Channel() = default;

Peer Channel::own_end() const {
    boost::system::error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    return error ? Peer{} : peer_of(endpoint);
}

asio::awaitable<std::string_view> Channel::receive() {
    boost::system::error_code error;
    if (tls_ != nullptr) {
        const auto space = asio::buffer(tls_->buffer);
        const std::size_t got = co_await tls_->stream.async_read_some(
            space, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            last_error_ = error.message();
            co_return std::string_view{};
        }
        co_return std::string_view(tls_->buffer.data(), got);
    }
    for (;;) {
        co_await socket_.async_wait(StreamSocket::wait_read,
                                    asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            last_error_ = error.message();
            co_return std::string_view{};
        }
        auto& buffer = scratch();
        const std::size_t got = socket_.read_some(asio::buffer(buffer), error);
        if (!error && got > 0) {
            co_return std::string_view(buffer.data(), got);
        }
        if (error != asio::error::would_block) {
            last_error_ = error.message();
            co_return std::string_view{};
        }
        error.clear();
    }
}

bool Channel::send_some(std::string& bytes) {
    if (tls_ != nullptr || bytes.empty()) {
        return true;
    }
    boost::system::error_code error;
    const std::size_t done = socket_.write_some(asio::buffer(bytes), error);
    if (!error) {
        bytes.erase(0, done);
        return true;
    }
    if (error == asio::error::would_block) {
        return true;
    }
    last_error_ = error.message();
    return false;
}

asio::awaitable<bool> Channel::send(std::string bytes) {
    boost::system::error_code error;
    // Mostly no need to go round the scheduler.
    if (!send_some(bytes)) {
        co_return false;
    }
    const auto rest = asio::buffer(bytes);
    if (tls_ != nullptr) {
        co_await asio::async_write(tls_->stream, rest,
                                   asio::redirect_error(asio::use_awaitable, error));
    } else if (!bytes.empty()) {
        co_await asio::async_write(socket_, rest, asio::redirect_error(asio::use_awaitable, error));
    }
    if (error) {
        last_error_ = error.message();
    }
    co_return !error;
}

asio::awaitable<bool> Channel::send_all(std::vector<std::shared_ptr<const std::string>> pieces) {
    boost::system::error_code error;
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(pieces.size());
    for (const auto& piece : pieces) {
        buffers.emplace_back(asio::buffer(*piece));
    }
    if (tls_ != nullptr) {
        co_await asio::async_write(tls_->stream, buffers,
                                   asio::redirect_error(asio::use_awaitable, error));
    } else {
        co_await asio::async_write(socket_, buffers,
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    if (error) {
        last_error_ = error.message();
    }
    co_return !error;
}

asio::awaitable<int> Channel::peek() {
    boost::system::error_code error;
    co_await socket_.async_wait(StreamSocket::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    char first = 0;
    if (!error) {
        const auto got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got == 1) {
            co_return static_cast<unsigned char>(first);
        }
    }
    last_error_ = error ? error.message() : "end of stream";
    co_return -1;
}

asio::awaitable<bool> Channel::start_tls(std::shared_ptr<asio::ssl::context> context) {
    boost::system::error_code error;
    auto made = std::make_unique<Tls>(Tls{.context = context, .stream = {socket_, *context}});
    tls_ = std::move(made);
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::server,
                                          asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        last_error_ = "TLS handshake: " + error.message();
    }
    co_return !error;
}

asio::awaitable<bool> Channel::connect_tls(std::shared_ptr<asio::ssl::context> context,
                                           std::string host) {
    boost::system::error_code error;
    auto made = std::make_unique<Tls>(Tls{.context = context, .stream = {socket_, *context}});
    tls_ = std::move(made);
    SSL* const ssl = tls_->stream.native_handle();
    // RFC 6066: the name the other end chooses its certificate by.
    if (::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) !=
            1 ||
        ::SSL_set1_host(ssl, host.c_str()) != 1) {
        last_error_ = "TLS: out of memory";
        co_return false;
    }
    tls_->stream.set_verify_mode(asio::ssl::verify_peer, error);
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::client,
                                          asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        last_error_ = "TLS handshake: " + error.message();
    }
    co_return !error;
}

bool Channel::is_certified(const std::string& host) const {
    if (tls_ == nullptr) {
        return false;
    }
    SSL* const ssl = tls_->stream.native_handle();
    const std::unique_ptr<X509, decltype(&::X509_free)> certificate(
        ::SSL_get1_peer_certificate(ssl), &::X509_free);
    return certificate != nullptr && ::SSL_get_verify_result(ssl) == X509_V_OK &&
           ::X509_check_host(certificate.get(), host.data(), host.size(),
                             X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

void Channel::send_now(std::string_view bytes) {
    // In the middle of a TLS record nothing can be put in between; the peer then just sees the end.
    if (tls_ == nullptr && !bytes.empty()) {
        boost::system::error_code ignored;
        socket_.write_some(asio::buffer(bytes), ignored);
    }
}

void Channel::close() {
    boost::system::error_code ignored;
    if (socket_.is_open()) {
        // shutdown first: what was written still goes out, as FIN follows the data.
        ::shutdown(socket_.native_handle(), SHUT_RDWR);
        socket_.close(ignored);
    }
}

void Channel::watch_peer() {
    // Seconds until the first question and between the next ones, and how many are without answer.
    constexpr std::array<std::pair<int, int>, 3> options = {
        {{TCP_KEEPIDLE, 120}, {TCP_KEEPINTVL, 30}, {TCP_KEEPCNT, 4}}};
    const int socket = socket_.native_handle();
    const int on = 1;
    if (::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0) {
        return;
    }
    for (const auto& [option, value] : options) {
        static_cast<void>(::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value));
    }
}

bool Channel::all_acknowledged() {
    int waiting = 0;
    return socket_.is_open() && ::ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) == 0 &&
           waiting == 0;
}

} // namespace mailcast::net
