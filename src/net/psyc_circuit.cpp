#include "net/psyc_circuit.h"

#include "base/log.h"
#include "psyc/generation.h"
#include "psyc/uniform.h"

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
                         Parts parts)
    : ChatCircuit(std::move(socket), std::move(peer), parts.circuits), door_(std::move(door)),
      parts_(parts), greeting_end_(Clock::now() + greeting_timeout) {}

PsycCircuit::PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycCall> call,
                         Parts parts)
    : ChatCircuit(std::move(socket), std::move(peer), parts.circuits), call_(std::move(call)),
      parts_(parts), greeting_end_(Clock::now() + greeting_timeout) {}

std::string PsycCircuit::name() const {
    return door_ != nullptr ? door_->name : "psyc to " + call_->node.root;
}

asio::awaitable<void> PsycCircuit::run() {
    const auto self = shared_from_this();
    // A client may be silent for hours: nothing but this tells that it is gone.
    channel().watch_peer();
    wait_for_peer();
    bool open = co_await begin();
    while (open) {
        const std::string_view input = co_await channel().receive();
        if (input.empty() || is_closing()) {
            break;
        }
        session_->receive(input, Clock::now());
        if (session_->greeted()) {
            greeting_end_ = Clock::time_point::max();
            if (!is_writing()) {
                wait_for_peer();
            }
        }
        open = !is_closing() || octets_queued() > 0;
        co_await may_read();
    }
    if (front_ != nullptr) {
        front_->disconnected();
    }
    if (node_ != nullptr) {
        node_->disconnected(channel().last_error().empty() ? "closed" : channel().last_error());
    } else if (call_ != nullptr) {
        parts_.nodes.dial_failed(call_->node.root, channel().last_error());
    }
    if (session_) {
        session_->disconnected();
    }
    reading_ended();
}

asio::awaitable<void> PsycCircuit::may_read() {
    while (!is_closing() && ((node_ != nullptr && node_->is_waiting()) || session_->is_held() ||
                             session_->is_overdrawn(Clock::now()))) {
        co_await pause_reading();
    }
}

asio::awaitable<bool> PsycCircuit::begin() {
    if (door_ != nullptr) {
        const bool begun = co_await begin_accepted();
        co_return begun;
    }
    tls_ = call_->certificates != nullptr;
    if (tls_) {
        const bool shaken = co_await channel().connect_tls(call_->certificates, call_->node.host);
        if (!shaken) {
            base::log::info("{}: {}: {}", name(), peer().text(), channel().last_error());
            co_return false;
        }
    }
    start_session();
    node_ = std::make_shared<front::PsycPeer>(parts_.nodes, *session_, peer_options());
    node_->open(call_->generation, Clock::now());
    co_return true;
}

asio::awaitable<bool> PsycCircuit::begin_accepted() {
    if (door_->certificate != nullptr) {
        const int first = co_await channel().peek();
        if (first < 0) {
            co_return false;
        }
        tls_ = psyc::detect(static_cast<char>(first)) == psyc::FirstOctet::tls;
    }
    if (door_->tls_at_once && !tls_) {
        // In 0.99, which both generations' programs know by its dot.
        std::string told = "\n_error_necessary_encryption\nThis port speaks TLS alone.\n.\n";
        co_await channel().send(std::move(told));
        channel().close();
        co_return false;
    }
    if (tls_) {
        const bool shaken = co_await channel().start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", name(), peer().text(), channel().last_error());
            co_return false;
        }
    }
    start_session();
    front::PsycFront::Options options;
    options.passwords = tls_ || base::is_loopback(peer().address);
    options.peer = peer().address;
    options.resume = [this] { resume_reading(); };
    front_ = std::make_shared<front::PsycFront>(parts_.entities, *session_, options);
    co_return true;
}

void PsycCircuit::start_session() {
    front::PsycSession::Options options;
    options.root = parts_.nodes.root();
    options.location = call_ != nullptr ? call_->node.root : location_of(peer());
    options.implementation = door_ != nullptr ? door_->implementation : call_->implementation;
    const Peer own = channel().own_end();
    if (!own.port.empty()) {
        options.address = own.address;
        options.port = own.port;
    }
    session_.emplace(*this, std::move(options));
    session_->converse(this);
    session_->tick(Clock::now());
}

front::PsycPeer::Options PsycCircuit::peer_options() {
    front::PsycPeer::Options options;
    options.dialled = call_ != nullptr ? call_->node.root : std::string();
    options.address = peer().address;
    options.tls = tls_;
    if (tls_) {
        options.certified = [this](const std::string& host) {
            return channel().is_certified(host);
        };
    }
    options.resume = [this] { resume_reading(); };
    return options;
}

void PsycCircuit::become_node() {
    front_->disconnected();
    front_.reset();
    node_ = std::make_shared<front::PsycPeer>(parts_.nodes, *session_, peer_options());
}

void PsycCircuit::take(const psyc::Packet& packet) {
    if (node_ == nullptr && front::speaks_as_node(packet, parts_.nodes.parts().hub.hostname(),
                                                  front_->identification())) {
        become_node();
    }
    if (node_ != nullptr) {
        node_->take(packet);
    } else {
        front_->take(packet);
    }
}

void PsycCircuit::pong() {
    if (node_ != nullptr) {
        node_->pong();
    } else {
        front_->pong();
    }
}

void PsycCircuit::send(chat::SharedBytes bytes) {
    if (octets_queued() > most_queued && !is_closing()) {
        base::log::warn("{}: {}: does not read what it asked for, closed", name(), peer().text());
        abort();
        return;
    }
    enqueue(std::move(bytes));
}

void PsycCircuit::written() {
    if (front_ != nullptr) {
        front_->drained();
    } else if (node_ != nullptr) {
        node_->drained();
    }
}

void PsycCircuit::drain() {
    if (!session_) {
        abort();
        return;
    }
    session_->shut_down();
    hurry();
}

void PsycCircuit::tick(Clock::time_point now) {
    if (!session_ || is_closing()) {
        return;
    }
    session_->tick(now);
    resume_reading(); // who had asked for too much may have waited long enough
    if (node_ != nullptr) {
        node_->tick(now);
    } else if (front_ != nullptr) {
        front_->tick(now, all_acknowledged());
    }
}

} // namespace mailcast::net
