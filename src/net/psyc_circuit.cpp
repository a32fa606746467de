#include "net/psyc_circuit.h"

#include "base/log.h"
#include "psyc/generation.h"
#include "psyc/uniform.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

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
    : channel_(std::move(socket)), peer_(std::move(peer)), door_(std::move(door)), parts_(parts),
      resume_(channel_.executor(), Clock::time_point::max()) {
    parts_.circuits.add(*this, peer_.address);
}

PsycCircuit::PsycCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const PsycCall> call,
                         Parts parts)
    : channel_(std::move(socket)), peer_(std::move(peer)), call_(std::move(call)), parts_(parts),
      resume_(channel_.executor(), Clock::time_point::max()) {
    parts_.circuits.add(*this, peer_.address);
}

PsycCircuit::~PsycCircuit() {
    parts_.circuits.remove(*this, peer_.address);
}

std::string PsycCircuit::name() const {
    return door_ != nullptr ? door_->name : "psyc to " + call_->node.root;
}

asio::awaitable<void> PsycCircuit::run() {
    const auto self = shared_from_this();
    // A client may be silent for hours: nothing but this tells that it is gone.
    channel_.watch_peer();
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
        co_await may_read();
    }
    if (front_ != nullptr) {
        front_->disconnected();
    }
    if (node_ != nullptr) {
        node_->disconnected(channel_.last_error().empty() ? "closed" : channel_.last_error());
    } else if (call_ != nullptr) {
        parts_.nodes.dial_failed(call_->node.root, channel_.last_error());
    }
    if (session_) {
        session_->disconnected();
    }
    // What still waits to be written closes the channel itself when it is through.
    if (!writing_) {
        channel_.close();
        deadline_ = Clock::time_point::max();
    }
}

asio::awaitable<void> PsycCircuit::may_read() {
    while (!closing_ &&
           ((node_ != nullptr && node_->is_waiting()) || session_->is_overdrawn(Clock::now()))) {
        boost::system::error_code cancelled;
        co_await resume_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

asio::awaitable<bool> PsycCircuit::begin() {
    if (door_ != nullptr) {
        const bool begun = co_await begin_accepted();
        co_return begun;
    }
    tls_ = call_->certificates != nullptr;
    if (tls_) {
        const bool shaken = co_await channel_.connect_tls(call_->certificates, call_->node.host);
        if (!shaken) {
            base::log::info("{}: {}: {}", name(), peer_.text(), channel_.last_error());
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
        const int first = co_await channel_.peek();
        if (first < 0) {
            co_return false;
        }
        tls_ = psyc::detect(static_cast<char>(first)) == psyc::FirstOctet::tls;
    }
    if (door_->tls_at_once && !tls_) {
        // In 0.99, which both generations' programs know by its dot.
        std::string told = "\n_error_necessary_encryption\nThis port speaks TLS alone.\n.\n";
        co_await channel_.send(std::move(told));
        channel_.close();
        co_return false;
    }
    if (tls_) {
        const bool shaken = co_await channel_.start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", name(), peer_.text(), channel_.last_error());
            co_return false;
        }
    }
    start_session();
    front::PsycFront::Options options;
    options.passwords = tls_ || base::is_loopback(peer_.address);
    options.peer = peer_.address;
    front_ = std::make_shared<front::PsycFront>(parts_.entities, *session_, options);
    co_return true;
}

void PsycCircuit::start_session() {
    front::PsycSession::Options options;
    options.root = parts_.nodes.root();
    options.location = call_ != nullptr ? call_->node.root : location_of(peer_);
    options.implementation = door_ != nullptr ? door_->implementation : call_->implementation;
    session_.emplace(*this, std::move(options));
    session_->converse(this);
    session_->tick(Clock::now());
}

front::PsycPeer::Options PsycCircuit::peer_options() {
    front::PsycPeer::Options options;
    options.dialled = call_ != nullptr ? call_->node.root : std::string();
    options.address = peer_.address;
    options.tls = tls_;
    if (tls_) {
        options.certified = [this](const std::string& host) { return channel_.is_certified(host); };
    }
    options.resume = [this] { resume_.cancel(); };
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
    if (closing_ || bytes->empty()) {
        return;
    }
    if (queued_ > most_queued) {
        base::log::warn("{}: {}: does not read what it asked for, closed", name(), peer_.text());
        abort();
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
        } else if (!closing_ && node_ != nullptr) {
            node_->drained();
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
    resume_.cancel();
    if (!writing_) {
        channel_.close();
    }
}

void PsycCircuit::expire() {
    base::log::info("{}: {}: waited too long, closed", name(), peer_.text());
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
    resume_.cancel();
    channel_.close();
}

void PsycCircuit::tick(Clock::time_point now) {
    if (!session_ || closing_) {
        return;
    }
    session_->tick(now);
    resume_.cancel(); // who had asked for too much may have waited long enough
    if (node_ != nullptr) {
        node_->tick(now);
    } else if (front_ != nullptr) {
        front_->tick(now, queued_ == 0 && channel_.all_acknowledged());
    }
}

} // namespace mailcast::net
