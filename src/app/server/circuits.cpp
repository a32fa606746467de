// The server's listeners, and what becomes of a connection that one of them takes.

#include "app/server/handed_sockets.h"
#include "app/server/server.h"
#include "base/address_set.h"
#include "base/log.h"
#include "net/lookup_circuit.h"
#include "net/mail_circuit.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace mailcast::app {

namespace {

bool is_chat(Protocol protocol) {
    return protocol == Protocol::psyc || protocol == Protocol::irc;
}

// Of limits.connections: places that only the trusted peers of lmtp, smtp, socketmap and policy get.
std::size_t kept_for_trusted(const Limits& limits) {
    return std::min<std::size_t>(1000, limits.connections / 4);
}

} // namespace

std::expected<void, std::string> Server::make_doors(Opened& opened) const {
    if (opened.settings.protocol == Protocol::socketmap ||
        opened.settings.protocol == Protocol::policy) {
        opened.lookup_door = make_lookup_door(*configuration_, opened.settings);
        return {};
    }
    if (opened.settings.protocol == Protocol::psyc) {
        auto door = make_psyc_door(*configuration_, opened.settings);
        if (!door) {
            return std::unexpected(door.error());
        }
        opened.psyc_door = *door;
        return {};
    }
    if (opened.settings.protocol == Protocol::irc) {
        auto door = make_irc_door(opened.settings);
        if (!door) {
            return std::unexpected(door.error());
        }
        opened.irc_door = *door;
        return {};
    }
    auto door = make_mail_door(*configuration_, opened.settings);
    if (!door) {
        return std::unexpected(door.error());
    }
    opened.mail_door = *door;
    return {};
}

std::expected<void, std::string> Server::open_listeners() {
    HandedSockets handed = HandedSockets::from_environment();
    // First all that are bound where a listener is to be: what goes by its name alone must not take it from that.
    std::vector<std::optional<int>> given;
    given.reserve(configuration_->listeners.size());
    for (const Listener& settings : configuration_->listeners) {
        given.push_back(handed.take_at(listen_address(settings).text()));
    }
    for (std::size_t at = 0; at < given.size(); ++at) {
        const Listener& settings = configuration_->listeners[at];
        auto opened = std::make_unique<Opened>();
        opened->settings = settings;
        if (auto made = make_doors(*opened); !made) {
            return std::unexpected(made.error());
        }
        const auto accepted = [this, raw = opened.get()](net::StreamSocket socket, net::Peer peer) {
            accept(*raw, std::move(socket), std::move(peer));
        };
        const net::ListenAddress address = listen_address(settings);
        if (!given[at]) {
            given[at] = handed.take_named(to_string(settings.protocol));
        }
        if (const auto descriptor = given[at]) {
            opened->listener = net::Listener::adopt(io_, *descriptor, address, accepted);
        } else if (auto listener = net::Listener::open(io_, address, accepted)) {
            opened->listener = std::move(*listener);
        } else {
            return std::unexpected(
                fmt::format("{}: {}", to_string(settings.protocol), listener.error()));
        }
        if (settings.protocol == Protocol::psyc) {
            psyc_.open_datagrams(address);
        }
        opened_.push_back(std::move(opened));
    }
    for (const std::string& name : handed.left()) {
        base::log::warn("a socket named '{}' was handed over, but no listener of that protocol or "
                        "address is in the configuration",
                        name);
    }
    return {};
}

std::optional<mail::Status> Server::refusal(const Opened& opened, const net::Peer& peer) const {
    const Limits& limits = configuration_->limits;
    if (circuits_.draining()) {
        return mail::make_status(421, 3, 2, "shutting down, try again later");
    }
    // A mail server and a program are who the listener's `trusted` says; strangers and chat clients leave them places.
    const bool chat = is_chat(opened.settings.protocol);
    const bool trusted = !chat && opened.settings.trusted.contains(peer.address);
    if (circuits_.size() >= limits.connections - (trusted ? 0 : kept_for_trusted(limits))) {
        return mail::make_status(421, 7, 0, "too many connections, try again later");
    }
    // Many clients of a chat door come from one address of this machine: a proxy, a bouncer.
    const bool unbound = chat ? base::is_loopback(peer.address) : trusted;
    if (!unbound && circuits_.from(peer.address) >= limits.connections_per_peer) {
        return mail::make_status(421, 7, 0,
                                 "too many connections from your address, try again later");
    }
    return std::nullopt;
}

void Server::accept(const Opened& opened, net::StreamSocket socket, net::Peer peer) {
    auto refused = refusal(opened, peer);
    if (refused) {
        base::log::warn("{}: {}: {}", to_string(opened.settings.protocol), peer.text(),
                        refused->text);
    }
    if (opened.mail_door != nullptr) {
        if (refused && opened.mail_door->tls == net::TlsMode::implicit) {
            return; // it could be told behind a handshake only, and is not to have the place that one takes
        }
        const auto circuit = std::make_shared<net::MailCircuit>(
            std::move(socket), std::move(peer), opened.mail_door, intake_, circuits_);
        boost::asio::co_spawn(
            io_, [circuit, refused] { return circuit->run(refused); }, net::log_escaped);
        return;
    }
    if (opened.lookup_door != nullptr) {
        if (!refused) {
            const auto circuit = std::make_shared<net::LookupCircuit>(
                std::move(socket), std::move(peer), opened.lookup_door, lookups_, circuits_);
            boost::asio::co_spawn(io_, [circuit] { return circuit->run(); }, net::log_escaped);
        }
        return;
    }
    if (opened.irc_door != nullptr) {
        if (!refused) {
            irc_.accept(std::move(socket), std::move(peer), opened.irc_door);
        }
        return;
    }
    if (!refused) {
        psyc_.accept(std::move(socket), std::move(peer), opened.psyc_door);
    }
}

} // namespace mailcast::app
