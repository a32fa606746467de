// The PSYC half of the server: what our entities say, the circuits of clients and of other nodes, names, datagrams.
// Builds these parts in their order of life and passes them to one another.  Hub thread; owned by the Server and
// ended before its io_context.
#pragma once

#include "app/configuration/configuration.h"
#include "chat/talk.h"
#include "front/psyc/entities.h"
#include "front/psyc/nodes.h"
#include "net/circuits.h"
#include "net/listener.h"
#include "net/psyc_circuit.h"
#include "net/psyc_datagrams.h"
#include "net/psyc_dialer.h"
#include "net/resolver.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::app {

class PsycSide {
  public:
    // All outlive it.
    struct Parts {
        boost::asio::io_context& io;
        chat::Hub& hub;
        chat::Backing& backing;
        front::PsycMailDoor& mail_door;
        net::Circuits& circuits;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::uint64_t seed = 0;                          // for ids of what is said
    };

    PsycSide(Parts parts, const Configuration& configuration);
    ~PsycSide();
    PsycSide(const PsycSide&) = delete;
    PsycSide& operator=(const PsycSide&) = delete;

    // At the start and at a reload; the error names the file that is wrong, and nothing has changed.
    std::expected<void, std::string> use(const Configuration& configuration);

    // UDP beside a listener on TCP; trouble with it is only a warning.
    void open_datagrams(const net::ListenAddress& address);

    // All listeners are open and the Hub knows its entities and relations.
    void start(const std::vector<chat::EntityId>& places);

    void accept(net::StreamSocket socket, net::Peer peer,
                std::shared_ptr<const net::PsycDoor> door);

    // Every second or so.
    void tick(net::Clock::time_point now);

    // Nothing new begins.
    void drain();

    // Figures about other nodes, for `mailcast status`.
    std::vector<std::pair<std::string, std::uint64_t>> status() const;

    chat::Talk& talk() { return talk_; }

    front::PsycEntities& entities() { return entities_; }

    front::PsycNodes& nodes() { return nodes_; }

  private:
    net::PsycCircuit::Parts circuit_parts();

    Parts parts_;
    chat::Talk talk_;
    net::Resolver resolver_; // its threads post to the hub thread
    net::PsycDialer dialer_;
    front::PsycEntities entities_;
    front::PsycNodes nodes_;
    std::vector<std::unique_ptr<net::PsycDatagrams>> datagrams_;
};

} // namespace mailcast::app
