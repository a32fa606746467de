// What all chat connections have in common, whatever they speak: the channel, what waits to be written, and their end.
// What is to be sent is queued as shared pieces and leaves in one write per wake-up; an idle circuit holds no buffer.
// Hub thread; keeps itself alive while its coroutines run.
#pragma once

#include "chat/cast.h"
#include "net/channel.h"
#include "net/circuits.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::net {

class ChatCircuit : public Circuit, public std::enable_shared_from_this<ChatCircuit> {
  public:
    static constexpr std::chrono::seconds write_timeout{120};

    ~ChatCircuit() override;

    // Circuit
    Clock::time_point deadline() const override { return std::min(deadline_, end_); }

    void expire() override;
    void abort() override;

  protected:
    // `circuits` outlives every circuit.
    ChatCircuit(StreamSocket socket, Peer peer, Circuits& circuits);

    // "irc 127.0.0.1:6667", for the log.
    virtual std::string name() const = 0;

    // All was written that there was: there may be room again.
    virtual void written() = 0;

    // Between writes: how long the peer has for what is expected of it.
    virtual Clock::time_point peer_deadline() const { return Clock::time_point::max(); }

    void enqueue(chat::SharedBytes bytes);

    // When what waits has been written.
    void close_when_written();

    // Nothing more is read.  What still waits to be written closes the channel itself when it is through.
    void reading_ended();

    void wait_for_peer() { deadline_ = peer_deadline(); }

    // Until resume_reading(), abort() or a close.
    asio::awaitable<void> pause_reading();

    void resume_reading() { resume_.cancel(); }

    // The server is going: what waits has so long to be written.
    void hurry();

    bool is_writing() const { return writing_; }

    bool is_closing() const { return closing_; }

    std::size_t octets_queued() const { return queued_; }

    // All that was sent is written, and the peer's system has acknowledged it.
    bool all_acknowledged() { return queued_ == 0 && channel_.all_acknowledged(); }

    Channel& channel() { return channel_; }

    const Channel& channel() const { return channel_; }

    const Peer& peer() const { return peer_; }

  private:
    asio::awaitable<void> write_out();

    Channel channel_;
    Peer peer_;
    Circuits& circuits_;
    std::vector<chat::SharedBytes> queue_;
    std::size_t queued_ = 0; // octets, with those that are being written
    bool writing_ = false;
    bool closing_ = false;
    asio::steady_timer resume_; // never expires; cancelled when it is time to look again
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point end_ = Clock::time_point::max(); // whatever it does until then
};

} // namespace mailcast::net
