// Letters and case of ASCII, free of the locale.  Protocol words are compared with these.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace mailcast::base {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_alnum(char c) {
    return is_alpha(c) || is_digit(c);
}

// Space or tab: the "white" of mail and of PSYC.
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

inline bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return to_lower(x) == to_lower(y);
           });
}

inline bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

inline std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

constexpr std::string_view trim(std::string_view text) {
    const auto white = [](char c) { return is_blank(c) || c == '\r' || c == '\n'; };
    while (!text.empty() && white(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && white(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

} // namespace mailcast::base
