#include "app/server/psyc_side.h"

#include "app/version.h"
#include "base/log.h"
#include "chat/hub.h"
#include "net/name_server.h"
#include "net/tls_context.h"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <utility>
#include <variant>

namespace mailcast::app {

namespace {

std::string implementation() {
    return fmt::format("mailcast/{}", version);
}

// Who may do in every place what its owners may: the postmaster, when that is a person.
std::string keeper_of(const Configuration& configuration) {
    std::string_view name = configuration.postmaster;
    if (name.starts_with('*') || name.starts_with('@')) {
        return {};
    }
    if (name.starts_with('~')) {
        name.remove_prefix(1);
    }
    return chat::folded_name(chat::EntityKind::person, name);
}

} // namespace

PsycSide::PsycSide(Parts parts, const Configuration& configuration)
    : parts_(std::move(parts)), talk_({.hub = parts_.hub,
                                       .backing = parts_.backing,
                                       .now = [] { return base::now(); },
                                       .seed = parts_.seed,
                                       .keeper = keeper_of(configuration)}),
      resolver_(std::make_shared<net::SystemNameServer>(), parts_.post, {}),
      dialer_(parts_.io, resolver_),
      entities_(talk_, {.implementation = implementation(),
                        .started = base::now(),
                        .new_tag = [this] { return nodes_.new_tag(); }}),
      nodes_({.hub = parts_.hub,
              .backing = parts_.backing,
              .network = dialer_,
              .inside = entities_,
              .mail_door = parts_.mail_door},
             {}) {
    dialer_.set_circuits(circuit_parts());
    // A number a millisecond is more than anybody sends for long.
    parts_.hub.set_first_counter(static_cast<std::uint64_t>(base::to_unix_ms(base::now())));
    entities_.set_outside(&nodes_);
}

PsycSide::~PsycSide() {
    entities_.set_outside(nullptr);
}

net::PsycCircuit::Parts PsycSide::circuit_parts() {
    return {.entities = entities_, .nodes = nodes_, .circuits = parts_.circuits};
}

std::expected<void, std::string> PsycSide::use(const Configuration& configuration) {
    auto dialing = std::make_shared<net::PsycDialing>();
    dialing->implementation = implementation();
    dialing->v1 = configuration.psyc.generation_one;
    dialing->tls = configuration.psyc.tls;
    std::string certificate;
    std::string key;
    for (const Listener& listener : configuration.listeners) {
        if (listener.protocol != Protocol::psyc) {
            continue;
        }
        if (const auto* address = std::get_if<TcpAddress>(&listener.address)) {
            dialing->sources.push_back(address->host);
        }
        if (certificate.empty()) {
            certificate = listener.certificate;
            key = listener.key;
        }
    }
    auto authorities = net::load_authorities(configuration.psyc.authorities, certificate, key);
    if (!authorities) {
        return std::unexpected("psyc: " + authorities.error());
    }
    dialing->certificates = *authorities;
    dialer_.set_dialing(std::move(dialing));

    net::Resolver::Table table;
    for (const auto& [name, address] : configuration.psyc.hosts) {
        table[name] = {.address = address.host, .port = address.port};
    }
    resolver_.set_table(std::move(table));
    const auto sources = std::make_shared<const base::AddressSet>(configuration.psyc.mail_sources);
    for (const auto& datagrams : datagrams_) {
        datagrams->set_mail_sources(sources);
    }
    return {};
}

void PsycSide::open_datagrams(const net::ListenAddress& address) {
    if (!address.path.empty()) {
        return;
    }
    auto opened = net::PsycDatagrams::open(parts_.io, address, nodes_);
    if (!opened) {
        base::log::warn("psyc: {}", opened.error());
        return;
    }
    datagrams_.push_back(std::move(*opened));
}

void PsycSide::start(const std::vector<chat::EntityId>& places) {
    nodes_.tick(net::Clock::now());
    nodes_.start();
    for (const auto& datagrams : datagrams_) {
        datagrams->start();
    }
    for (const chat::EntityId id : places) {
        if (const chat::Entity* place = parts_.hub.find(id)) {
            nodes_.resume(*place);
        }
    }
}

void PsycSide::accept(net::StreamSocket socket, net::Peer peer,
                      std::shared_ptr<const net::PsycDoor> door) {
    const auto circuit = std::make_shared<net::PsycCircuit>(std::move(socket), std::move(peer),
                                                            std::move(door), circuit_parts());
    boost::asio::co_spawn(parts_.io, [circuit] { return circuit->run(); }, net::log_escaped);
}

void PsycSide::tick(net::Clock::time_point now) {
    nodes_.tick(now);
}

std::vector<std::pair<std::string, std::uint64_t>> PsycSide::status() const {
    const front::PsycCounters& counters = nodes_.counters();
    return {{"connected", nodes_.connected()},
            {"circuits_opened", counters.circuits_opened},
            {"dials_failed", counters.dials_failed},
            {"sources_refused", counters.sources_refused},
            {"relay_refused", counters.relay_refused},
            {"letters_failed", counters.letters_failed},
            {"packets_missed", counters.packets_missed},
            {"mails_handed", counters.mails_handed},
            {"mails_refused", counters.mails_refused},
            {"datagrams", counters.datagrams},
            {"datagrams_dropped", counters.datagrams_dropped}};
}

void PsycSide::drain() {
    nodes_.drain();
    for (const auto& datagrams : datagrams_) {
        datagrams->stop();
    }
}

} // namespace mailcast::app
