// Addresses of mail: local part and domain, normalised; and how they stand in MAIL and RCPT.
// Values; any thread.  RFC 5321 4.1.2 (syntax), RFC 6531 (UTF-8), RFC 5890 (A-labels through
// libidn2).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace mailcast::mail {

// RFC 5321 4.5.3.1.  The path limit counts the angle brackets.
inline constexpr std::size_t max_local_part = 64;
inline constexpr std::size_t max_domain = 255;
inline constexpr std::size_t max_path = 256;

enum class AddressError {
    syntax,          // not an address
    too_long,        // one of the limits above
    utf8_not_allowed // octets above 127 without SMTPUTF8, or no valid UTF-8
};

// "why", for the text of a 501 or 553 reply.
std::string_view describe(AddressError error);

// The null reverse-path <> is a Mailbox with both parts empty.
// `postmaster` without a domain has only a local part.
struct Mailbox {
    std::string local;  // unquoted: the meaning, not the spelling; case kept
    std::string domain; // lower case, A-labels; an address literal with its brackets

    bool is_null() const { return local.empty() && domain.empty(); }

    // The shortest correct spelling, quoted only where needed; "" for the null path.
    std::string text() const;

    // True for what text() gives; case does not matter.
    bool is_spelled(std::string_view address) const;

    bool operator==(const Mailbox&) const = default;
};

struct AddressOptions {
    bool utf8 = false;            // SMTPUTF8 is in force
    bool null_path = false;       // <> is allowed (MAIL)
    bool bare_postmaster = false; // <postmaster> without domain is allowed (RCPT, RFC 5321 4.5.1)
    // A local part over max_local_part is allowed, within max_path: bounce addresses of list and
    // forwarding software (VERP, SRS) are longer in practice, and RFC 5321 4.5.3.1 asks for
    // leniency.
    bool long_local_part = false;
};

// What stands after "FROM:" or "TO:", at the start of `text`, with its angle brackets.  A source
// route
// (@a,@b:) is read and ignored.  On success `rest` is what follows the closing bracket.
std::expected<Mailbox, AddressError>
parse_path(std::string_view text, const AddressOptions& options, std::string_view& rest);

// "ada@example.org" alone, as in configuration and on the command line.  UTF-8 is allowed.
std::expected<Mailbox, AddressError> parse_mailbox(std::string_view text);

// Lower-case A-label form of a domain or address literal; what is no domain gives an error.
std::expected<std::string, AddressError> normalise_domain(std::string_view text, bool utf8);

} // namespace mailcast::mail
