// One PSYC connection, of a client or of another node, opened by it or by us: moves octets between its channel and
// front::PsycSession, TLS when the first octet asks for it.  Who connects is a client until it speaks as a node.
// Hub thread; keeps itself alive while its coroutines run.
#pragma once

#include "base/address_set.h"
#include "front/psyc/entities.h"
#include "front/psyc/front.h"
#include "front/psyc/nodes.h"
#include "front/psyc/peer.h"
#include "front/psyc/session.h"
#include "net/chat_circuit.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

// What one PSYC listener is set to; immutable, shared by its circuits.
struct PsycDoor {
    std::string name; // "psyc 127.0.0.1:4404", for the log
    std::string implementation;
    std::shared_ptr<asio::ssl::context> certificate; // null without TLS
    bool tls_at_once = false;                        // implicit TLS; else by the first octet
};

// What we connected for; immutable.
struct PsycCall {
    front::PsycNodeAddress node;
    psyc::Generation generation = psyc::Generation::classic;
    std::shared_ptr<asio::ssl::context>
        certificates; // to verify the other end by; null without TLS
    std::string implementation;
};

class PsycCircuit : public ChatCircuit,
                    public front::PsycOutput,
                    public front::PsycSession::Conversation {
  public:
    static constexpr std::chrono::seconds greeting_timeout{90};
    static constexpr std::size_t most_queued = 32U << 20; // octets; more is somebody who only asks

    // All outlive every circuit.
    struct Parts {
        front::PsycEntities& entities;
        front::PsycNodes& nodes;
        Circuits& circuits;
    };

    PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycDoor> door, Parts parts);
    PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycCall> call, Parts parts);

    asio::awaitable<void> run();

    // Circuit
    void drain() override;
    void tick(Clock::time_point now) override;

    std::string_view protocol() const override { return "psyc"; }

    bool linked() const { return front_ != nullptr && front_->linked(); }

    // PsycOutput
    void send(chat::SharedBytes bytes) override;

    std::size_t queued() const override { return octets_queued(); }

    void close() override { close_when_written(); }

    // PsycSession::Conversation: passes on to who speaks here, and finds out when that is a node.
    void take(const psyc::Packet& packet) override;
    void pong() override;

  private:
    asio::awaitable<bool> begin();
    asio::awaitable<bool> begin_accepted();
    asio::awaitable<void> may_read();
    void start_session();
    void become_node();
    front::PsycPeer::Options peer_options();

    // ChatCircuit
    std::string name() const override;
    void written() override;

    Clock::time_point peer_deadline() const override { return greeting_end_; }

    std::shared_ptr<const PsycDoor> door_; // null when we called
    std::shared_ptr<const PsycCall> call_; // null when we were called
    Parts parts_;
    std::optional<front::PsycSession> session_;
    std::shared_ptr<front::PsycFront> front_; // of a client
    std::shared_ptr<front::PsycPeer> node_;   // of a node; one of the two from begin() on
    bool tls_ = false;
    Clock::time_point greeting_end_; // max() once greeted
};

} // namespace mailcast::net
