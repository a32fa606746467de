#include "net/psyc_datagrams.h"

#include "base/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::net {

std::expected<std::unique_ptr<PsycDatagrams>, std::string>
PsycDatagrams::open(asio::io_context& io, const ListenAddress& address, front::PsycNodes& nodes) {
    auto made = std::unique_ptr<PsycDatagrams>(new PsycDatagrams(io, nodes));
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address.host, error);
    const asio::ip::udp::endpoint endpoint(ip, address.port);
    if (!error) {
        made->socket_.open(endpoint.protocol(), error);
    }
    if (!error) {
        made->socket_.bind(endpoint, error);
    }
    if (error) {
        return std::unexpected(
            fmt::format("cannot receive datagrams at {}: {}", address.text(), error.message()));
    }
    return made;
}

void PsycDatagrams::start() {
    asio::co_spawn(socket_.get_executor(), receive(), asio::detached);
}

void PsycDatagrams::stop() {
    *open_ = false;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> PsycDatagrams::receive() {
    // After a suspension this object may be gone; `open` tells.
    const std::shared_ptr<bool> open = open_;
    std::vector<char> buffer(largest);
    while (*open) {
        boost::system::error_code error;
        asio::ip::udp::endpoint from;
        const auto space = asio::buffer(buffer);
        const std::size_t got = co_await socket_.async_receive_from(
            space, from, asio::redirect_error(asio::use_awaitable, error));
        if (!*open) {
            co_return;
        }
        if (error) {
            continue; // of an earlier datagram: none of ours was sent
        }
        const std::string address = from.address().to_string();
        nodes_.datagram(std::string_view(buffer.data(), got), address,
                        mail_sources_->contains(address));
    }
}

} // namespace mailcast::net
