#include "net/irc_circuit.h"

#include "base/address_set.h"
#include "base/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

constexpr int tls_handshake = 0x16; // first octet of a TLS record; no line of IRC begins so

} // namespace

IrcCircuit::IrcCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const IrcDoor> door,
                       Parts parts)
    : channel_(std::move(socket)), peer_(std::move(peer)), door_(std::move(door)), parts_(parts),
      resume_(channel_.executor(), Clock::time_point::max()),
      registration_end_(Clock::now() + registration_timeout) {
    parts_.circuits.add(*this, peer_.address);
}

IrcCircuit::~IrcCircuit() {
    parts_.circuits.remove(*this, peer_.address);
}

// Between writes: until it is registered a client has only so long.
void IrcCircuit::wait_for_peer() {
    deadline_ =
        front_ != nullptr && front_->registered() ? Clock::time_point::max() : registration_end_;
}

asio::awaitable<void> IrcCircuit::run() {
    const auto self = shared_from_this();
    wait_for_peer();
    bool open = co_await begin();
    while (open) {
        const std::string_view input = co_await channel_.receive();
        if (input.empty() || closing_) {
            break;
        }
        front_->receive(input, Clock::now());
        if (!writing_) {
            wait_for_peer();
        }
        // Who sends faster than it may is read again when what it sent has been worked through (resume).
        while (front_->is_waiting() && !closing_) {
            boost::system::error_code cancelled;
            co_await resume_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        }
        open = !closing_;
    }
    if (front_ != nullptr) {
        front_->disconnected();
    }
    // What still waits to be written closes the channel itself when it is through.
    if (!writing_) {
        channel_.close();
        deadline_ = Clock::time_point::max();
    }
}

asio::awaitable<bool> IrcCircuit::begin() {
    bool tls = door_->tls_at_once;
    if (!tls && door_->certificate != nullptr) {
        const int first = co_await channel_.peek();
        if (first < 0) {
            co_return false;
        }
        tls = first == tls_handshake;
    }
    if (tls) {
        const bool shaken = co_await channel_.start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", door_->name, peer_.text(), channel_.last_error());
            co_return false;
        }
    }
    front::IrcFront::Options options;
    options.peer = peer_.address;
    options.passwords = tls || base::is_loopback(peer_.address);
    front_ = std::make_shared<front::IrcFront>(parts_.clients, *this, options);
    co_return true;
}

void IrcCircuit::send(chat::SharedBytes bytes) {
    if (closing_ || bytes->empty()) {
        return;
    }
    queued_ += bytes->size();
    queue_.push_back(std::move(bytes));
    if (!writing_) {
        writing_ = true;
        // Not at once: what else this wake-up has to say goes out with it.
        asio::co_spawn(
            channel_.executor(), [self = shared_from_this()] { return self->write_out(); },
            asio::detached);
    }
}

asio::awaitable<void> IrcCircuit::write_out() {
    const auto self = shared_from_this();
    while (!queue_.empty()) {
        deadline_ = Clock::now() + write_timeout;
        std::vector<chat::SharedBytes> pieces = std::exchange(queue_, {});
        std::size_t octets = 0;
        for (const auto& piece : pieces) {
            octets += piece->size();
        }
        const bool written = co_await channel_.send_all(std::move(pieces));
        queued_ -= octets;
        if (!written) {
            queue_.clear();
            queued_ = 0;
            closing_ = true;
        } else if (!closing_) {
            front_->drained();
        }
    }
    writing_ = false;
    queue_ = {};
    wait_for_peer();
    if (closing_) {
        deadline_ = Clock::time_point::max();
        resume_.cancel();
        channel_.close();
    }
}

void IrcCircuit::close() {
    closing_ = true;
    resume_.cancel();
    if (!writing_) {
        channel_.close();
    }
}

void IrcCircuit::expire() {
    if (!writing_ && front_ != nullptr && front_->is_checked()) {
        registration_end_ = Clock::now() + registration_timeout;
        wait_for_peer();
        return;
    }
    base::log::info("{}: {}: waited too long, closed", door_->name, peer_.text());
    abort();
}

void IrcCircuit::drain() {
    if (front_ == nullptr) {
        abort();
        return;
    }
    front_->shut_down();
    deadline_ = std::min(deadline_, Clock::now() + std::chrono::seconds(5));
}

void IrcCircuit::abort() {
    closing_ = true;
    deadline_ = Clock::time_point::max();
    resume_.cancel();
    channel_.close();
}

void IrcCircuit::tick(Clock::time_point now) {
    if (front_ == nullptr || closing_) {
        return;
    }
    front_->tick(now, queued_ == 0 && channel_.all_acknowledged());
}

} // namespace mailcast::net
