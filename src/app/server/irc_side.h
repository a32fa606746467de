// The IRC half of the server: what all IRC clients share, and their circuits.
// Hub thread; owned by the Server, between the PSYC side, whose Talk it uses, and the circuits' end.
#pragma once

#include "chat/mail_out.h"
#include "chat/mail_reading.h"
#include "chat/talk.h"
#include "front/irc/clients.h"
#include "front/irc/elsewhere.h"
#include "net/circuits.h"
#include "net/irc_circuit.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::app {

class IrcSide {
  public:
    // All outlive it.
    struct Parts {
        boost::asio::io_context& io;
        chat::Talk& talk;
        front::PsycEntities& entities;        // the way to persons of other nodes
        chat::MailReading* reading = nullptr; // null: a mail is what its note says
        chat::MailOut* mail_out = nullptr;
        net::Circuits& circuits;
    };

    explicit IrcSide(const Parts& parts);

    void accept(net::StreamSocket socket, net::Peer peer, std::shared_ptr<const net::IrcDoor> door);

    // Figures for `mailcast status`.
    std::vector<std::pair<std::string, std::uint64_t>> status() const;

    front::IrcClients& clients() { return clients_; }

  private:
    Parts parts_;
    front::IrcElsewhere elsewhere_;
    front::IrcClients clients_;
};

} // namespace mailcast::app
