// Mail on its way to one other node: waits for the circuit, goes out, and is answered for each recipient.  Taken
// is what the other node said it has on disk (module "_mail"), or what it did not complain of before it answered
// a ping behind it (docs/decisions/0012).  Whatever breaks in between is 4yz: whoever asked tries again, and the
// other node knows the repetition by _ID_once.
//
// Hub thread, owned by PsycNodes.
#pragma once

#include "front/psyc/exchange.h"
#include "front/psyc/session.h"
#include "mail/status.h"
#include "psyc/packet.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::front {

class PsycNodes;
class PsycPeer;

class PsycHandOver {
  public:
    using Moment = PsycSession::Moment;
    using Done = std::function<void(std::vector<mail::Status>)>;

    // `nodes` outlives it; `node` is the root of the other one.
    PsycHandOver(PsycNodes& nodes, std::string node);
    ~PsycHandOver();

    // At most mail_targets recipients.  False when too many wait already.
    bool add(PsycOutside::HandOver mail, Done done);

    bool is_waiting() const { return !waiting_.empty(); }

    bool is_empty() const { return waiting_.empty() && sent_.empty(); }

    // Something was sent over this circuit and not answered.
    bool is_under_way(const PsycPeer& peer) const;

    // All that waits goes out.
    void flush(PsycPeer& peer);

    // A reply to one of ours; false when it is none.
    bool answered(const PsycPeer& peer, const psyc::Packet& packet);

    // No circuit can be had now.
    void fail_waiting(const mail::Status& status);

    // The circuit is gone.
    void broken(const PsycPeer& peer);

    // What has waited too long.
    void tick(Moment now);

  private:
    struct Job;

    void send_listed(PsycPeer& peer, const std::shared_ptr<Job>& job);
    void send_each(PsycPeer& peer, const std::shared_ptr<Job>& job);
    bool refused(const PsycPeer& peer, const psyc::Packet& packet, const std::string& tag);
    void finish(const std::shared_ptr<Job>& job, std::vector<mail::Status> statuses);

    PsycNodes& nodes_;
    std::string node_;
    std::deque<std::shared_ptr<Job>> waiting_;
    std::map<std::string, std::shared_ptr<Job>> sent_; // by the tag that ends it
};

} // namespace mailcast::front
