#include "net/psyc_circuit.h"

#include "base/log.h"
#include "psyc/generation.h"
#include "psyc/uniform.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace mailcast::net {

namespace {

std::string location_of(const Peer& peer) {
    unsigned port = 0;
    std::from_chars(peer.port.data(), peer.port.data() + peer.port.size(), port);
    // Uniforms have no form for IPv6 literals, and a unix socket has no address.
    const bool nameable = peer.address.find(':') == std::string::npos && peer.address != "unix";
    return psyc::location_uniform(nameable ? peer.address : "localhost",
                                  static_cast<std::uint16_t>(port));
}

} // namespace

PsycCircuit::PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycDoor> door,
                         chat::Hub& hub, chat::Backing& backing, Circuits& circuits)
    : channel_(std::move(socket)), peer_(std::move(peer)), door_(std::move(door)), hub_(hub),
      backing_(backing), circuits_(circuits) {
    circuits_.add(*this, peer_.address);
}

PsycCircuit::~PsycCircuit() {
    circuits_.remove(*this, peer_.address);
}

asio::awaitable<void> PsycCircuit::run() {
    const auto self = shared_from_this();
    deadline_ = Clock::now() + greeting_timeout;
    bool open = co_await begin();
    while (open) {
        const std::string_view input = co_await channel_.receive();
        if (input.empty() || closing_) {
            break;
        }
        session_->receive(input, Clock::now());
        if (!writing_ && session_->greeted()) {
            deadline_ = Clock::time_point::max();
        }
        open = !closing_ || queued_ > 0;
    }
    if (front_ != nullptr) {
        front_->disconnected();
        session_->disconnected();
    }
    // What still waits to be written closes the channel itself when it is through.
    if (!writing_) {
        channel_.close();
        deadline_ = Clock::time_point::max();
    }
}

asio::awaitable<bool> PsycCircuit::begin() {
    bool use_tls = door_->tls_at_once;
    if (!use_tls && door_->certificate != nullptr) {
        const int first = co_await channel_.peek();
        if (first < 0) {
            co_return false;
        }
        use_tls = psyc::detect(static_cast<char>(first)) == psyc::FirstOctet::tls;
    }
    if (use_tls) {
        const bool shaken = co_await channel_.start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", door_->name, peer_.text(), channel_.last_error());
            co_return false;
        }
    }
    front::PsycSession::Options session;
    session.root = psyc::root_uniform(hub_.hostname());
    session.location = location_of(peer_);
    session.implementation = door_->implementation;
    session_.emplace(*this, std::move(session));
    front::PsycFront::Options options;
    options.passwords = use_tls || base::is_loopback(peer_.address);
    front_ = std::make_shared<front::PsycFront>(hub_, backing_, *session_, std::move(options));
    session_->converse(front_.get());
    co_return true;
}

void PsycCircuit::send(chat::SharedBytes bytes) {
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

asio::awaitable<void> PsycCircuit::write_out() {
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
        } else if (!closing_ && front_ != nullptr) {
            front_->drained();
        }
    }
    writing_ = false;
    deadline_ = Clock::time_point::max();
    if (closing_) {
        channel_.close();
    }
}

void PsycCircuit::close() {
    closing_ = true;
    if (!writing_) {
        channel_.close();
    }
}

void PsycCircuit::expire() {
    base::log::info("{}: {}: waited too long, closed", door_->name, peer_.text());
    abort();
}

void PsycCircuit::drain() {
    if (!session_) {
        abort();
        return;
    }
    session_->shut_down();
    deadline_ = std::min(deadline_, Clock::now() + std::chrono::seconds(5));
}

void PsycCircuit::abort() {
    closing_ = true;
    deadline_ = Clock::time_point::max();
    channel_.close();
}

void PsycCircuit::tick(Clock::time_point now) {
    if (front_ != nullptr && !closing_) {
        session_->tick(now);
        front_->tick(now, queued_ == 0 && channel_.all_acknowledged());
    }
}

} // namespace mailcast::net
