#include "psyc/keyword.h"

#include <algorithm>
#include <array>

namespace mailcast::psyc {

namespace {

constexpr std::array families{
    Family{"_message", false, false, true, true, true},
    Family{"_request", true, false, true, true, true},
    Family{"_notice", true, false, true, true, false},
    Family{"_status", true, true, true, true, false},
    Family{"_info", true, true, true, true, false},
    Family{"_echo", true, true, true, false, false},
    Family{"_warning", true, true, true, true, false},
    Family{"_error", true, true, true, true, false},
    Family{"_failure", true, true, true, true, false},
    Family{"_data", false, false, false, false, false},
    Family{"_query", true, false, true, false, false},
    Family{"_set", true, false, true, false, false},
    Family{"_list", true, true, true, false, false},
};

constexpr Family unknown{"", true, false, true, false, false};

// The next word of `rest`, which is moved behind it; "_a__b" has an empty word in between.
std::string_view take_word(std::string_view& rest) {
    if (rest.starts_with('_')) {
        rest.remove_prefix(1);
    }
    const std::size_t end = std::min(rest.find('_'), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

} // namespace

bool is_routing_name(std::string_view name, Generation generation) {
    if (name.size() < 4) {
        return false;
    }
    const bool classic = generation == Generation::classic;
    switch (name[1]) { // every variable of every packet is asked for
    case 'a':
        return name == "_amount_fragments";
    case 'c':
        return name == "_context" || name == "_counter" || (classic && name == "_count");
    case 'f':
        return name == "_fragment";
    case 'l':
        return classic && name == "_length";
    case 's':
        return name == "_source" || name == "_source_relay" ||
               (classic && (name == "_source_identification" || name == "_source_relay_relay"));
    case 't':
        return name == "_target" || name == "_tag" || name == "_tag_relay" ||
               name == "_target_relay" ||
               (classic && (name == "_tag_reply" || name == "_target_forward"));
    case 'u':
        return classic && (name == "_understand_modules" || name == "_using_modules");
    default:
        return false;
    }
}

bool matches(std::string_view name, std::string_view pattern) {
    if (pattern.empty()) {
        return false;
    }
    while (!pattern.empty()) {
        const std::string_view wanted = take_word(pattern);
        bool found = false;
        while (!found && !name.empty()) {
            found = take_word(name) == wanted;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

const Family& family_of(std::string_view method) {
    for (const Family& family : families) {
        if (is_a(method, family.name)) {
            return family;
        }
    }
    return unknown;
}

bool is_complaint(std::string_view method) {
    return is_a(method, "_error") || is_a(method, "_failure") || is_a(method, "_warning");
}

} // namespace mailcast::psyc
