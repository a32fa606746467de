#include "text/html_sheet.h"

#include "base/ascii.h"
#include "text/html_style.h"

#include <algorithm>
#include <array>

namespace mailcast::text {

namespace {

constexpr std::size_t none = std::string_view::npos;

// A longer list of selectors or declarations is no rule that hides a preheader.
constexpr std::size_t longest_rule = 4'000;

constexpr bool is_white(char c) {
    return base::is_blank(c) || c == '\r' || c == '\n' || c == '\f';
}

constexpr bool is_name_char(char c) {
    return base::is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Without white space and comments in front.
void skip_blanks(std::string_view& css) {
    for (;;) {
        while (!css.empty() && is_white(css.front())) {
            css.remove_prefix(1);
        }
        if (css.starts_with("/*")) {
            const std::size_t end = css.find("*/", 2);
            css.remove_prefix(end == none ? css.size() : end + 2);
        } else if (css.starts_with("<!--")) {
            css.remove_prefix(4);
        } else if (css.starts_with("-->")) {
            css.remove_prefix(3);
        } else {
            return;
        }
    }
}

// Behind the block whose '{' has been read.
void skip_block(std::string_view& css) {
    std::size_t depth = 1;
    std::size_t at = 0;
    for (; at < css.size() && depth > 0; ++at) {
        depth += css[at] == '{' ? 1U : 0U;
        depth -= css[at] == '}' ? 1U : 0U;
    }
    css.remove_prefix(at);
}

// True when one of the selectors may be "p".
bool names_paragraph(std::string_view selectors) {
    const auto is_apart = [selectors](std::size_t at) {
        return at >= selectors.size() || !is_name_char(selectors[at]);
    };
    for (std::size_t at = 0; at < selectors.size(); ++at) {
        if ((selectors[at] == 'p' || selectors[at] == 'P') && is_apart(at + 1) &&
            (at == 0 || is_apart(at - 1))) {
            return true;
        }
    }
    return false;
}

bool is_for_a_wide_window(std::string_view at_rule) {
    if (!base::istarts_with(at_rule, "@media") || at_rule.size() > longest_rule) {
        return false;
    }
    const std::string query = base::lowered(at_rule);
    return std::ranges::none_of(
        std::array<std::string_view, 6>{"max-", "print", "prefers", "not ", "device", "-webkit"},
        [&query](std::string_view word) { return query.contains(word); });
}

} // namespace

void StyleSheet::read(std::string_view css) {
    for (;;) {
        skip_blanks(css);
        if (css.empty()) {
            return;
        }
        if (css.front() == '}') {
            css.remove_prefix(1);
            continue;
        }
        const std::size_t open = css.front() == '@' ? css.find_first_of("{;") : css.find('{');
        if (open == none) {
            return;
        }
        const std::string_view head = css.substr(0, open);
        const bool has_block = css[open] == '{';
        css.remove_prefix(open + 1);
        if (head.front() == '@') {
            if (has_block && !is_for_a_wide_window(head)) {
                skip_block(css);
            }
            continue;
        }
        const std::size_t close = std::min(css.find('}'), css.size());
        if (head.size() < longest_rule && close < longest_rule) {
            read_rule(head, css.substr(0, close));
        }
        css.remove_prefix(std::min(close + 1, css.size()));
    }
}

void StyleSheet::read_rule(std::string_view selectors, std::string_view declarations) {
    if (selectors.find_first_of(".#") == none && !names_paragraph(selectors)) {
        return;
    }
    const StyleFacts facts = read_style(declarations, Margins::asked);
    const bool says_margin = facts.says_margin();
    if (!facts.hidden && !facts.displayed && !says_margin) {
        return;
    }
    while (!selectors.empty()) {
        const std::size_t comma = std::min(selectors.find(','), selectors.size());
        std::string_view selector = base::trim(selectors.substr(0, comma));
        selectors.remove_prefix(std::min(comma + 1, selectors.size()));
        while (!selector.empty() && is_white(selector.front())) {
            selector.remove_prefix(1);
        }
        while (!selector.empty() && is_white(selector.back())) {
            selector.remove_suffix(1);
        }
        // ".name", "#name", "span.name"
        const std::size_t name = std::min(selector.find_first_of(".#"), selector.size());
        const bool is_paragraph = base::iequals(selector.substr(0, name), "p");
        if (name == selector.size()) {
            if (is_paragraph && says_margin) {
                paragraphs_are_tight_ = facts.is_tight();
            }
        } else if (name + 1 < selector.size() &&
                   std::ranges::all_of(selector.substr(0, name), base::is_alnum) &&
                   std::ranges::all_of(selector.substr(name + 1), is_name_char)) {
            if (facts.hidden || facts.displayed) {
                hidden_.set(selector.substr(name), facts.hidden);
            }
            if (says_margin && (is_paragraph || name == 0)) {
                tight_.set(selector.substr(name), facts.is_tight());
                roomy_.set(selector.substr(name), !facts.is_tight());
            }
        }
    }
}

// The last rule counts.
void StyleNames::set(std::string_view name, bool is_in) {
    const auto found = std::ranges::find(names_, name);
    if (!is_in && found != names_.end()) {
        *found = names_.back();
        names_.pop_back();
    } else if (is_in && found == names_.end() && names_.size() < most) {
        names_.push_back(name);
        letters_.set(static_cast<unsigned char>(name.back()));
    }
}

bool StyleNames::has(char kind, std::string_view name) const {
    return !name.empty() && letters_.test(static_cast<unsigned char>(name.back())) &&
           std::ranges::any_of(names_, [kind, name](std::string_view known) {
               return known.front() == kind && known.substr(1) == name;
           });
}

bool StyleNames::has_one_of(std::string_view class_names, std::string_view id) const {
    if (names_.empty()) {
        return false;
    }
    if (has('#', id)) {
        return true;
    }
    while (!class_names.empty()) {
        const std::size_t end =
            std::min(class_names.find_first_of(" \t\r\n\f"), class_names.size());
        if (has('.', class_names.substr(0, end))) {
            return true;
        }
        class_names.remove_prefix(std::min(end + 1, class_names.size()));
    }
    return false;
}

} // namespace mailcast::text
