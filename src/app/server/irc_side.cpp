#include "app/server/irc_side.h"

#include "app/version.h"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <utility>

namespace mailcast::app {

IrcSide::IrcSide(const Parts& parts)
    : parts_(parts), elsewhere_(parts.entities),
      clients_({.talk = parts.talk,
                .reading = parts.reading,
                .mail_out = parts.mail_out,
                .elsewhere = &elsewhere_,
                .version = fmt::format("mailcast-{}", version)}) {}

void IrcSide::accept(net::StreamSocket socket, net::Peer peer,
                     std::shared_ptr<const net::IrcDoor> door) {
    const auto circuit = std::make_shared<net::IrcCircuit>(
        std::move(socket), std::move(peer), std::move(door),
        net::IrcCircuit::Parts{.clients = clients_, .circuits = parts_.circuits});
    boost::asio::co_spawn(parts_.io, [circuit] { return circuit->run(); }, net::log_escaped);
}

std::vector<std::pair<std::string, std::uint64_t>> IrcSide::status() const {
    return {{"clients", clients_.all().size()}};
}

} // namespace mailcast::app
