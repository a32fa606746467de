// Looking at every octet of a text: whether all are of one kind, and how often one occurs.  Pure; any thread;
// linear.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace mailcast::base {

// Loops over blocks of a fixed size are what compilers turn into vector instructions.
inline constexpr std::size_t octet_block = 64;

// True when `is_good` is for each of them.  It takes an octet as unsigned char and returns bool; joined by & and |
// instead of && and || it has no branches and the loop is fast.
template <typename IsGood>
constexpr bool all_octets(std::string_view text, IsGood is_good) {
    while (text.size() >= octet_block) {
        const char* const block = text.data();
        unsigned char bad = 0;
        for (std::size_t i = 0; i < octet_block; ++i) {
            const bool good = is_good(static_cast<unsigned char>(block[i]));
            bad = static_cast<unsigned char>(bad | (good ? 0U : 1U));
        }
        if (bad != 0) {
            return false;
        }
        text.remove_prefix(octet_block);
    }
    return std::ranges::all_of(
        text, [is_good](char c) { return is_good(static_cast<unsigned char>(c)); });
}

constexpr std::size_t count_octets(std::string_view text, char wanted) {
    std::size_t count = 0;
    while (text.size() >= octet_block) {
        const char* const block = text.data();
        unsigned char of_block = 0;
        for (std::size_t i = 0; i < octet_block; ++i) {
            of_block = static_cast<unsigned char>(of_block + (block[i] == wanted ? 1U : 0U));
        }
        count += of_block;
        text.remove_prefix(octet_block);
    }
    return count + static_cast<std::size_t>(std::ranges::count(text, wanted));
}

// As find_first_of, which calls memchr for each octet of the text: for short texts and few characters.
template <typename... Char>
constexpr std::size_t find_any(std::string_view text, Char... wanted) {
    const auto found = std::ranges::find_if(text, [=](char c) { return ((c == wanted) || ...); });
    return found == text.end() ? std::string_view::npos
                               : static_cast<std::size_t>(found - text.begin());
}

} // namespace mailcast::base
