// One connection of a mail server that asks: a socketmap or a policy service.  Moves octets between its channel and
// the pure conversation of smtp/, and puts what is asked to Lookups.
// Hub thread; keeps itself alive while run() runs.
#pragma once

#include "net/channel.h"
#include "net/circuits.h"
#include "net/lookups.h"
#include "smtp/policy_request.h"
#include "smtp/socketmap.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string_view>
#include <variant>

namespace mailcast::net {

class LookupCircuit : public Circuit, public std::enable_shared_from_this<LookupCircuit> {
  public:
    // `lookups` and `circuits` outlive every circuit.
    LookupCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const LookupDoor> door,
                  Lookups& lookups, Circuits& circuits);
    ~LookupCircuit() override;

    // The whole conversation.
    asio::awaitable<void> run();

    Clock::time_point deadline() const override { return deadline_; }

    void expire() override;
    void drain() override;
    void abort() override;

    std::string_view protocol() const override;

  private:
    // Answers all that is whole; false when nothing more is to be read.
    bool answer(std::string_view input);
    bool answer_lookups(smtp::Socketmap& service, std::string_view input);
    bool answer_policies(smtp::PolicyService& service, std::string_view input);
    bool idle() const;

    Channel channel_;
    Peer peer_;
    std::shared_ptr<const LookupDoor> door_;
    Lookups& lookups_;
    Circuits& circuits_;
    std::variant<smtp::Socketmap, smtp::PolicyService> service_;
    Clock::time_point deadline_ = Clock::time_point::max();
    bool waiting_ = false; // for the peer: nothing is half done
    bool draining_ = false;
};

} // namespace mailcast::net
