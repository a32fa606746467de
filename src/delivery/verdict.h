// Whether a mail is from whom it says: what our own mail server found out, told by one header field that it put
// on top (RFC 8601), and no other.  Pure; any thread.
//
// Who wrote a field cannot be seen from the field.  So one is believed only when all of this holds: the peer that
// hands the mail in is trusted; the field is the topmost Authentication-Results of the mail; no more Received
// fields stand above it than our own servers put there (`hops`); and it bears the configured authserv-id.  Fields
// that say that a mail is spam are believed at the same place.  All others are read over, whatever they say.
//
// The server that adds the field must take out those of the same authserv-id that a mail came with (RFC 8601, 5);
// rspamd and OpenDMARC do.
#pragma once

#include "mail/envelope.h"
#include "mime/message.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

enum class Verdict {
    inside,     // internal origin: nobody outside could have written it
    verified,   // the domain of From has proved itself
    unverified, // nothing is known
    failed,     // the domain of From says that this is not from it
    spam
};

// The words of MailFacts::verdict.
std::string_view to_string(Verdict verdict);

struct VerdictSettings {
    std::string authserv_id;               // "": no Authentication-Results is believed
    std::vector<std::string> spam_headers; // names; a value that begins with "yes" means spam
    std::size_t hops = 0;                  // Received fields of our own servers above those fields

    bool operator==(const VerdictSettings&) const = default;
};

struct Judgement {
    Verdict verdict = Verdict::unverified;
    std::string domain; // the one that proved itself, for verified
};

// `peer_trusted`: the one who hands the mail in is our own server.
Judgement judge(const mime::Message& message, mail::Origin origin, bool peer_trusted,
                const VerdictSettings& settings);

// The badge that stands before the mail wherever it is shown: "internal", "external, unverified",
// "external, verified example.net".
std::string badge_of(mail::Origin origin, const Judgement& judgement);

} // namespace mailcast::delivery
