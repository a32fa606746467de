#include "irc/name.h"

#include "base/ascii.h"

#include <algorithm>

namespace mailcast::irc {

namespace {

constexpr std::string_view special = "[]\\`_^{|}";

bool is_nick_character(char c) {
    return base::is_alnum(c) || c == '-' || special.find(c) != std::string_view::npos;
}

} // namespace

bool is_nick(std::string_view text) {
    return !text.empty() && text.size() <= longest_nick && !base::is_digit(text.front()) &&
           text.front() != '-' && std::ranges::all_of(text, is_nick_character);
}

bool is_channel(std::string_view text) {
    return text.size() > 1 && text.size() <= longest_channel && text.front() == '#' &&
           std::ranges::none_of(text, [](char c) {
               return c == ' ' || c == ',' || c == ':' || (c >= '\0' && c < ' ') || c == '\x7f';
           });
}

std::string folded(std::string_view name) {
    return base::lowered(name);
}

Login split_login(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) {
        return {.account = std::string(text), .client = {}};
    }
    return {.account = std::string(text.substr(0, at)), .client = std::string(text.substr(at + 1))};
}

bool matches_mask(std::string_view mask, std::string_view text) {
    std::size_t m = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (m < mask.size() && mask[m] == '*') {
            star = m++;
            retry = t;
        } else if (m < mask.size() &&
                   (mask[m] == '?' || base::to_lower(mask[m]) == base::to_lower(text[t]))) {
            ++m;
            ++t;
        } else if (star != std::string_view::npos) {
            m = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (m < mask.size() && mask[m] == '*') {
        ++m;
    }
    return m == mask.size();
}

} // namespace mailcast::irc
