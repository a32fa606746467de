// What happens to each recipient, and the words that say why (DESIGN 5.5, 5.6).  Pure; any thread.
// at_recipient() judges what is known at RCPT, plan() what is known once the content is there.
// A refusal names the recipient and the rule that refused.
//
// A verification probe (Postfix's sender double-bounce, which never comes to a content) is answered at RCPT by
// existence alone: it asks for whoever writes next, and says LOCAL whoever that is.
//
// Where a person's rules say so, mail of a sender she does not know is held: it is accepted at every door, and no rule
// about its content is asked, so that nothing goes back to strangers.  Whom a person has refused for the future is
// refused whatever her rules say of senders.
//
// Who counts as known to an entity: for internal mail, the own address of a person of this node;
// for all mail, whom the caller's `is_known` knows, and who stands in the entity's list beside `known`.  The null reverse-path is never known.
#pragma once

#include "delivery/directory.h"
#include "delivery/plan.h"
#include "mail/envelope.h"
#include "mail/status.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailcast::delivery {

// What rules ask of a content.
struct ContentFacts {
    std::uint64_t size = 0;       // octets as they came
    std::uint64_t text_lines = 0; // of the text to show
    bool has_attachments = false;
    bool only_html = false;                        // its only text is HTML
    std::vector<mail::Mailbox> delivered_before{}; // see loop_guard.h
};

// Limits and rules of one origin.
struct OriginPolicy {
    enum class Senders { any, known, none };

    Senders senders = Senders::any;
    std::uint64_t message_size = 25'000'000; // octets
    std::size_t recipients = 1000;           // per transaction

    bool operator==(const OriginPolicy&) const = default;
};

// True when the entity has talked with this sender.
using IsKnown = std::function<bool(const Entity&, const mail::Mailbox&)>;
// True when the entity wants nothing of this sender any more.
using IsRefused = std::function<bool(const Entity&, const mail::Mailbox&)>;

// A verification probe by its sender, unless a trusted peer says that it came from outside.
bool is_probe(const mail::Envelope& envelope);

class Policy {
  public:
    Policy(OriginPolicy internal, OriginPolicy external, IsKnown is_known = {},
           IsRefused is_refused = {})
        : internal_(internal), external_(external), is_known_(std::move(is_known)),
          is_refused_(std::move(is_refused)) {}

    const OriginPolicy& of(mail::Origin origin) const {
        return origin == mail::Origin::internal ? internal_ : external_;
    }

    // The answer to RCPT: 250 2.1.5 or why not.  `envelope` is without this recipient.  Doors ask answer_for()
    // (answer.h), which asks this.
    mail::Disposition at_recipient(const Directory& directory, mail::Origin origin,
                                   const mail::Envelope& envelope, const mail::Recipient& recipient,
                                   const Resolution& resolution) const;

    // `resolutions` has one for each recipient of the envelope, in order.
    Plan plan(const Directory& directory, mail::Origin origin, const mail::Envelope& envelope,
              std::span<const Resolution> resolutions, const ContentFacts& facts) const;

  private:
    struct Refusal;

    bool known(const Directory& directory, mail::Origin origin, const Entity& entity,
               const mail::Mailbox& sender) const;
    // A sender who passes here may still be one to be held: is_held().
    std::optional<Refusal> judge_sender(const Directory& directory, mail::Origin origin,
                                        const mail::Envelope& envelope,
                                        const mail::Recipient& recipient,
                                        const Entity& entity) const;
    bool is_held(const Directory& directory, mail::Origin origin, const mail::Envelope& envelope,
                 const Entity& entity) const;
    bool is_chosen(const Directory& directory, mail::Origin origin, const Entity& entity,
                   const mail::Mailbox& sender) const;
    std::optional<Refusal> judge_declared(const mail::Envelope& envelope,
                                          const Entity& entity) const;
    std::optional<Refusal> judge_content(const Entity& entity, const ContentFacts& facts) const;

    OriginPolicy internal_;
    OriginPolicy external_;
    IsKnown is_known_;
    IsRefused is_refused_;
};

// Whether two recipients may stand in one SMTP transaction, which has one reply for all: only when
// no content and no full log could make their answers differ.  It is enough to ask this of the
// first recipient of a transaction and each later one.
bool may_share(const Resolution& first, const Resolution& later);
bool may_share(const Rules& first, const Rules& later);

} // namespace mailcast::delivery
