// One IRC connection: moves octets between its channel and front::IrcFront, TLS when the first octet asks for it.
// What is to be sent is queued as shared pieces and leaves in one write per wake-up; an idle circuit holds no buffer.
// Hub thread; keeps itself alive while its coroutines run.
#pragma once

#include "front/irc/clients.h"
#include "front/irc/front.h"
#include "net/channel.h"
#include "net/circuits.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

// What one IRC listener is set to; immutable, shared by its circuits.
struct IrcDoor {
    std::string name;                                // "irc 127.0.0.1:6667", for the log
    std::shared_ptr<asio::ssl::context> certificate; // null without TLS
    bool tls_at_once = false;                        // implicit TLS; else by the first octet
};

class IrcCircuit : public Circuit,
                   public front::IrcOutput,
                   public std::enable_shared_from_this<IrcCircuit> {
  public:
    static constexpr std::chrono::seconds registration_timeout{60};
    static constexpr std::chrono::seconds write_timeout{120};

    // Both outlive every circuit.
    struct Parts {
        front::IrcClients& clients;
        Circuits& circuits;
    };

    IrcCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const IrcDoor> door, Parts parts);
    ~IrcCircuit() override;

    asio::awaitable<void> run();

    // Circuit
    Clock::time_point deadline() const override { return deadline_; }

    void expire() override;
    void drain() override;
    void abort() override;
    void tick(Clock::time_point now) override;

    std::string_view protocol() const override { return "irc"; }

    // IrcOutput
    void send(chat::SharedBytes bytes) override;

    std::size_t queued() const override { return queued_; }

    void close() override;

    void resume() override { resume_.cancel(); }

  private:
    asio::awaitable<bool> begin();
    asio::awaitable<void> write_out();
    void wait_for_peer();

    Channel channel_;
    Peer peer_;
    std::shared_ptr<const IrcDoor> door_;
    Parts parts_;
    std::shared_ptr<front::IrcFront> front_;
    std::vector<chat::SharedBytes> queue_;
    std::size_t queued_ = 0; // octets, with those that are being written
    bool writing_ = false;
    bool closing_ = false;
    asio::steady_timer resume_; // never expires; cancelled when reading may go on
    Clock::time_point registration_end_;
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace mailcast::net
