#include "mail/mailbox.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <idn2.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <memory>

namespace mailcast::mail {

namespace {

using base::is_alnum;
using base::is_digit;

using Text = std::expected<std::string, AddressError>;

constexpr std::size_t max_label = 63; // RFC 1035 2.3.4

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_ascii(c); });
}

// RFC 5322 3.2.3, and RFC 6531 3.3: every UTF-8 octet above 127 counts as atext.
constexpr std::array<bool, 256> atext_table = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 256; ++c) {
        table[c] = c >= 0x80 || is_alnum(static_cast<char>(c));
    }
    for (const char c : std::string_view{"!#$%&'*+-/=?^_`{|}~"}) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

bool is_atext(char c) {
    return atext_table[static_cast<unsigned char>(c)];
}

// Dot-string = Atom *("." Atom)
bool is_dot_string(std::string_view text) {
    bool in_atom = false;
    for (const char c : text) {
        if (is_atext(c)) {
            in_atom = true;
        } else if (c == '.' && in_atom) {
            in_atom = false;
        } else {
            return false;
        }
    }
    return in_atom;
}

// What a DNS name or the answer of libidn2 may look like.  The underscore is in no RFC of mail, but
// in names that are in use.
bool is_ldh_domain(std::string_view text) {
    std::size_t start = 0;
    for (;;) {
        const std::size_t dot = std::min(text.find('.', start), text.size());
        const std::string_view label = text.substr(start, dot - start);
        if (label.empty() || label.size() > max_label || label.front() == '-' ||
            label.back() == '-' || !std::ranges::all_of(label, [](char c) {
                return is_alnum(c) || c == '-' || c == '_';
            })) {
            return false;
        }
        if (dot == text.size()) {
            return true;
        }
        start = dot + 1;
    }
}

// --- domains ------------------------------------------------------------------------------------

// IPv4-address-literal = Snum 3("." Snum), Snum = 1*3DIGIT, 0 to 255.  Leading zeros go.
Text ipv4_literal(std::string_view text) {
    std::string out;
    int parts = 0;
    while (true) {
        std::size_t length = 0;
        unsigned value = 0;
        while (length < text.size() && length < 3 && is_digit(text[length])) {
            value = value * 10 + static_cast<unsigned>(text[length] - '0');
            ++length;
        }
        if (length == 0 || value > 255) {
            return std::unexpected(AddressError::syntax);
        }
        out += std::to_string(value);
        text.remove_prefix(length);
        if (++parts == 4) {
            break;
        }
        if (text.empty() || text.front() != '.') {
            return std::unexpected(AddressError::syntax);
        }
        text.remove_prefix(1);
        out += '.';
    }
    if (!text.empty()) {
        return std::unexpected(AddressError::syntax);
    }
    return out;
}

// One spelling for one address (RFC 5952), so that literals can be compared as text.
Text ipv6_literal(std::string_view text) {
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (text.size() > INET6_ADDRSTRLEN || text.contains('\0') ||
        inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1 ||
        inet_ntop(AF_INET6, &address, canonical.data(), canonical.size()) == nullptr) {
        return std::unexpected(AddressError::syntax);
    }
    return std::string(canonical.data());
}

// General-address-literal = Standardized-tag ":" 1*dcontent; the tag is an Ldh-str.
Text general_literal(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        return std::unexpected(AddressError::syntax);
    }
    const std::string_view tag = text.substr(0, colon);
    const bool tag_ok = is_alnum(tag.back()) &&
                        std::ranges::all_of(tag, [](char c) { return is_alnum(c) || c == '-'; });
    const bool content_ok = std::ranges::all_of(text.substr(colon + 1), [](char c) {
        return c > 0x20 && c < 0x7F && c != '[' && c != '\\' && c != ']';
    });
    if (!tag_ok || !content_ok) {
        return std::unexpected(AddressError::syntax);
    }
    return base::lowered(text);
}

// address-literal, without its brackets (RFC 5321 4.1.3).
Text address_literal(std::string_view text) {
    constexpr std::string_view ipv6 = "IPv6:";
    Text inside = std::unexpected(AddressError::syntax);
    if (base::istarts_with(text, ipv6)) {
        inside = ipv6_literal(text.substr(ipv6.size()));
        if (inside) {
            inside->insert(0, "ipv6:");
        }
    } else if (!text.empty() && text.find(':') == std::string_view::npos) {
        inside = ipv4_literal(text);
    } else {
        inside = general_literal(text);
    }
    if (!inside) {
        return inside;
    }
    return '[' + *inside + ']';
}

// RFC 5891 5 (lookup), with the mapping of UTS 46 that gives lower case and plain full stops.
Text a_labels(std::string_view text) {
    if (!base::is_valid_utf8(text)) {
        return std::unexpected(AddressError::utf8_not_allowed);
    }
    if (text.contains('\0')) { // libidn2 would read up to it
        return std::unexpected(AddressError::syntax);
    }
    const std::string input(text);
    std::uint8_t* raw = nullptr;
    const int result = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(input.c_str()), &raw,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> output(raw, idn2_free);
    if (result != IDN2_OK || raw == nullptr) {
        return std::unexpected(result == IDN2_TOO_BIG_DOMAIN || result == IDN2_TOO_BIG_LABEL
                                   ? AddressError::too_long
                                   : AddressError::syntax);
    }
    return base::lowered(reinterpret_cast<const char*>(raw));
}

// --- local parts --------------------------------------------------------------------------------

// Takes a Dot-string from the front of `text`.  Two dots in a row, or a dot at either end, are
// errors.
Text take_dot_string(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && (is_atext(text[length]) || text[length] == '.')) {
        ++length;
    }
    const std::string_view found = text.substr(0, length);
    if (!is_dot_string(found)) {
        return std::unexpected(AddressError::syntax);
    }
    text.remove_prefix(length);
    return std::string(found);
}

// Takes a Quoted-string from the front of `text` and gives what it means.
Text take_quoted_string(std::string_view& text) {
    std::string out;
    std::size_t at = 1;
    const auto is_text = [](char c) { return !is_ascii(c) || (c >= 0x20 && c < 0x7F); };
    for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && ++at == text.size()) {
            break;
        }
        if (!is_text(text[at])) {
            return std::unexpected(AddressError::syntax);
        }
        out += text[at];
    }
    if (at >= text.size()) {
        return std::unexpected(AddressError::syntax);
    }
    text.remove_prefix(at + 1);
    return out;
}

Text take_local_part(std::string_view& text, bool any_length) {
    const std::string_view before = text;
    Text local =
        !text.empty() && text.front() == '"' ? take_quoted_string(text) : take_dot_string(text);
    if (!local) {
        return local;
    }
    const std::string_view spelling = before.substr(0, before.size() - text.size());
    if (spelling.size() > max_local_part && !any_length) {
        return std::unexpected(AddressError::too_long);
    }
    if (!base::is_valid_utf8(spelling)) {
        return std::unexpected(AddressError::utf8_not_allowed);
    }
    return local;
}

// A-d-l = At-domain *( "," At-domain ), and the colon behind it.  "MUST BE accepted, SHOULD NOT be
// generated, and SHOULD be ignored" (RFC 5321 4.1.2).
bool skip_source_route(std::string_view& text) {
    while (!text.empty() && text.front() == '@') {
        const std::size_t end = text.find_first_of(",:>\"");
        if (end == std::string_view::npos || !normalise_domain(text.substr(1, end - 1), true)) {
            return false;
        }
        const char mark = text[end];
        text.remove_prefix(end + 1);
        if (mark == ':') {
            return true;
        }
        if (mark != ',' || text.empty() || text.front() != '@') {
            return false;
        }
    }
    return true;
}

// Where the domain at the front of `text` ends: at the closing bracket of the path, but an address
// literal may hold one.
std::size_t domain_length(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        return close == std::string_view::npos ? text.size() : close + 1;
    }
    return std::min(text.find('>'), text.size());
}

} // namespace

std::string_view describe(AddressError error) {
    switch (error) {
    case AddressError::syntax:
        return "this is no address";
    case AddressError::too_long:
        return "the address is too long";
    case AddressError::utf8_not_allowed:
        return "the address is not ASCII and SMTPUTF8 is not in force, or it is no valid UTF-8";
    }
    return "";
}

std::string Mailbox::text() const {
    if (is_null()) {
        return {};
    }
    std::string out;
    out.reserve(local.size() + 1 + domain.size());
    if (is_dot_string(local)) {
        out = local;
    } else {
        out += '"';
        for (const char c : local) {
            if (c == '"' || c == '\\') {
                out += '\\';
            }
            out += c;
        }
        out += '"';
    }
    if (!domain.empty()) {
        out += '@';
        out += domain;
    }
    return out;
}

bool Mailbox::is_spelled(std::string_view address) const {
    if (domain.empty() || !is_dot_string(local)) {
        return base::iequals(address, text());
    }
    return address.size() == local.size() + 1 + domain.size() && address[local.size()] == '@' &&
           base::iequals(address.substr(0, local.size()), local) &&
           base::iequals(address.substr(local.size() + 1), domain);
}

std::expected<std::string, AddressError> normalise_domain(std::string_view text, bool utf8) {
    if (text.size() > max_path) {
        return std::unexpected(AddressError::too_long);
    }
    if (!text.empty() && text.front() == '[') {
        if (text.size() < 2 || text.back() != ']') {
            return std::unexpected(AddressError::syntax);
        }
        return address_literal(text.substr(1, text.size() - 2));
    }
    // The full stop of the root is not in RFC 5321's grammar, but means the same domain.
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    Text domain;
    if (is_ascii(text)) {
        // Nothing of ASCII needs libidn2: it is lower case, or A-labels already.  What IDNA refuses
        // ("ab--c", "under_score") is a name in the DNS all the same.
        domain = base::lowered(text);
    } else if (!utf8) {
        return std::unexpected(AddressError::utf8_not_allowed);
    } else {
        domain = a_labels(text);
    }
    if (!domain) {
        return domain;
    }
    if (domain->size() > max_domain) {
        return std::unexpected(AddressError::too_long);
    }
    if (!is_ldh_domain(*domain)) {
        return std::unexpected(AddressError::syntax);
    }
    return domain;
}

std::expected<Mailbox, AddressError>
parse_path(std::string_view text, const AddressOptions& options, std::string_view& rest) {
    if (text.empty() || text.front() != '<') {
        return std::unexpected(AddressError::syntax);
    }
    std::string_view left = text.substr(1);
    if (!left.empty() && left.front() == '>') {
        if (!options.null_path) {
            return std::unexpected(AddressError::syntax);
        }
        rest = left.substr(1);
        return Mailbox{};
    }
    if (!skip_source_route(left)) {
        return std::unexpected(AddressError::syntax);
    }
    Text local = take_local_part(left, options.long_local_part);
    if (!local) {
        return std::unexpected(local.error());
    }
    Mailbox mailbox{.local = std::move(*local), .domain = {}};
    if (!left.empty() && left.front() == '@') {
        left.remove_prefix(1);
        const std::size_t length = domain_length(left);
        Text domain = normalise_domain(left.substr(0, length), options.utf8);
        if (!domain) {
            return std::unexpected(domain.error());
        }
        mailbox.domain = std::move(*domain);
        left.remove_prefix(length);
    } else if (!options.bare_postmaster || !base::iequals(mailbox.local, "postmaster")) {
        return std::unexpected(AddressError::syntax);
    }
    if (left.empty() || left.front() != '>') {
        return std::unexpected(AddressError::syntax);
    }
    left.remove_prefix(1);
    if (text.size() - left.size() > max_path) {
        return std::unexpected(AddressError::too_long);
    }
    if (!options.utf8 && !is_ascii(mailbox.local)) {
        return std::unexpected(AddressError::utf8_not_allowed);
    }
    rest = left;
    return mailbox;
}

std::expected<Mailbox, AddressError> parse_mailbox(std::string_view text) {
    if (text.size() > max_path - 2) { // the brackets that are not there count
        return std::unexpected(AddressError::too_long);
    }
    Text local = take_local_part(text, false);
    if (!local) {
        return std::unexpected(local.error());
    }
    if (text.empty() || text.front() != '@') {
        return std::unexpected(AddressError::syntax);
    }
    Text domain = normalise_domain(text.substr(1), true);
    if (!domain) {
        return std::unexpected(domain.error());
    }
    return Mailbox{.local = std::move(*local), .domain = std::move(*domain)};
}

} // namespace mailcast::mail
