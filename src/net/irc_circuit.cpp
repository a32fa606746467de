#include "net/irc_circuit.h"

#include "base/address_set.h"
#include "base/log.h"

#include <utility>

namespace mailcast::net {

namespace {

constexpr int tls_handshake = 0x16; // first octet of a TLS record; no line of IRC begins so

} // namespace

IrcCircuit::IrcCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const IrcDoor> door,
                       Parts parts)
    : ChatCircuit(std::move(socket), std::move(peer), parts.circuits), door_(std::move(door)),
      parts_(parts), registration_end_(Clock::now() + registration_timeout) {}

Clock::time_point IrcCircuit::peer_deadline() const {
    return front_ != nullptr && front_->registered() ? Clock::time_point::max() : registration_end_;
}

asio::awaitable<void> IrcCircuit::run() {
    const auto self = shared_from_this();
    wait_for_peer();
    bool open = co_await begin();
    while (open) {
        const std::string_view input = co_await channel().receive();
        if (input.empty() || is_closing()) {
            break;
        }
        front_->receive(input, Clock::now());
        if (!is_writing()) {
            wait_for_peer();
        }
        // Who sends faster than it may is read again when what it sent has been worked through (resume).
        while (front_->is_waiting() && !is_closing()) {
            co_await pause_reading();
        }
        open = !is_closing();
    }
    if (front_ != nullptr) {
        front_->disconnected();
    }
    reading_ended();
}

asio::awaitable<bool> IrcCircuit::begin() {
    bool tls = door_->tls_at_once;
    if (!tls && door_->certificate != nullptr) {
        const int first = co_await channel().peek();
        if (first < 0) {
            co_return false;
        }
        tls = first == tls_handshake;
    }
    if (tls) {
        const bool shaken = co_await channel().start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", door_->name, peer().text(), channel().last_error());
            co_return false;
        }
    }
    front::IrcFront::Options options;
    options.peer = peer().address;
    options.passwords = tls || base::is_loopback(peer().address);
    front_ = std::make_shared<front::IrcFront>(parts_.clients, *this, options);
    co_return true;
}

void IrcCircuit::expire() {
    if (!is_writing() && front_ != nullptr && front_->is_checked()) {
        registration_end_ = Clock::now() + registration_timeout;
        wait_for_peer();
        return;
    }
    ChatCircuit::expire();
}

void IrcCircuit::drain() {
    if (front_ == nullptr) {
        abort();
        return;
    }
    front_->shut_down();
    hurry();
}

void IrcCircuit::tick(Clock::time_point now) {
    if (front_ != nullptr && !is_closing()) {
        front_->tick(now, all_acknowledged());
    }
}

} // namespace mailcast::net
