// One PSYC connection of a client: moves octets between its channel and front::PsycSession, TLS when the
// first octet asks for it.  What is to be sent is queued as shared pieces and leaves in one write per
// wake-up.  Hub thread; keeps itself alive while its coroutines run.
#pragma once

#include "base/address_set.h"
#include "chat/backing.h"
#include "chat/hub.h"
#include "front/psyc_front.h"
#include "front/psyc_session.h"
#include "net/channel.h"
#include "net/circuits.h"

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

class PsycCircuit : public Circuit,
                    public front::PsycOutput,
                    public std::enable_shared_from_this<PsycCircuit> {
  public:
    static constexpr std::chrono::seconds greeting_timeout{90};
    static constexpr std::chrono::seconds write_timeout{120};

    // `hub`, `backing` and `circuits` outlive every circuit.
    PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycDoor> door,
                chat::Hub& hub, chat::Backing& backing, Circuits& circuits);
    ~PsycCircuit() override;

    asio::awaitable<void> run();

    // Circuit
    Clock::time_point deadline() const override { return deadline_; }

    void expire() override;
    void drain() override;
    void abort() override;
    void tick(Clock::time_point now) override;

    std::string_view protocol() const override { return "psyc"; }

    bool linked() const { return front_ != nullptr && front_->linked(); }

    // PsycOutput
    void send(chat::SharedBytes bytes) override;

    std::size_t queued() const override { return queued_; }

    void close() override;

  private:
    asio::awaitable<bool> begin();
    asio::awaitable<void> write_out();

    Channel channel_;
    Peer peer_;
    std::shared_ptr<const PsycDoor> door_;
    chat::Hub& hub_;
    chat::Backing& backing_;
    Circuits& circuits_;
    std::optional<front::PsycSession> session_;
    std::shared_ptr<front::PsycFront> front_;
    std::vector<chat::SharedBytes> queue_;
    std::size_t queued_ = 0; // octets, with those that are being written
    bool writing_ = false;
    bool closing_ = false;
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace mailcast::net
