#include "net/psyc_dialer.h"

#include "base/log.h"
#include "net/answer.h"
#include "psyc/uniform.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <utility>

namespace mailcast::net {

namespace {

using Tcp = asio::ip::tcp;
using Protocol = asio::generic::stream_protocol;

// Where the node may be reached, best first.
std::vector<Resolver::Endpoint> endpoints_of(const front::PsycNodeAddress& node, bool tls,
                                             const Resolver::Answer& answer) {
    const auto usual =
        static_cast<std::uint16_t>(tls ? psyc::default_tls_port : psyc::default_port);
    std::vector<Resolver::Endpoint> found;
    if (node.port == 0) {
        for (Resolver::Endpoint endpoint : answer.services) {
            endpoint.port = endpoint.port == 0 ? usual : endpoint.port;
            found.push_back(std::move(endpoint));
        }
    }
    if (found.empty()) {
        for (const std::string& address : answer.addresses) {
            found.push_back({.address = address, .port = node.port == 0 ? usual : node.port});
        }
    }
    if (found.size() > PsycDialer::most_endpoints) {
        found.resize(PsycDialer::most_endpoints);
    }
    return found;
}

// The address to leave from: one of ours of the same family that is a single one.
std::optional<asio::ip::address> source_for(const asio::ip::address& to,
                                            const std::vector<std::string>& sources) {
    for (const std::string& text : sources) {
        boost::system::error_code error;
        auto source = asio::ip::make_address(text, error);
        if (!error && source.is_v4() == to.is_v4() && !source.is_unspecified()) {
            return source;
        }
    }
    return std::nullopt;
}

// A socket on its way; closed when the time is over.
struct Attempt {
    explicit Attempt(asio::any_io_executor executor) : socket(executor), timer(executor) {}

    StreamSocket socket;
    asio::steady_timer timer;
};

boost::system::error_code prepare(Attempt& attempt, const Tcp::endpoint& to,
                                  const std::vector<std::string>& sources) {
    boost::system::error_code error;
    attempt.socket.open(Protocol(to.protocol()), error);
    if (error) {
        return error;
    }
    boost::system::error_code ignored;
    attempt.socket.set_option(Tcp::no_delay(true), ignored);
    if (const auto source = source_for(to.address(), sources)) {
        attempt.socket.bind(Protocol::endpoint(Tcp::endpoint(*source, 0)), error);
    }
    return error;
}

} // namespace

PsycDialer::PsycDialer(asio::io_context& io, Resolver& resolver) : io_(io), resolver_(resolver) {}

void PsycDialer::addresses_of(const std::string& host, std::function<void(Addresses)> done) {
    resolver_.ask(host, false, [done = std::move(done)](const Resolver::Answer& answer) {
        if (answer.failed) {
            done(std::nullopt);
            return;
        }
        std::vector<std::string> addresses = answer.addresses;
        for (const Resolver::Endpoint& endpoint : answer.services) {
            addresses.push_back(endpoint.address);
        }
        done(std::move(addresses));
    });
}

std::uint64_t PsycDialer::chance() {
    std::uint64_t value = 0;
    randombytes_buf(&value, sizeof value);
    return value;
}

void PsycDialer::log(std::string_view line) {
    base::log::info("{}", line);
}

void PsycDialer::dial(const front::PsycNodeAddress& node) {
    asio::co_spawn(
        io_, [this, node, dialing = dialing_] { return connect(node, dialing); }, asio::detached);
}

asio::awaitable<void> PsycDialer::connect(front::PsycNodeAddress node,
                                          std::shared_ptr<const PsycDialing> dialing) {
    const bool tls = node.tls || dialing->tls.contains(node.host);
    const auto ask = [this, &node, tls](std::move_only_function<void(Resolver::Answer)> done) {
        resolver_.ask(node.host, tls, copyable(std::move(done)));
    };
    const Resolver::Answer answer = co_await answer_of<Resolver::Answer>(ask);
    std::string why = answer.failed ? "its name could not be looked up" : "its name has no address";
    if (tls && dialing->certificates == nullptr) {
        why = "no certificates to verify it by are loaded";
        parts_->nodes.dial_failed(node.root, why);
        co_return;
    }
    const auto endpoints = endpoints_of(node, tls, answer);
    for (const Resolver::Endpoint& endpoint : endpoints) {
        boost::system::error_code error;
        const Tcp::endpoint to(asio::ip::make_address(endpoint.address, error), endpoint.port);
        const auto attempt = std::make_shared<Attempt>(io_.get_executor());
        if (!error) {
            error = prepare(*attempt, to, dialing->sources);
        }
        if (!error) {
            attempt->timer.expires_after(connect_timeout);
            attempt->timer.async_wait([attempt](const boost::system::error_code& cancelled) {
                if (!cancelled) {
                    boost::system::error_code ignored;
                    attempt->socket.close(ignored);
                }
            });
            const Protocol::endpoint generic(to);
            co_await attempt->socket.async_connect(
                generic, asio::redirect_error(asio::use_awaitable, error));
            attempt->timer.cancel();
        }
        if (error) {
            why = fmt::format("{}:{}: {}", endpoint.address, endpoint.port, error.message());
            continue;
        }
        auto call = std::make_shared<PsycCall>();
        call->node = node;
        call->generation =
            dialing->v1.contains(node.host) ? psyc::Generation::v1 : psyc::Generation::classic;
        call->certificates = tls ? dialing->certificates : nullptr;
        call->implementation = dialing->implementation;
        Peer peer{.address = endpoint.address, .port = std::to_string(endpoint.port)};
        const auto circuit = std::make_shared<PsycCircuit>(
            std::move(attempt->socket), std::move(peer), std::move(call), *parts_);
        asio::co_spawn(io_, [circuit] { return circuit->run(); }, asio::detached);
        co_return;
    }
    parts_->nodes.dial_failed(node.root, why);
}

} // namespace mailcast::net
