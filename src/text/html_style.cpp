#include "text/html_style.h"

#include "base/ascii.h"

#include <algorithm>

namespace mailcast::text {

namespace {

// "0", "0px", "0.0em", "0 !important"; but not "0.5em".
bool is_zero(std::string_view value) {
    if (value.empty() || value.front() != '0') {
        return false;
    }
    for (const char c : value) {
        if (c >= '1' && c <= '9') {
            return false;
        }
        if (c != '0' && c != '.') {
            break;
        }
    }
    return true;
}

struct Seen {
    bool zero_height = false;
    bool no_overflow = false;
};

void read_declaration(std::string_view name, std::string_view value, StyleFacts& facts,
                      Seen& seen) {
    switch (base::to_lower(name.front())) {
    case 'd':
        facts.hidden |= base::iequals(name, "display") && base::istarts_with(value, "none");
        break;
    case 'v':
        facts.hidden |= base::iequals(name, "visibility") && base::istarts_with(value, "hidden");
        break;
    case 'f':
        if (base::iequals(name, "font-size")) {
            facts.font_size = is_zero(value) ? FontSize::zero : FontSize::visible;
        }
        break;
    case 'h':
        seen.zero_height |= base::iequals(name, "height") && is_zero(value);
        break;
    case 'm':
        facts.hidden |= base::iequals(name, "max-height") && is_zero(value);
        facts.office_hide |= base::iequals(name, "mso-hide") && base::istarts_with(value, "all");
        break;
    case 'o':
        facts.hidden |= base::iequals(name, "opacity") && is_zero(value);
        seen.no_overflow |= base::iequals(name, "overflow") && base::istarts_with(value, "hidden");
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
    facts.hidden |= seen.zero_height && seen.no_overflow;
    return facts;
}

bool sheet_hides_class(std::string_view sheet, std::string_view name) {
    constexpr std::size_t furthest_brace = 100; // other selectors of the same rule
    constexpr std::size_t longest_rule = 1'000;
    constexpr int most_places = 20;
    std::size_t at = 0;
    for (int place = 0; place < most_places; ++place) {
        at = sheet.find(name, at);
        if (at == std::string_view::npos) {
            return false;
        }
        at += name.size();
        if (at - name.size() == 0 || sheet[at - name.size() - 1] != '.') {
            continue;
        }
        const std::string_view rest = sheet.substr(at, longest_rule);
        const std::size_t open = rest.find('{');
        const std::size_t close = rest.find('}');
        if (open < furthest_brace && close != std::string_view::npos && open < close &&
            read_style(rest.substr(open + 1, close - open - 1)).hidden) {
            return true;
        }
    }
    return false;
}

} // namespace mailcast::text
