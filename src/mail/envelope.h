// Envelope of one SMTP or LMTP transaction and what is known of the peer.  Values; any thread.
// RFC 5321 3.3; Postfix's XFORWARD_README for the attributes.
#pragma once

#include "mail/mailbox.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mail {

// Where a message comes from in the eyes of policy.
enum class Origin { internal, external };

constexpr std::string_view to_string(Origin origin) {
    return origin == Origin::internal ? "internal" : "external";
}

// What a trusted peer said of its own client by XFORWARD; absent and [UNAVAILABLE] are both "".
struct ForwardedClient {
    std::string name;
    std::string address;
    std::string port;
    std::string protocol;
    std::string helo;
    std::string ident;            // the MTA's queue id
    std::optional<Origin> source; // SOURCE=LOCAL or REMOTE

    bool operator==(const ForwardedClient&) const = default;
};

// A Mailbox as accepted at RCPT.  Its index in Envelope::recipients is its slot: one reply per
// slot.
struct Recipient {
    Mailbox mailbox;
    std::string original; // the address as the peer wrote it, without brackets
    std::string orcpt;    // DSN ORCPT value, decoded, "" if none

    bool operator==(const Recipient&) const = default;
};

// Where a mail comes from: what XFORWARD SOURCE of a trusted peer says; else whoever logged in is one of us;
// else it is as the listener has it.
inline Origin origin_of(const ForwardedClient& forwarded, std::string_view authenticated,
                        Origin listener) {
    if (forwarded.source) {
        return *forwarded.source;
    }
    return authenticated.empty() ? listener : Origin::internal;
}

struct Envelope {
    Mailbox reverse_path;
    std::vector<Recipient> recipients;
    std::optional<std::uint64_t> declared_size; // octets
    bool body_8bit = false;                     // BODY=8BITMIME
    bool utf8 = false;                          // SMTPUTF8
    std::string envelope_id;                    // DSN ENVID, decoded

    std::string helo;          // what the peer called itself
    std::string authenticated; // SASL name, "" if none
    ForwardedClient forwarded;

    bool operator==(const Envelope&) const = default;
};

} // namespace mailcast::mail
