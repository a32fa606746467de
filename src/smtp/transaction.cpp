#include "base/ascii.h"
#include "base/utf8.h"
#include "smtp/encoding.h"
#include "smtp/parameters.h"
#include "smtp/session_state.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace mailcast::smtp {

namespace {

// RFC 5321 C: a source route, "@a,@[IPv6:::1]:", is taken and ignored.
std::string_view without_route(std::string_view path) {
    if (!path.starts_with('@')) {
        return path;
    }
    bool in_literal = false;
    for (std::size_t at = 0; at < path.size(); ++at) {
        in_literal = path[at] == '[' || (in_literal && path[at] != ']');
        if (path[at] == ':' && !in_literal) {
            return path.substr(at + 1);
        }
    }
    return path;
}

constexpr Reply not_in_chunks{503, 5, 1, "Not now: BDAT has begun; end it with LAST or say RSET"};

// RFC 1870 4: 1*20DIGIT.  A number above 64 bits is as good as the largest.
std::optional<std::uint64_t> read_number(std::string_view text) {
    if (text.empty() || text.size() > 20 || !std::ranges::all_of(text, base::is_digit)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) {
        number = std::numeric_limits<std::uint64_t>::max();
    }
    return number;
}

// Takes "FROM:" or "TO:" from the front.  A space behind the colon is an error in RFC 5321 (4.1.1.2), but
// many programs that speak SMTP themselves write one, and it can mean nothing else.
bool take_keyword(std::string_view& text, std::string_view keyword) {
    if (!base::istarts_with(text, keyword)) {
        return false;
    }
    text.remove_prefix(keyword.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return true;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Reply address_error(mail::AddressError error) {
    return {501, 5, 4, mail::describe(error)};
}

bool is_printable(std::string_view text) {
    return base::is_valid_utf8(text) && base::safe_line(text) == text;
}

// RFC 3461 4.1: NEVER alone, or a list of SUCCESS, FAILURE and DELAY.
bool is_notify(std::string_view value) {
    if (base::iequals(value, "NEVER")) {
        return true;
    }
    while (true) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view word = value.substr(0, comma);
        if (!base::iequals(word, "SUCCESS") && !base::iequals(word, "FAILURE") &&
            !base::iequals(word, "DELAY")) {
            return false;
        }
        if (comma == value.size()) {
            return true;
        }
        value.remove_prefix(comma + 1);
    }
}

constexpr Reply unknown_parameter{555, 5, 4, "Unknown parameter"};
constexpr Reply bad_parameter{501, 5, 4, "Bad parameter"};
constexpr Reply utf8_needed{553, 6, 7, "An address that is not ASCII needs SMTPUTF8"};

} // namespace

// --- MAIL ---------------------------------------------------------------------------------------

MaybeEvent Session::State::mail(std::string_view argument) {
    if (helo_name.empty()) {
        refuse({503, 5, 1, is_lmtp() ? "Say LHLO first" : "Say EHLO first"});
        return std::nullopt;
    }
    if (in_transaction) {
        refuse({503, 5, 1, "A mail is under way; RSET gives it up"});
        return std::nullopt;
    }
    if (options.authentication_required && authenticated.empty()) {
        refuse({530, 7, 0, "Authentication is required"});
        return std::nullopt;
    }
    if (!take_keyword(argument, "FROM:")) {
        refuse({501, 5, 2, "Syntax: MAIL FROM:<address>"});
        return std::nullopt;
    }
    std::string_view rest;
    // Whether UTF-8 is in force stands behind the address.
    auto path = mail::parse_path(argument,
                                 {.utf8 = true, .null_path = true, .long_local_part = true}, rest);
    if (!path) {
        refuse(address_error(path.error()));
        return std::nullopt;
    }
    const std::string_view spelling = argument.substr(0, argument.size() - rest.size());
    in_transaction = take_mail_parameters(rest, spelling);
    if (!in_transaction) {
        // What XFORWARD said holds for the next try.
        mail::ForwardedClient forwarded = std::move(envelope.forwarded);
        envelope = {};
        envelope.forwarded = std::move(forwarded);
        return std::nullopt;
    }
    envelope.reverse_path = *std::move(path);
    envelope.helo = helo_name;
    envelope.authenticated = authenticated;
    say("250 2.1.0 ok\r\n");
    return std::nullopt;
}

// False when a reply has been written.
bool Session::State::take_mail_parameters(std::string_view text, std::string_view address) {
    if (!read_mail_parameters(text, envelope)) {
        return false;
    }
    if (!envelope.utf8 && !is_ascii(address)) {
        refuse(utf8_needed);
        return false;
    }
    if (envelope.declared_size > limits().message_size) {
        append_reply(output, {552, 3, 4, "Message is larger than the limit"});
        return false;
    }
    return true;
}

// False when a reply has been written.
bool Session::State::read_mail_parameters(std::string_view text, mail::Envelope& fresh) {
    Parameters parameters(text);
    bool size_seen = false;
    bool body_seen = false;
    bool ret_seen = false;
    bool envid_seen = false;
    while (const std::optional<Parameter> parameter = parameters.next()) {
        const std::string_view value = parameter->value.value_or("");
        bool good = true;
        if (parameter->is("SIZE")) {
            fresh.declared_size = read_number(value);
            good = fresh.declared_size && !std::exchange(size_seen, true);
        } else if (parameter->is("BODY")) {
            if (base::iequals(value, "BINARYMIME")) {
                refuse({555, 5, 4, "BINARYMIME is not offered"});
                return false;
            }
            fresh.body_8bit = base::iequals(value, "8BITMIME");
            good = (fresh.body_8bit || base::iequals(value, "7BIT")) &&
                   !std::exchange(body_seen, true);
        } else if (parameter->is("SMTPUTF8")) {
            good = !parameter->value && !std::exchange(fresh.utf8, true);
        } else if (parameter->is("AUTH") && offers_authentication()) {
            good = decode_xtext(value).has_value(); // RFC 4954 5; we believe only AUTH itself
        } else if (parameter->is("RET") && options.dsn) {
            good = (base::iequals(value, "FULL") || base::iequals(value, "HDRS")) &&
                   !std::exchange(ret_seen, true);
        } else if (parameter->is("ENVID") && options.dsn) {
            const std::optional<std::string> id = decode_xtext(value);
            good = id && !id->empty() && is_printable(*id) && !std::exchange(envid_seen, true);
            fresh.envelope_id = good ? *id : std::string();
        } else {
            refuse(unknown_parameter);
            return false;
        }
        if (!good) {
            refuse(bad_parameter);
            return false;
        }
    }
    if (parameters.malformed()) {
        refuse(bad_parameter);
        return false;
    }
    return true;
}

// --- RCPT ---------------------------------------------------------------------------------------

MaybeEvent Session::State::rcpt(std::string_view argument) {
    if (!in_transaction) {
        refuse({503, 5, 1, "Say MAIL first"});
        return std::nullopt;
    }
    if (chunking) {
        refuse(not_in_chunks);
        return std::nullopt;
    }
    if (!take_keyword(argument, "TO:")) {
        refuse({501, 5, 2, "Syntax: RCPT TO:<address>"});
        return std::nullopt;
    }
    std::string_view rest;
    auto path = mail::parse_path(argument, {.utf8 = true, .bare_postmaster = true}, rest);
    if (!path) {
        refuse(address_error(path.error()));
        return std::nullopt;
    }
    const std::string_view spelling = argument.substr(0, argument.size() - rest.size());
    asked = {};
    if (!read_rcpt_parameters(rest)) {
        return std::nullopt;
    }
    if (!envelope.utf8 && !is_ascii(spelling)) {
        refuse(utf8_needed);
        return std::nullopt;
    }
    if (envelope.recipients.size() >= limits().recipients) {
        append_reply(output, {452, 5, 3, "Too many recipients; send them another copy"});
        return std::nullopt;
    }
    asked.mailbox = *std::move(path);
    asked.original = without_route(spelling.substr(1, spelling.size() - 2));
    phase = Phase::recipient_asked;
    return RecipientAsked{asked, envelope};
}

bool Session::State::read_rcpt_parameters(std::string_view text) {
    Parameters parameters(text);
    bool notify_seen = false;
    bool orcpt_seen = false;
    while (const std::optional<Parameter> parameter = parameters.next()) {
        const std::string_view value = parameter->value.value_or("");
        bool good = true;
        if (parameter->is("NOTIFY") && options.dsn) {
            good = is_notify(value) && !std::exchange(notify_seen, true);
        } else if (parameter->is("ORCPT") && options.dsn) {
            // RFC 3461 4.2: addr-type ";" xtext
            const std::optional<std::string> address = decode_xtext(value);
            const std::size_t semicolon = value.find(';');
            good = address && semicolon != std::string_view::npos && semicolon > 0 &&
                   is_printable(*address) && !std::exchange(orcpt_seen, true);
            asked.orcpt = good ? *address : std::string();
        } else {
            refuse(unknown_parameter);
            return false;
        }
        if (!good) {
            refuse(bad_parameter);
            return false;
        }
    }
    if (parameters.malformed()) {
        refuse(bad_parameter);
        return false;
    }
    return true;
}

// --- content ------------------------------------------------------------------------------------

MaybeEvent Session::State::data(std::string_view) {
    if (chunking) {
        refuse(not_in_chunks); // RFC 3030 3: DATA and BDAT are not mixed in one transaction
        return std::nullopt;
    }
    if (!in_transaction || envelope.recipients.empty()) {
        // RFC 2033 4.2: without an accepted recipient "the DATA command MUST fail with a 503".
        refuse({503, 5, 1, in_transaction ? "No recipient was accepted" : "Say MAIL first"});
        return std::nullopt;
    }
    say("354 Send the mail, end it with a dot on a line of its own\r\n");
    phase = Phase::content;
    shell_has_content = true;
    return ContentBegins{envelope};
}

// A chunk that got lost makes a hole: what comes after it in this transaction must not be accepted.
void Session::State::refuse_chunk(const Reply& reply) {
    if (in_transaction && !envelope.recipients.empty()) {
        chunking = true;
        if (!refusal) {
            refusal = {503, 5, 1, "A chunk of this mail was refused; say RSET"};
        }
    }
    chunk_error = reply;
}

// RFC 3030 2: BDAT size [LAST], then the octets, whatever becomes of them.
MaybeEvent Session::State::bdat(std::string_view argument) {
    const std::size_t space = std::min(argument.find(' '), argument.size());
    std::optional<std::uint64_t> size = read_number(argument.substr(0, space));
    if (size == std::numeric_limits<std::uint64_t>::max()) {
        size.reset(); // nobody sends so much: a chunk that has no end would only keep the peer waiting
    }
    const std::string_view mark = base::trim(argument.substr(space));
    const bool last = base::iequals(mark, "LAST");
    chunk_left = size.value_or(0);
    last_chunk = last;
    phase = Phase::chunk;
    if (!size || (!mark.empty() && !last)) {
        refuse_chunk({501, 5, 4, "Syntax: BDAT size [LAST]"});
    } else if (!in_transaction || envelope.recipients.empty()) {
        refuse_chunk({503, 5, 1, in_transaction ? "No recipient was accepted" : "Say MAIL first"});
    } else {
        const bool begins = !std::exchange(chunking, true);
        const bool too_large = *size > limits().message_size - content_size;
        if (!refusal && too_large) {
            return drop_content({552, 3, 4, "Message is larger than the limit"});
        }
        if (begins && !refusal) {
            shell_has_content = true;
            return ContentBegins{envelope};
        }
        return std::nullopt;
    }
    if (refusal && std::exchange(shell_has_content, false)) {
        return ContentDropped{};
    }
    return std::nullopt;
}

MaybeEvent Session::State::rset(std::string_view) {
    MaybeEvent dropped = reset();
    say("250 2.0.0 ok\r\n");
    return dropped;
}

} // namespace mailcast::smtp
