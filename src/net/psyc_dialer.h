// Opens circuits to other nodes, and is the net for front::PsycNodes: names, chance, the log.  Hub thread; lives
// as long as the server.  A circuit leaves from the address of our PSYC listener (DESIGN 5.9), by which the other
// node knows that our name belongs to us.
#pragma once

#include "front/psyc/nodes.h"
#include "net/channel.h"
#include "net/psyc_circuit.h"
#include "net/resolver.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

// Replaced as a whole by a reload; circuits keep what they began with.
struct PsycDialing {
    std::vector<std::string>
        sources;               // numeric addresses to leave from, the first of the family is taken
    std::set<std::string> v1;  // hosts that are spoken to in generation 1.0
    std::set<std::string> tls; // hosts that are dialled with TLS without being asked to
    std::shared_ptr<asio::ssl::context> certificates; // for TLS; null: it cannot be had
    std::string implementation;
};

class PsycDialer : public front::PsycNodes::Network {
  public:
    static constexpr std::chrono::seconds connect_timeout{15};
    static constexpr std::size_t most_endpoints = 6; // of one node, tried one after another

    // All outlive the dialer.
    PsycDialer(asio::io_context& io, Resolver& resolver);

    // Before the first dial().
    void set_circuits(PsycCircuit::Parts parts) { parts_.emplace(parts); }

    void set_dialing(std::shared_ptr<const PsycDialing> dialing) { dialing_ = std::move(dialing); }

    // front::PsycNodes::Network
    void addresses_of(const std::string& host, std::function<void(Addresses)> done) override;
    void dial(const front::PsycNodeAddress& node) override;
    std::uint64_t chance() override;
    void log(std::string_view line) override;

  private:
    asio::awaitable<void> connect(front::PsycNodeAddress node,
                                  std::shared_ptr<const PsycDialing> dialing);

    asio::io_context& io_;
    Resolver& resolver_;
    std::optional<PsycCircuit::Parts> parts_;
    std::shared_ptr<const PsycDialing> dialing_ = std::make_shared<const PsycDialing>();
};

} // namespace mailcast::net
