// What the socketmap and policy doors say, and counts of it: the answers of delivery/answer.h about the Directory,
// the Policy and the rates that the mail doors work with.  One for all lookup circuits; hub thread.
#pragma once

#include "base/address_set.h"
#include "mail/envelope.h"
#include "net/intake/intake.h"
#include "smtp/policy_request.h"
#include "smtp/socketmap.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailcast::net {

// What one listener of either protocol is set to: immutable, shared by its circuits.
struct LookupDoor {
    enum class Service { socketmap, policy };

    std::string name; // "policy 127.0.0.1:2526", for the log
    Service service = Service::socketmap;
    // socketmap: who may ask.  policy: whose clients are inside, as XFORWARD SOURCE=LOCAL would say.
    base::AddressSet trusted;
    mail::Origin origin = mail::Origin::external; // policy: of a client that is not named
    std::chrono::seconds timeout{300};            // for the next request
};

// Since the start.
struct LookupCounters {
    std::uint64_t found = 0;
    std::uint64_t not_found = 0;
    std::uint64_t unsure = 0;
    std::uint64_t let_pass = 0;
    std::uint64_t rejected = 0;
    std::uint64_t deferred = 0;
};

class Lookups {
  public:
    // `intake` outlives us.
    explicit Lookups(Intake& intake) : intake_(intake) {}

    // Map `rcpt`: does this address lead to somebody here?
    smtp::SocketmapAnswer exists(std::string_view map, std::string_view key);

    smtp::PolicyAction may(const smtp::PolicyRequest& request, const LookupDoor& door);

    const LookupCounters& counters() const { return counters_; }

  private:
    smtp::PolicyAction judge(const smtp::PolicyRequest& request, const LookupDoor& door) const;

    Intake& intake_;
    LookupCounters counters_;
};

} // namespace mailcast::net
