// The one mind behind all doors that are asked about a recipient before its mail comes: RCPT (LMTP, SMTP), the
// socketmap (who exists), the policy service (who may) and `mailcast explain`.  Each asks answer_for() and says its
// part of the same Answer, so none can contradict another.  Pure; any thread.
//
//                     RCPT         socketmap    policy service
//   delivered         250 2.1.5    OK           DUNNO
//   unknown           550 5.1.1    NOTFOUND     DUNNO: existence is not its business
//   refused by rule   550 5.7.1    OK           REJECT 5.7.1
//   put off           4yz          OK           DEFER_IF_PERMIT
//   cannot be told    4yz          TEMP         DUNNO
#pragma once

#include "delivery/directory.h"
#include "delivery/policy.h"
#include "mail/disposition.h"
#include "mail/envelope.h"

#include <string>

namespace mailcast::delivery {

struct Answer {
    Resolution resolution;         // points into the Directory
    mail::Disposition disposition; // what RCPT says; status 250 when the recipient is accepted
};

// `envelope` is without this recipient, and says all that is known of the sender: what is not known by all doors
// (a size, a SASL name) is left out by those that lack it.
Answer answer_for(const Directory& directory, const Policy& policy, mail::Origin origin,
                  const mail::Envelope& envelope, const mail::Recipient& recipient);

// The socketmap's part.
enum class Existence {
    exists,
    nobody,
    unsure // an alias or the postmaster leads nowhere just now: ask again
};

Existence existence(const Answer& answer);

// The policy service's part.
enum class EdgeAction { dunno, reject, defer };

EdgeAction edge_action(const Answer& answer);

// "5.7.1 <room@example.org> takes mail only from inside": what stands behind REJECT and DEFER_IF_PERMIT.
std::string edge_text(const mail::Status& status);

} // namespace mailcast::delivery
