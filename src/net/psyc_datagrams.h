// UDP beside a PSYC listener: each datagram is whole packets, has no state, and is never answered (an answer would
// go to whoever forged the address).  Hub thread.  reference: psyc-protocol 2.8, 8.4.
#pragma once

#include "base/address_set.h"
#include "front/psyc/nodes.h"
#include "net/listener.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <expected>
#include <memory>
#include <string>

namespace mailcast::net {

class PsycDatagrams {
  public:
    static constexpr std::size_t largest = 65'536; // octets

    // Binds to the address of a TCP listener.  `nodes` outlives it.
    static std::expected<std::unique_ptr<PsycDatagrams>, std::string>
    open(asio::io_context& io, const ListenAddress& address, front::PsycNodes& nodes);

    // Who may send notices of mail.
    void set_mail_sources(std::shared_ptr<const base::AddressSet> sources) {
        mail_sources_ = std::move(sources);
    }

    void start();
    void stop();

  private:
    PsycDatagrams(asio::io_context& io, front::PsycNodes& nodes) : socket_(io), nodes_(nodes) {}

    asio::awaitable<void> receive();

    asio::ip::udp::socket socket_;
    front::PsycNodes& nodes_;
    std::shared_ptr<const base::AddressSet> mail_sources_ =
        std::make_shared<const base::AddressSet>();
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true); // outlives us inside receive()
};

} // namespace mailcast::net
