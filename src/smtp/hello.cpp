#include "base/ascii.h"
#include "base/utf8.h"
#include "smtp/encoding.h"
#include "smtp/session_state.h"

#include <fmt/core.h>

#include <algorithm>

namespace mailcast::smtp {

namespace {

constexpr std::size_t max_helo = 255; // a domain, RFC 5321 4.5.3.1.2; the rest is cut off

} // namespace

bool Session::State::accept_hello(std::string_view argument) {
    const std::string_view name = argument.substr(0, argument.find(' '));
    if (name.empty()) {
        refuse({501, 5, 4, "Say who you are: a host name or an address literal"});
        return false;
    }
    // RFC 5321 4.1.4: the name is not verified, and no reason to refuse mail.
    helo_name = base::repaired_utf8(name.substr(0, max_helo));
    errors = 0;
    return true;
}

// AUTH PLAIN sends the password as it is: where TLS can be had, only inside of it.
bool Session::State::offers_authentication() const {
    return options.authentication && !is_lmtp() && (tls || !options.starttls);
}

MaybeEvent Session::State::lhlo(std::string_view argument) {
    if (!accept_hello(argument)) {
        return std::nullopt;
    }
    MaybeEvent dropped = reset(); // RFC 5321 4.1.4: as if RSET had been said
    // SIZE is said before XFORWARD or a login tell the origin: the larger limit, where both can apply.
    const bool may_change = options.xforward || offers_authentication();
    const std::uint64_t size =
        may_change ? std::max(options.internal.message_size, options.external.message_size)
                   : limits().message_size;
    // BINARYMIME is not announced: what is not made of lines could not be handed on to a mail server
    // that lacks it, and no text of a mail needs it.
    output += fmt::format("250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n"
                          "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n",
                          options.hostname, size);
    if (options.starttls && !tls) {
        output += "250-STARTTLS\r\n";
    }
    if (offers_authentication()) {
        output += "250-AUTH PLAIN\r\n";
    }
    if (options.xforward) {
        output += "250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n";
    }
    if (options.dsn) {
        output += "250-DSN\r\n";
    }
    output += "250 CHUNKING\r\n";
    return dropped;
}

MaybeEvent Session::State::helo(std::string_view argument) {
    if (!accept_hello(argument)) {
        return std::nullopt;
    }
    MaybeEvent dropped = reset();
    output += "250 ";
    output += options.hostname;
    output += "\r\n";
    return dropped;
}

MaybeEvent Session::State::starttls(std::string_view) {
    if (tls) {
        refuse({503, 5, 1, "TLS is on already"});
        return std::nullopt;
    }
    if (!options.starttls) {
        refuse({502, 5, 1, "TLS is not offered"});
        return std::nullopt;
    }
    // The rest of the input goes unread (Phase::handshake), and tls_started() forgets what was said in
    // the clear: neither may count inside TLS.
    if (in_transaction) {
        refuse({503, 5, 1, "Not now: a mail is under way"});
        return std::nullopt;
    }
    say("220 2.0.0 Start the handshake\r\n");
    phase = Phase::handshake;
    return TlsRequested{};
}

// RFC 4616: [authzid] NUL authcid NUL passwd
MaybeEvent Session::State::take_credentials(std::string_view line) {
    phase = Phase::command;
    if (line == "*") {
        refuse({501, 7, 0, "Authentication given up"}); // RFC 4954 4
        return std::nullopt;
    }
    std::optional<std::string> message = decode_base64(line == "=" ? std::string_view{} : line);
    if (!message) {
        refuse({501, 5, 2, "This is no base64"});
        return std::nullopt;
    }
    const std::string_view text = *message;
    const std::size_t first = text.find('\0');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\0', first + 1);
    if (second == std::string_view::npos || text.find('\0', second + 1) != std::string_view::npos) {
        refuse({501, 5, 2, "This is no answer of PLAIN"});
        return std::nullopt;
    }
    const std::string_view acts_as = text.substr(0, first);
    AuthenticationAsked event{.name = std::string(text.substr(first + 1, second - first - 1)),
                              .password = std::string(text.substr(second + 1))};
    if (event.name.empty() || !base::is_valid_utf8(text) ||
        (!acts_as.empty() && acts_as != event.name)) {
        refuse({535, 7, 8, "Name or password is wrong"});
        return std::nullopt;
    }
    std::ranges::fill(*message, '\0'); // one copy of the password less to be found in memory
    authenticated = event.name;
    phase = Phase::authentication_asked;
    return event;
}

MaybeEvent Session::State::auth(std::string_view argument) {
    if (!options.authentication || is_lmtp()) {
        refuse({502, 5, 1, "Authentication is not offered"});
        return std::nullopt;
    }
    if (!offers_authentication()) {
        refuse({530, 7, 0, "Say STARTTLS first"});
        return std::nullopt;
    }
    if (helo_name.empty() || in_transaction || !authenticated.empty()) {
        refuse({503, 5, 1, "Not now: AUTH comes once, after EHLO and before MAIL"});
        return std::nullopt;
    }
    const std::size_t space = std::min(argument.find(' '), argument.size());
    const std::string_view mechanism = argument.substr(0, space);
    if (mechanism.empty()) {
        refuse({501, 5, 4, "Syntax: AUTH PLAIN [initial-response]"});
        return std::nullopt;
    }
    if (!base::iequals(mechanism, "PLAIN")) {
        refuse({504, 5, 4, "Only PLAIN is offered"});
        return std::nullopt;
    }
    const std::string_view response = base::trim(argument.substr(space));
    if (!response.empty()) {
        return take_credentials(response);
    }
    say("334 \r\n");
    phase = Phase::credentials;
    return std::nullopt;
}

} // namespace mailcast::smtp
