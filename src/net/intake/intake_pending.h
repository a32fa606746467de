// What Intake keeps of a mail between its content and its replies.  Private to intake*.cpp; hub thread.
#pragma once

#include "chat/note.h"
#include "delivery/directory.h"
#include "delivery/plan.h"
#include "mail/envelope.h"
#include "mail/status.h"
#include "net/intake/intake.h"
#include "smtp/session.h"
#include "store/store.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::net {

// One mail between its content and its replies.
struct Intake::Pending {
    std::shared_ptr<const delivery::Directory> directory; // what `plan` points into
    delivery::Plan plan;
    std::shared_ptr<const chat::Note> note;
    mail::Envelope envelope;           // its recipients are the slots; for replies and log
    std::vector<chat::Addressed> held; // the entities of `plan` that are to hold it, in their order
    std::string queue_id;
    std::string message_id;
    std::string from;
    std::size_t octets = 0;
    base::Time received{};
    smtp::Dialect dialect = smtp::Dialect::lmtp;
    std::string once;                 // for other nodes, see PsycOutside::HandOver
    std::vector<bool> remote_visible; // named in To or Cc, by plan.remotes
    Done done;

    // Mail for other nodes that is answered only when they have taken it.
    bool waits_for_others() const {
        return dialect == smtp::Dialect::lmtp && !plan.remotes.empty();
    }
};

// Mails on their way through the store, and what became of them.
struct Intake::Batch {
    std::vector<std::shared_ptr<Pending>> mails;
    std::vector<store::Commit> commits; // of the same mails, until they are handed over
    std::vector<store::Committed> results;
    std::size_t octets = 0;
};

// As the peer wrote them, by slot.
std::vector<std::string> written_recipients(const mail::Envelope& envelope);

// What the peer hears of an entry.
mail::Status status_of(store::Outcome::Result result);

} // namespace mailcast::net
