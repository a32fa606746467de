#include "text/html_style.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <string>

namespace mailcast::text {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool ends_word(char c) {
    return c == ' ' || c == '!';
}

constexpr bool ends_unit(char c) {
    return ends_word(c) || c == '/' || c == ',' || c == ')';
}

// What stands in front of the first octet that ends it.
std::string_view head(std::string_view value, bool (&ends)(char)) {
    std::size_t at = 0;
    while (at < value.size() && !ends(value[at])) {
        ++at;
    }
    return value.substr(0, at);
}

struct Length {
    bool is_number = false;
    int hundredths = 0; // cut at a million
    std::string_view unit;
};

// "0", "0px", "0.0em", "-9999px", ".01"
Length read_length(std::string_view value) {
    constexpr int most = 100'000'000;
    Length length;
    const bool negative = value.starts_with('-');
    std::size_t at = negative ? 1 : 0;
    for (; at < value.size() && base::is_digit(value[at]); ++at) {
        length.is_number = true;
        length.hundredths = std::min(length.hundredths * 10 + (value[at] - '0') * 100, most);
    }
    if (at < value.size() && value[at] == '.') {
        ++at;
        for (int weight = 10; at < value.size() && base::is_digit(value[at]); ++at, weight /= 10) {
            length.is_number = true;
            length.hundredths += (value[at] - '0') * weight;
        }
    }
    length.hundredths = negative ? -length.hundredths : length.hundredths;
    length.unit = head(value.substr(at), ends_unit);
    return length;
}

bool is_zero(std::string_view value) {
    const Length length = read_length(value);
    return length.is_number && length.hundredths == 0;
}

// One pixel or point at most.
bool is_tiny(std::string_view value) {
    const Length length = read_length(value);
    const bool is_absolute =
        length.unit.empty() || base::iequals(length.unit, "px") || base::iequals(length.unit, "pt");
    return length.is_number && (length.hundredths == 0 ||
                                (is_absolute && length.hundredths > 0 && length.hundredths <= 100));
}

// Left or above of what any window shows.
bool is_outside(std::string_view value) {
    return value.starts_with('-') && read_length(value).hundredths <= -90'000;
}

// "rect(0,0,0,0)", "rect(1px 1px 1px 1px)"
bool is_empty_clip(std::string_view value) {
    return base::istarts_with(value, "rect(") && value.find_first_of("23456789") == npos &&
           !value.contains("00") && !value.contains("10") && !value.contains("auto");
}

// "#FFF" and "White" as "#ffffff"; "" when it is none that is known.
std::string color_of(std::string_view value) {
    value = head(value, ends_word);
    if (base::iequals(value, "white")) {
        return "#ffffff";
    }
    if (value.size() == 4 && value.front() == '#') {
        std::string color = "#";
        for (const char c : value.substr(1)) {
            color.append(2, base::to_lower(c));
        }
        return color;
    }
    return value.size() == 7 && value.front() == '#' ? base::lowered(value) : std::string{};
}

bool is_same_color(std::string_view a, std::string_view b) {
    constexpr std::size_t full = 7; // "#ffffff"
    if (a.size() == full && b.size() == full && a.front() == '#' && b.front() == '#') {
        return base::iequals(a, b);
    }
    const std::string color = color_of(a);
    return !color.empty() && color == color_of(b);
}

bool is_block_display(std::string_view value) {
    constexpr std::array<std::string_view, 6> blocks = {"block", "table",     "flex",
                                                        "grid",  "list-item", "table-row"};
    value = head(value, ends_word);
    return std::ranges::any_of(blocks, [value](auto word) { return base::iequals(word, value); });
}

WhiteSpace white_space_of(std::string_view value) {
    if (base::istarts_with(value, "pre-line")) {
        return WhiteSpace::lines;
    }
    if (base::istarts_with(value, "pre") || base::istarts_with(value, "break-spaces")) {
        return WhiteSpace::all;
    }
    return WhiteSpace::collapse;
}

Margin margin_of(std::string_view value) {
    // Most begin like this, and need no number read.
    const char first = value.empty() ? ' ' : value[0];
    const char second = value.size() < 2 ? ' ' : value[1];
    if (first >= '2' && first <= '9') {
        return Margin::some;
    }
    if (first == '0' && second != '.' && !base::is_digit(second)) {
        return Margin::none;
    }
    return is_tiny(value) ? Margin::none : Margin::some;
}

// "0", "0 auto", "10px 0", "0 0 10px", "0cm 0cm .0001pt 36pt": the first is above, the third below.
void read_margin(std::string_view value, Margin& above, Margin& below) {
    above = below = margin_of(value);
    for (int i = 0; i < 2; ++i) {
        const std::size_t blank = value.find(' ');
        if (blank == npos) {
            return;
        }
        value = base::trim(value.substr(blank));
    }
    if (!value.starts_with('!')) {
        below = margin_of(value);
    }
}

struct Seen {
    bool no_height = false;
    bool no_width = false;
    bool no_overflow = false;
    Margin padding_above = Margin::unsaid;
    Margin padding_below = Margin::unsaid;
    std::string_view color;
    std::string_view background;
};

void read_declaration(std::string_view name, std::string_view value, StyleFacts& facts,
                      Seen& seen) {
    const auto is = [name](std::string_view wanted) { return base::iequals(name, wanted); };
    switch (base::to_lower(name.front())) {
    case 'b':
        if (is("background") || is("background-color")) {
            seen.background = value;
        } else if (is("border-top")) {
            facts.is_ruled_off = value.contains("solid");
        }
        break;
    case 'c':
        if (is("color")) {
            seen.color = value;
            facts.hidden |= base::istarts_with(value, "transparent");
        } else {
            facts.hidden |= is("clip") && is_empty_clip(value);
        }
        break;
    case 'd':
        if (is("display")) {
            facts.hidden |= base::istarts_with(value, "none");
            facts.displayed = !base::istarts_with(value, "none");
            facts.is_block = is_block_display(value);
        }
        break;
    case 'v':
        facts.hidden |= is("visibility") && (base::istarts_with(value, "hidden") ||
                                             base::istarts_with(value, "collapse"));
        break;
    case 'f':
        if (is("font-size")) {
            facts.font_size = is_tiny(value) ? FontSize::zero : FontSize::visible;
        } else if (is("font") && is_zero(value)) {
            facts.font_size = FontSize::zero; // "0/0 a"
        }
        break;
    case 'h':
        seen.no_height |= is("height") && is_tiny(value);
        break;
    case 'l':
        facts.hidden |= is("left") && is_outside(value);
        break;
    case 'm':
        seen.no_width |= is("max-width") && is_zero(value);
        facts.hidden |=
            (is("max-height") && is_zero(value)) || (is("margin-left") && is_outside(value));
        facts.office_hide |= is("mso-hide") && base::istarts_with(value, "all");
        break;
    case 'o':
        if (is("opacity")) {
            const Length opacity = read_length(value);
            facts.hidden |=
                opacity.is_number && opacity.hundredths <= (opacity.unit == "%" ? 500 : 5);
        }
        seen.no_overflow |= is("overflow") && base::istarts_with(value, "hidden");
        break;
    case 't':
        facts.hidden |= ((is("text-indent") || is("top")) && is_outside(value)) ||
                        (is("transform") && (base::istarts_with(value, "scale(0)") ||
                                             base::istarts_with(value, "scale(0,")));
        break;
    case 'w':
        seen.no_width |= is("width") && is_zero(value);
        if (is("white-space")) {
            facts.white_space = white_space_of(value);
        }
        break;
    default:
        break;
    }
}

void read_room(std::string_view name, std::string_view value, StyleFacts& facts, Seen& seen) {
    const auto is = [name](std::string_view wanted) { return base::iequals(name, wanted); };
    if (is("margin")) {
        read_margin(value, facts.above, facts.below);
    } else if (is("margin-top")) {
        facts.above = margin_of(value);
    } else if (is("margin-bottom")) {
        facts.below = margin_of(value);
    } else if (is("padding")) {
        read_margin(value, seen.padding_above, seen.padding_below);
    } else if (is("padding-top")) {
        seen.padding_above = margin_of(value);
    } else if (is("padding-bottom")) {
        seen.padding_below = margin_of(value);
    }
}

} // namespace

StyleFacts read_style(std::string_view declarations, Margins margins) {
    StyleFacts facts;
    Seen seen;
    while (!declarations.empty()) {
        std::size_t at = 0;
        while (at < declarations.size() && (declarations[at] <= ' ')) {
            ++at;
        }
        declarations.remove_prefix(at);
        const std::size_t end = std::min(declarations.find(';'), declarations.size());
        const std::string_view declaration = declarations.substr(0, end);
        const std::size_t colon = declaration.find(':');
        if (colon != std::string_view::npos && colon > 0) {
            const std::string_view name = base::trim(declaration.substr(0, colon));
            const std::string_view value = base::trim(declaration.substr(colon + 1));
            read_declaration(name, value, facts, seen);
            if (margins == Margins::asked && !name.empty() &&
                (base::to_lower(name.front()) == 'm' || base::to_lower(name.front()) == 'p')) {
                read_room(name, value, facts, seen);
            }
        }
        declarations.remove_prefix(std::min(end + 1, declarations.size()));
    }
    facts.hidden |= (seen.no_height || seen.no_width) && seen.no_overflow;
    if (seen.padding_above == Margin::some) {
        facts.above = Margin::some;
    }
    if (seen.padding_below == Margin::some) {
        facts.below = Margin::some;
    }
    if (!seen.color.empty() && !seen.background.empty()) {
        facts.same_color = is_same_color(seen.color, seen.background);
    }
    return facts;
}

} // namespace mailcast::text
