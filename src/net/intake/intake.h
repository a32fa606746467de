// The way of a mail, from a recipient asked for to the replies: who gets it (Directory, Policy), what it
// says (mime, delivery), the commit, the log lines, and to the Hub with it.
//
// The mails whose content ends in one turn of the hub go to the store together and come back together.
//
// One for all mail circuits; hub thread.  Statuses are given only after the store has answered: 250 means
// on disk.  For every accepted recipient there is exactly one, whatever fails.
#pragma once

#include "base/id.h"
#include "chat/hub.h"
#include "delivery/directory.h"
#include "delivery/held_limits.h"
#include "delivery/policy.h"
#include "delivery/rate_gate.h"
#include "delivery/reading.h"
#include "delivery/verdict.h"
#include "front/psyc/exchange.h"
#include "mail/envelope.h"
#include "mail/status.h"
#include "net/intake/content_sink.h"
#include "net/passwords.h"
#include "smtp/session.h"
#include "store/store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

struct MailLine; // mail_log.h

// Counters since the start, for `mailcast status`.
struct IntakeCounters {
    std::uint64_t transactions = 0;
    std::uint64_t recipients_accepted = 0;
    std::uint64_t recipients_refused = 0; // at RCPT
    std::uint64_t stored = 0;             // by recipient, after the content
    std::uint64_t duplicates = 0;
    std::uint64_t rejected = 0;
    std::uint64_t deferred = 0;
    std::uint64_t held = 0; // of `stored`: kept for the recipient's decision
};

class Intake : public front::PsycMailDoor {
  public:
    using Post = std::function<void(std::function<void()>)>;
    using Done = std::move_only_function<void(std::vector<mail::Status>)>;

    struct Parts {
        store::Store& store;
        chat::Hub& hub;
        Passwords& passwords;
        Post post; // runs a function on the hub thread
        std::string hostname;
        std::uint64_t seed = 0; // for message ids
    };

    // What the circuit keeps for one transaction; begins empty with each.
    struct Transaction {
        std::shared_ptr<const delivery::Directory>
            directory;                                 // the same from first RCPT to the plan
        std::vector<delivery::Resolution> resolutions; // one a slot
        bool disk_failed = false;                      // the content could not be kept
        bool disk_full = false;

        void clear();
    };

    // Facts about the circuit that a mail came by.
    struct Source {
        std::string_view peer_name; // address of the peer, or "unix"
        smtp::Dialect dialect = smtp::Dialect::lmtp;
        mail::Origin origin = mail::Origin::external; // the listener's
        bool tls = false;
        bool trusted = false; // our own mail server: its XFORWARD and its verdicts are believed
    };

    explicit Intake(Parts parts);
    ~Intake() override;

    // The ways to other nodes; outlives the Intake or is set to null.  Without one they are not reached: 451 4.4.1.
    void set_outside(front::PsycOutside* outside) { outside_ = outside; }

    // Called after something new was put into the outbox; and whether it takes more (452 4.3.1 at RCPT).
    void set_outbox(std::function<void()> changed, std::function<bool()> full) {
        outbox_changed_ = std::move(changed);
        outbox_full_ = std::move(full);
    }

    // Called when mail had been refused for want of room on the disk and one as large was stored again.
    void set_room_again(std::function<void()> told) { room_again_ = std::move(told); }

    // Called with a mail of several visible recipients that all are elsewhere, when it has gone there.
    void set_gone_elsewhere(std::function<void(const chat::Note&)> gone) {
        gone_elsewhere_ = std::move(gone);
    }

    // A new snapshot; transactions under way finish with theirs.
    void set_directory(std::shared_ptr<const delivery::Directory> directory);
    void set_policy(delivery::Policy policy);
    void set_rates(const delivery::RateSettings& internal, const delivery::RateSettings& external);

    void set_held_limits(const delivery::HeldLimits& limits) { held_limits_ = limits; }

    void set_verdicts(delivery::VerdictSettings verdicts);

    const delivery::Policy& policy() const { return policy_; }

    const std::shared_ptr<const delivery::Directory>& directory() const { return directory_; }

    MemoryBudget& budget() { return budget_; }

    const std::string& content_dir() const { return parts_.store.content_dir(); }

    // Internal is what XFORWARD SOURCE=LOCAL of a trusted peer says, or a SASL name, or the listener.
    static mail::Origin origin_of(const mail::Envelope& envelope, const Source& source);

    // 451 4.7.1 when this mail would be over a rate limit; counts nothing.  `client` handed it to our mail server,
    // or to us.
    std::optional<mail::Status> too_fast(const mail::Envelope& envelope,
                                         const mail::Recipient& recipient, mail::Origin origin,
                                         std::string_view client) const;

    // The answer to one RCPT; a 2yz adds a slot to the transaction.
    mail::Status recipient(Transaction& transaction, const mail::Envelope& envelope,
                           const mail::Recipient& recipient, const Source& source);

    // The content is whole: one status per slot, given to `done` on the hub thread, never from within.
    // The sink is read and emptied before this returns.
    void submit(const Transaction& transaction, mail::Envelope sent_with, ContentSink& sink,
                const Source& source, Done done);

    // The session refused a content, so it never came here: one status and one log line for each recipient, with an
    // id to find the one by the other.
    std::vector<mail::Status> refused(const mail::Envelope& envelope, const Source& source,
                                      const mail::Status& status);

    // Mail from another node: the same directory, policy and journal as for mail that comes by a mail door.
    void take(Arrival mail, std::function<void(std::vector<mail::Status>)> done) override;

    // AUTH PLAIN of a person; `done` on the hub thread.
    void authenticate(const std::string& name, std::string password, std::string_view peer,
                      std::function<void(chat::PasswordAnswer)> done);

    const IntakeCounters& counters() const { return counters_; }

  private:
    struct Pending;
    struct Batch;

    void gather(std::shared_ptr<Pending> pending, store::Commit commit);
    void hand_over();
    void committed(Batch& batch);
    std::vector<mail::Status> statuses_of(const Pending& pending, const store::Committed& result,
                                          const std::vector<mail::Status>& remote_outcomes);
    // One outcome for the whole mail, logged and counted for each recipient.
    std::vector<mail::Status> same_for_all(std::span<const mail::Recipient> recipients,
                                           const MailLine& line, const mail::Status& status);
    void submit_note(std::shared_ptr<Pending> pending, std::shared_ptr<chat::Note> note,
                     store::Commit commit, const std::string& context);

    // Recipients who are asked first (intake_held.cpp).
    void add_holds(const Pending& pending, const chat::Note& note, store::Commit& commit);
    // By plan.entities; `id` becomes that of an earlier delivery where there was one.
    std::vector<mail::Status>
    entity_outcomes_of(const Pending& pending, const store::Committed& result, base::MessageId& id);

    // Recipients at other nodes (intake_elsewhere.cpp).
    void plan_elsewhere(Pending& pending, store::Commit& commit, const mail::Envelope& envelope,
                        const delivery::Reading& reading, chat::Note& note) const;
    void hand_over_elsewhere(const std::shared_ptr<Pending>& pending,
                             const store::Committed& result);
    static std::vector<mail::Status> outbox_outcomes(const Pending& pending,
                                                     const store::Committed& result);
    void tell_gone(const Pending& pending, const std::vector<mail::Status>& outcomes) const;
    void count(const mail::Status& status);
    void no_room_for(std::size_t octets);
    void look_for_room(const Pending& pending, const store::Committed& result);
    void count_rate(const mail::Envelope& envelope, const mail::Recipient& recipient,
                    mail::Origin origin, std::string_view client);

    Parts parts_;
    std::shared_ptr<const delivery::Directory> directory_;
    delivery::Policy policy_;
    delivery::RateGate rates_;
    delivery::HeldLimits held_limits_;
    delivery::VerdictSettings verdicts_;
    MemoryBudget budget_;
    base::MessageIdGenerator ids_;
    IntakeCounters counters_;
    front::PsycOutside* outside_ = nullptr;
    std::function<void()> outbox_changed_;
    std::function<bool()> outbox_full_;
    std::function<void()> room_again_;
    std::function<void(const chat::Note&)> gone_elsewhere_;
    std::optional<std::size_t>
        refused_octets_;           // the smallest mail that found no room since one did
    std::shared_ptr<Batch> batch_; // what gathers in this turn of the hub; null when nothing does
};

} // namespace mailcast::net
