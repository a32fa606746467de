#include "text/entities.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace mailcast::text {

namespace {

struct Entity {
    std::string_view name;
    std::uint16_t code_point;
    bool bare; // known without a semicolon, too
};

constexpr Entity entities[] = {
#include "text/entity_table.inc"
};

constexpr std::size_t longest_name = 24;
constexpr std::size_t longest_bare_name = 6;
constexpr std::size_t shortest_bare_name = 2;
constexpr std::size_t longest_number =
    8; // digits that still can be a code point, zeros in front apart

static_assert(std::ranges::is_sorted(entities, {}, &Entity::name));
static_assert(std::ranges::all_of(entities, [](const Entity& e) {
    return e.name.size() <= longest_name && (!e.bare || e.name.size() <= longest_bare_name);
}));

// What pages of the past mean by 128 to 159: the characters of windows-1252.
constexpr std::array<std::uint16_t, 32> windows_1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

const Entity* find(std::string_view name) {
    const auto* found = std::ranges::lower_bound(entities, name, {}, &Entity::name);
    return found != std::end(entities) && found->name == name ? found : nullptr;
}

std::uint32_t digit_value(char c) {
    if (base::is_digit(c)) {
        return static_cast<std::uint32_t>(c - '0');
    }
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : 99;
}

CharacterReference read_number(std::string_view html) {
    std::size_t at = 2; // behind "&#"
    std::uint32_t radix = 10;
    if (at < html.size() && base::to_lower(html[at]) == 'x') {
        radix = 16;
        ++at;
    }
    const std::size_t first = at;
    std::uint32_t value = 0;
    std::size_t digits = 0;
    while (at < html.size() && digit_value(html[at]) < radix) {
        if (digits < longest_number) {
            value = value * radix + digit_value(html[at]);
        } else {
            value = 0x110000;
        }
        if (value != 0) {
            ++digits;
        }
        ++at;
    }
    if (at == first) {
        return {};
    }
    if (at < html.size() && html[at] == ';') {
        ++at;
    }
    if (value >= 0x80 && value <= 0x9F) {
        value = windows_1252[value - 0x80];
    }
    if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        value = 0xFFFD;
    }
    return {.code_point = value, .length = at};
}

} // namespace

CharacterReference read_reference(std::string_view html, bool in_attribute) {
    if (html.size() < 3) {
        return {};
    }
    if (html[1] == '#') {
        return read_number(html);
    }
    std::size_t end = 1;
    while (end < html.size() && end <= longest_name && base::is_alnum(html[end])) {
        ++end;
    }
    const std::string_view name = html.substr(1, end - 1);
    if (end < html.size() && html[end] == ';') {
        if (const Entity* entity = find(name)) {
            return {.code_point = entity->code_point, .length = end + 1};
        }
    }
    for (std::size_t length = std::min(name.size(), longest_bare_name);
         length >= shortest_bare_name; --length) {
        const Entity* entity = find(name.substr(0, length));
        if (entity != nullptr && entity->bare) {
            const std::size_t after = 1 + length;
            const bool goes_on =
                after < html.size() && (base::is_alnum(html[after]) || html[after] == '=');
            if (in_attribute && goes_on) {
                return {};
            }
            return {.code_point = entity->code_point, .length = after};
        }
    }
    return {};
}

} // namespace mailcast::text
