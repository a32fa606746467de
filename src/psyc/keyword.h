// Names of variables and methods: which are legal, which are routing, how they inherit, what
// families of methods there are.  Pure functions over views; any thread.
//
// A name is words joined by "_", most general first: _message_public_mail is a _message_public,
// which is a _message.
#pragma once

#include "base/ascii.h"
#include "psyc/generation.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace mailcast::psyc {

// A table, because every octet of every name is asked for.
consteval std::array<bool, 256> make_keyword_octets() {
    std::array<bool, 256> table{};
    for (std::size_t octet = 0; octet < table.size(); ++octet) {
        const char c = static_cast<char>(octet);
        table[octet] = base::is_alnum(c) || c == '_';
    }
    return table;
}

inline constexpr std::array<bool, 256> keyword_octets = make_keyword_octets();

constexpr bool is_keyword_octet(char c) {
    return keyword_octets[static_cast<unsigned char>(c)];
}

// The position of the first octet at or behind `at` that may not stand in a name; the size of `text` when
// there is none.
constexpr std::size_t keyword_end(std::string_view text, std::size_t at) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* next = begin + at;
    // Four at a time: most of reading a packet is finding the ends of names.
    while (end - next >= 4 && is_keyword_octet(next[0]) && is_keyword_octet(next[1]) &&
           is_keyword_octet(next[2]) && is_keyword_octet(next[3])) {
        next += 4;
    }
    while (next != end && is_keyword_octet(*next)) {
        ++next;
    }
    return static_cast<std::size_t>(next - begin);
}

// One octet or more, all of them letters, digits or "_".
constexpr bool is_keyword(std::string_view name) {
    return !name.empty() && keyword_end(name, 0) == name.size();
}

// Names of the compact form lack the "_" in front.
constexpr bool is_compact(std::string_view name) {
    return !name.starts_with('_');
}

// Names that psyced keeps to itself: never sent, refused when they come.
constexpr bool is_private(std::string_view name) {
    return name.starts_with("_INTERNAL");
}

// The variables that a router needs; in 1.0 they and only they stand in the routing header.
bool is_routing_name(std::string_view name, Generation generation);

// `name` is `base` or inherits from it.  Word by word: _failureful is no _failure.
constexpr bool is_a(std::string_view name, std::string_view base) {
    return !base.empty() && name.starts_with(base) &&
           (name.size() == base.size() || name[base.size()] == '_');
}

// The name without its last word; "" when none is left.
constexpr std::string_view sliced(std::string_view name) {
    const std::size_t at = name.rfind('_');
    return at == std::string_view::npos ? std::string_view{} : name.substr(0, at);
}

// All words of `pattern` occur in `name` in that order.
// _failure_delivery matches _failure_unsuccessful_delivery_death.
bool matches(std::string_view name, std::string_view pattern);

// Try and slice: the entry of `map` for `name` or for the nearest name it inherits from, else
// end().
template <typename Map>
auto find_inherited(Map& map, std::string_view name) {
    for (; !name.empty(); name = sliced(name)) {
        if (const auto found = map.find(name); found != map.end()) {
            return found;
        }
    }
    return map.end();
}

// What a family of methods has in common.  Unknown families are shown and expanded like a _notice.
struct Family {
    std::string_view name;
    bool is_template = true; // the body is psyctext, to be filled from the variables
    bool is_reply = false;
    bool is_shown = true;
    bool is_logged = true;
    bool is_human = false; // written by people
};

const Family& family_of(std::string_view method);

// _error*, _failure*, _warning*: never answered with another of them.
bool is_complaint(std::string_view method);

} // namespace mailcast::psyc
