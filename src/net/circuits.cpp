#include "net/circuits.h"

#include "base/log.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailcast::net {

void log_escaped(const std::exception_ptr& escaped) {
    if (!escaped) {
        return;
    }
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& exception) {
        base::log::error("a circuit ended by an exception: {}", exception.what());
    }
}

void Circuits::add(Circuit& circuit, const std::string& peer_address) {
    all_.insert(&circuit);
    ++by_peer_[peer_address];
}

void Circuits::remove(Circuit& circuit, const std::string& peer_address) {
    if (all_.erase(&circuit) == 0) {
        return;
    }
    const auto found = by_peer_.find(peer_address);
    if (found != by_peer_.end() && --found->second == 0) {
        by_peer_.erase(found);
    }
    if (all_.empty() && when_empty_) {
        std::exchange(when_empty_, nullptr)();
    }
}

void Circuits::when_empty(std::function<void()> done) {
    if (all_.empty()) {
        done();
    } else {
        when_empty_ = std::move(done);
    }
}

std::size_t Circuits::from(const std::string& peer_address) const {
    const auto found = by_peer_.find(peer_address);
    return found == by_peer_.end() ? 0 : found->second;
}

std::size_t Circuits::count(std::string_view protocol) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        all_, [protocol](const Circuit* circuit) { return circuit->protocol() == protocol; }));
}

void Circuits::each(const std::function<void(Circuit&)>& visit) {
    const std::vector<Circuit*> snapshot(all_.begin(), all_.end());
    for (Circuit* circuit : snapshot) {
        if (all_.contains(circuit)) {
            visit(*circuit);
        }
    }
}

void Circuits::sweep(Clock::time_point now) {
    each([now](Circuit& circuit) {
        if (circuit.deadline() <= now) {
            circuit.expire();
        } else {
            circuit.tick(now);
        }
    });
}

void Circuits::drain_all() {
    draining_ = true;
    each([](Circuit& circuit) { circuit.drain(); });
}

void Circuits::abort_all() {
    each([](Circuit& circuit) { circuit.abort(); });
}

} // namespace mailcast::net
