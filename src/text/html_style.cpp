#include "text/html_style.h"

#include "base/ascii.h"

#include <algorithm>

namespace mailcast::text {

namespace {

constexpr std::size_t npos = std::string_view::npos;

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
    length.unit = value.substr(at, value.find_first_of(" !/,)", at) - at);
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

struct Seen {
    bool no_height = false;
    bool no_overflow = false;
};

void read_declaration(std::string_view name, std::string_view value, StyleFacts& facts,
                      Seen& seen) {
    const auto is = [name](std::string_view wanted) { return base::iequals(name, wanted); };
    switch (base::to_lower(name.front())) {
    case 'c':
        facts.hidden |= (is("color") && base::istarts_with(value, "transparent")) ||
                        (is("clip") && is_empty_clip(value));
        break;
    case 'd':
        if (is("display")) {
            facts.hidden |= base::istarts_with(value, "none");
            facts.displayed = !base::istarts_with(value, "none");
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
        facts.hidden |=
            (is("max-height") && is_zero(value)) || (is("margin-left") && is_outside(value));
        facts.office_hide |= is("mso-hide") && base::istarts_with(value, "all");
        break;
    case 'o':
        facts.hidden |= is("opacity") && value.find('%') == npos && read_length(value).is_number &&
                        read_length(value).hundredths <= 5;
        seen.no_overflow |= is("overflow") && base::istarts_with(value, "hidden");
        break;
    case 't':
        facts.hidden |= ((is("text-indent") || is("top")) && is_outside(value)) ||
                        (is("transform") && (base::istarts_with(value, "scale(0)") ||
                                             base::istarts_with(value, "scale(0,")));
        break;
    default:
        break;
    }
}

} // namespace

StyleFacts read_style(std::string_view declarations) {
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
            read_declaration(base::trim(declaration.substr(0, colon)),
                             base::trim(declaration.substr(colon + 1)), facts, seen);
        }
        declarations.remove_prefix(std::min(end + 1, declarations.size()));
    }
    facts.hidden |= seen.no_height && seen.no_overflow;
    return facts;
}

} // namespace mailcast::text
