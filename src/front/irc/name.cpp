#include "front/irc/name.h"

#include "base/ascii.h"
#include "base/sha256.h"
#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::string_view mail_scheme = "mailto:";
constexpr std::string_view psyc_scheme = "psyc://";
constexpr std::string_view outside_mark = "|outside";
constexpr std::size_t longest_plain = longest_sender_nick - outside_mark.size();
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_hex(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'f');
}

void add_escaped(std::string& out, char c) {
    const auto octet = static_cast<std::uint8_t>(c);
    out.push_back('^');
    out.push_back(hex_digits[octet >> 4U]);
    out.push_back(hex_digits[octet & 15U]);
}

// One part of an address in the letters of a nick.  Different parts give different ones; case does not count.
std::string nick_part(std::string_view part) {
    std::string out;
    out.reserve(part.size());
    for (const char c : part) {
        if (base::is_alnum(c) || c == '-') {
            out.push_back(base::to_lower(c));
        } else if (c == '.') {
            out.push_back('_');
        } else {
            add_escaped(out, c);
        }
    }
    // No nick begins with a digit or '-' (RFC 2812 2.3.1).
    if (!out.empty() && (base::is_digit(out.front()) || out.front() == '-')) {
        const char first = out.front();
        std::string escaped;
        add_escaped(escaped, first);
        out.replace(0, 1, escaped);
    }
    return out;
}

std::optional<std::string> unescaped(std::string_view part) {
    std::string out;
    for (std::size_t at = 0; at < part.size(); ++at) {
        if (part[at] == '_') {
            out.push_back('.');
        } else if (part[at] != '^') {
            out.push_back(part[at]);
        } else if (at + 2 < part.size() && is_hex(part[at + 1]) && is_hex(part[at + 2])) {
            out.push_back(static_cast<char>((hex_digits.find(part[at + 1]) << 4U) |
                                            hex_digits.find(part[at + 2])));
            at += 2;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

// 16 letters of base 32: 80 bits.
std::string digest_of(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
    const base::Sha256 digest = base::sha256(base::lowered(text));
    std::string out;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (std::size_t i = 0; i < 10; ++i) {
        bits = (bits << 8U) | digest[i];
        for (held += 8; held >= 5; held -= 5) {
            out.push_back(letters[(bits >> (held - 5)) & 31U]);
        }
    }
    return out;
}

// The beginning of a part without a cut escape.
std::string_view beginning(std::string_view part, std::size_t most) {
    std::size_t end = std::min(part.size(), most);
    for (std::size_t back = 1; back <= 2 && back <= end; ++back) {
        if (part[end - back] == '^' && end < part.size()) {
            end -= back;
            break;
        }
    }
    return part.substr(0, end);
}

std::string_view ending(std::string_view part, std::size_t most) {
    std::size_t begin = part.size() - std::min(part.size(), most);
    for (std::size_t back = 1; back <= 2 && back <= begin; ++back) {
        if (part[begin - back] == '^') {
            begin += 3 - back;
            break;
        }
    }
    return part.substr(std::min(begin, part.size()));
}

struct Address {
    std::string_view local;
    std::string_view domain; // "" when there is none
};

Address split(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) {
        return {.local = address, .domain = {}};
    }
    return {.local = address.substr(0, at), .domain = address.substr(at + 1)};
}

std::string nick_of(std::string_view whole, std::string_view local, std::string_view domain,
                    std::string_view open, std::string_view close) {
    const std::string front = nick_part(local);
    std::string back; // behind the mark, a digit may come first
    for (const char c : domain) {
        if (base::is_alnum(c) || c == '-') {
            back.push_back(base::to_lower(c));
        } else if (c == '.') {
            back.push_back('_');
        } else {
            add_escaped(back, c);
        }
    }
    const std::size_t size = front.size() + open.size() + back.size() + close.size();
    std::string nick;
    if (size <= longest_plain) {
        nick.append(front).append(open).append(back).append(close);
    } else {
        constexpr std::size_t kept_front = 8;
        constexpr std::size_t kept_back = 13;
        nick.append(beginning(front, kept_front)).append(open).append(ending(back, kept_back));
        nick.append(close.empty() ? "|" : close).append(digest_of(whole));
    }
    return nick;
}

// The user of a prefix: what could end it or be read as something else is escaped.
std::string user_of(std::string_view local) {
    std::string out;
    for (const char c : base::safe_line(local)) {
        constexpr std::string_view special = " !@:^,*?\"\\";
        if (special.contains(c)) {
            add_escaped(out, c);
        } else {
            out.push_back(c);
        }
    }
    if (out.size() > longest_sender_user) {
        out = base::utf8_prefix(out, longest_sender_user - 1);
        out.push_back('^');
    }
    return out.empty() ? "-" : out;
}

std::string host_of(std::string_view domain) {
    std::string out;
    for (const char c : base::safe_line(domain)) {
        constexpr std::string_view special = " !@^,*?/";
        if (special.contains(c)) {
            add_escaped(out, c);
        } else {
            out.push_back(base::to_lower(c));
        }
    }
    if (out.starts_with(':')) {
        out.insert(0, 1, '0');
    }
    if (out.size() > longest_sender_host) {
        std::size_t from = out.size() - (longest_sender_host - 1);
        while (from < out.size() && (static_cast<std::uint8_t>(out[from]) & 0xC0U) == 0x80U) {
            ++from;
        }
        out = "^" + out.substr(from);
    }
    return out;
}

// psyc://host:port/~nick taken apart; local is "" when it is none.
Address split_psyc(std::string_view uniform) {
    if (!base::istarts_with(uniform, psyc_scheme)) {
        return {};
    }
    uniform.remove_prefix(psyc_scheme.size());
    const auto slash = uniform.find('/');
    if (slash == std::string_view::npos || slash + 1 >= uniform.size()) {
        return {};
    }
    std::string_view name = uniform.substr(slash + 1);
    if (name.starts_with('~')) {
        name.remove_prefix(1);
    }
    return {.local = name, .domain = uniform.substr(0, slash)};
}

} // namespace

std::string irc_person_nick(const chat::Entity& person) {
    const bool same = chat::folded_name(person.kind, person.display) == person.name &&
                      person.display.find('.') == std::string::npos;
    std::string nick;
    for (const char c : same ? person.display : person.name) {
        if (base::is_alnum(c) || c == '_' || c == '-') {
            nick.push_back(c);
        } else {
            add_escaped(nick, c);
        }
    }
    return nick;
}

const chat::Entity* imitated_by(const chat::Note& note, const chat::Hub& hub) {
    if (note.kind != chat::NoteKind::mail || note.mail.origin == "internal" ||
        !base::istarts_with(note.source, mail_scheme)) {
        return nullptr;
    }
    const Address source = split(std::string_view(note.source).substr(mail_scheme.size()));
    const Address from = split(note.mail.from_address);
    for (const std::string_view local : {source.local, from.local}) {
        for (const std::string_view name : {local, local.substr(0, local.find('+'))}) {
            if (const chat::Entity* person = hub.find_like(name)) {
                return person;
            }
        }
    }
    const chat::Entity* person = hub.find_like(note.source_name);
    return person != nullptr ? person : hub.find_like(note.mail.from_name);
}

std::string irc_sender_nick(const chat::Note& note, const chat::Hub& hub) {
    const std::string_view source = note.source;
    if (base::istarts_with(source, mail_scheme)) {
        const Address address = split(source.substr(mail_scheme.size()));
        std::string nick = nick_of(source, address.local, address.domain, "|", "");
        if (nick.starts_with('|')) {
            nick.insert(0, "_");
        }
        if (imitated_by(note, hub) != nullptr) {
            nick += outside_mark;
        }
        return nick;
    }
    if (const chat::Entity* person = hub.find_uniform(source, chat::EntityKind::person)) {
        return irc_person_nick(*person);
    }
    if (const Address address = split_psyc(source); !address.local.empty()) {
        return nick_of(source, address.local, address.domain, "{", "}");
    }
    return nick_of(source, source, "", "{", "}");
}

std::string irc_sender_prefix(const chat::Note& note, const chat::Hub& hub) {
    const std::string_view source = note.source;
    std::string user;
    std::string host;
    if (base::istarts_with(source, mail_scheme)) {
        const Address address = split(source.substr(mail_scheme.size()));
        user = user_of(address.local);
        host = host_of(address.domain);
    } else if (const chat::Entity* person = hub.find_uniform(source, chat::EntityKind::person)) {
        user = user_of(person->name);
        host = host_of(hub.hostname());
    } else {
        const Address address = split_psyc(source);
        user = user_of(address.local.empty() ? source : address.local);
        host = host_of(address.domain);
    }
    if (host.empty()) {
        host = host_of(hub.hostname());
    }
    return irc_sender_nick(note, hub) + "!" + user + "@" + host;
}

std::string address_of_sender_nick(std::string_view nick) {
    if (nick.ends_with(outside_mark)) {
        nick.remove_suffix(outside_mark.size());
    }
    if (const auto bar = nick.find('|'); bar != std::string_view::npos) {
        const auto local = unescaped(nick.substr(0, bar));
        const auto domain = unescaped(nick.substr(bar + 1));
        const bool whole = nick.find('|', bar + 1) == std::string_view::npos;
        return local && domain && whole && !local->empty() && !domain->empty()
                   ? *local + "@" + *domain
                   : std::string();
    }
    const auto brace = nick.find('{');
    if (brace == std::string_view::npos || !nick.ends_with('}')) {
        return {};
    }
    const auto local = unescaped(nick.substr(0, brace));
    const auto host = unescaped(nick.substr(brace + 1, nick.size() - brace - 2));
    if (!local || !host || local->empty() || host->empty()) {
        return {};
    }
    return "psyc://" + *host + "/" + (local->starts_with('@') ? "" : "~") + *local;
}

} // namespace mailcast::front
