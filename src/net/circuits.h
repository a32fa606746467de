// All circuits that are open: counts them by peer, ends those that wait too long, drains them at the end.
// Hub thread.  Circuits enter and leave by themselves; the list does not own them.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace mailcast::net {

using Clock = std::chrono::steady_clock;

class Circuit {
  public:
    virtual ~Circuit() = default;

    // When it is to be ended for having waited too long; max() when it does not wait for its peer.
    virtual Clock::time_point deadline() const = 0;

    // The deadline has passed: say so and close.
    virtual void expire() = 0;

    // The server is going: close at once when idle, else as soon as what is under way is answered.
    virtual void drain() = 0;

    // Close without waiting for anything.
    virtual void abort() = 0;

    // Called every second: chance to retry, to send a ping, to confirm a cursor.
    virtual void tick(Clock::time_point) {}

    virtual std::string_view protocol() const = 0;
};

// What ends a circuit's coroutine otherwise than by returning, for co_spawn: a line of the log.
void log_escaped(const std::exception_ptr& escaped);

class Circuits {
  public:
    void add(Circuit& circuit, const std::string& peer_address);
    void remove(Circuit& circuit, const std::string& peer_address);

    std::size_t size() const { return all_.size(); }

    std::size_t from(const std::string& peer_address) const;

    std::size_t count(std::string_view protocol) const;

    void sweep(Clock::time_point now);
    void drain_all();
    void abort_all();

    // Calls `done` once when the last one has left; at once when there is none.
    void when_empty(std::function<void()> done);

    bool draining() const { return draining_; }

  private:
    // Circuits may leave while they are walked over.
    void each(const std::function<void(Circuit&)>& visit);

    std::unordered_set<Circuit*> all_;
    std::unordered_map<std::string, std::size_t> by_peer_;
    std::function<void()> when_empty_;
    bool draining_ = false;
};

} // namespace mailcast::net
