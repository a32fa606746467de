// How replies are written: one place that makes it impossible for a value from outside to break a line.
// Free functions that append to the output of a session.  RFC 5321 4.2, RFC 2034.
#pragma once

#include "mail/status.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailcast::smtp {

// RFC 5321 4.5.3.1.5: octets of a reply line with its CRLF.
inline constexpr std::size_t max_reply_line = 512;

// Octets of a peer's own words that a reply quotes.
inline constexpr std::size_t max_quoted = 256;

// A reply with a fixed text.
struct Reply {
    int code;
    std::uint16_t subject;
    std::uint16_t detail;
    std::string_view text;
};

// Which octets a text may have: UTF-8 only after SMTPUTF8 (RFC 6531 3.7.4.2).
enum class ReplyText { ascii, utf8 };

// `text` as it may stand in a reply: control characters become spaces, what is not allowed becomes
// "?", and it has at most `max` octets.
void append_quoted(std::string& out, std::string_view text, std::size_t max, ReplyText allowed);

// "250 2.1.5 text CRLF".  A code that is no 2yz, 4yz or 5yz is a fault of ours and becomes 451 4.3.0; the
// class of the enhanced code always is that of the code (RFC 2034 3).
void append_reply(std::string& out, const mail::Status& status, ReplyText allowed);
void append_reply(std::string& out, const Reply& reply);

} // namespace mailcast::smtp
