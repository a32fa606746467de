// Whether a mail goes in a circle (RFC 5321 6.3): it has been here before, or through too many hands.  Pure.
#pragma once

#include "mail/mailbox.h"
#include "mime/message.h"

#include <cstddef>
#include <vector>

namespace mailcast::delivery {

// With so many Received fields nobody gets the mail: 554 5.4.6.
inline constexpr std::size_t too_many_received_fields = 50;
// More Delivered-To fields than this are not looked at.
inline constexpr std::size_t max_delivered_to = 100;

bool has_too_many_hops(const mime::Message& message);

// Whom the mail was delivered to before, by its Delivered-To fields.  The mail server that hands it in may have
// written one just now (Postfix's flags=D); that one stands above all Received fields and does not count, if
// `peer_trusted`.
std::vector<mail::Mailbox> delivered_before(const mime::Message& message, bool peer_trusted);

} // namespace mailcast::delivery
