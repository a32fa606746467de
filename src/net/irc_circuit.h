// One IRC connection: moves octets between its channel and front::IrcFront, TLS when the first octet asks for it.
// Hub thread; keeps itself alive while its coroutines run.
#pragma once

#include "front/irc/clients.h"
#include "front/irc/front.h"
#include "net/chat_circuit.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mailcast::net {

// What one IRC listener is set to; immutable, shared by its circuits.
struct IrcDoor {
    std::string name;                                // "irc 127.0.0.1:6667", for the log
    std::shared_ptr<asio::ssl::context> certificate; // null without TLS
    bool tls_at_once = false;                        // implicit TLS; else by the first octet
};

class IrcCircuit : public ChatCircuit, public front::IrcOutput {
  public:
    static constexpr std::chrono::seconds registration_timeout{60};

    // Both outlive every circuit.
    struct Parts {
        front::IrcClients& clients;
        Circuits& circuits;
    };

    IrcCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const IrcDoor> door, Parts parts);

    asio::awaitable<void> run();

    // Circuit
    void expire() override;
    void drain() override;
    void tick(Clock::time_point now) override;

    std::string_view protocol() const override { return "irc"; }

    // IrcOutput
    void send(chat::SharedBytes bytes) override { enqueue(std::move(bytes)); }

    std::size_t queued() const override { return octets_queued(); }

    void close() override { close_when_written(); }

    void resume() override { resume_reading(); }

  private:
    asio::awaitable<bool> begin();

    // ChatCircuit
    std::string name() const override { return door_->name; }

    void written() override { front_->drained(); }

    // Until it is registered a client has only so long.
    Clock::time_point peer_deadline() const override;

    std::shared_ptr<const IrcDoor> door_;
    Parts parts_;
    std::shared_ptr<front::IrcFront> front_;
    Clock::time_point registration_end_;
};

} // namespace mailcast::net
