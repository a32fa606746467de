#include "front/words/text_page.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "irc/split.h"

#include <algorithm>

namespace mailcast::front {

namespace {

constexpr std::size_t tab_width = 4;

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (base::is_blank(line.back()) || line.back() == '\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::string shown_line(std::string_view line) {
    std::string out;
    out.reserve(line.size());
    for (const char c : line) {
        if (c == '\t') {
            out.append(tab_width, ' ');
        } else {
            out.push_back(c);
        }
    }
    return base::safe_line(out);
}

std::size_t count_lines(std::string_view text) {
    std::size_t lines = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines += without_end(text.substr(0, end)).empty() ? 0U : 1U;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace

TextPage page_of(std::string_view text, std::size_t from, const PageForm& form) {
    TextPage page;
    page.next = std::min(from, text.size());
    // A rest of a line of megabytes is not broken as a whole for the few pieces that are shown.
    const std::size_t looked_at = (form.lines + 1) * form.octets;
    while (page.next < text.size() && page.lines.size() < form.lines) {
        const std::size_t end = std::min(text.find('\n', page.next), text.size());
        const std::string_view line = text.substr(page.next, end - page.next);
        if (without_end(line).empty()) {
            if (form.blank_lines && !page.lines.empty()) {
                page.lines.emplace_back();
            }
            page.next = std::min(end + 1, text.size());
            continue;
        }
        const std::string_view part = base::utf8_prefix(line, looked_at);
        std::size_t taken = 0;
        for (const std::string_view piece : irc::split_line(part, form.octets)) {
            if (page.lines.size() == form.lines) {
                break;
            }
            // A tab has room for one octet here and takes more.
            std::string shown = shown_line(without_end(piece));
            if (shown.size() > form.octets) {
                shown = base::utf8_prefix(shown, form.octets);
            }
            taken += piece.size();
            if (!shown.empty()) {
                page.lines.push_back(std::move(shown));
            }
        }
        page.next += taken;
        if (taken == line.size()) {
            page.next = std::min(end + 1, text.size());
        }
    }
    page.lines_left = count_lines(text.substr(page.next));
    if (page.lines_left == 0) {
        page.next = text.size();
    }
    return page;
}

std::string counted(std::size_t amount, std::string_view noun) {
    std::string out = std::to_string(amount);
    out += ' ';
    out += noun;
    if (amount != 1) {
        out += 's';
    }
    return out;
}

std::string shown_size(std::size_t octets) {
    constexpr std::size_t kilo = 1000;
    if (octets < kilo) {
        return counted(octets, "octet");
    }
    std::size_t unit = kilo;
    std::string_view name = " KB";
    for (const std::string_view next : {" MB", " GB"}) {
        if (octets / unit >= kilo) {
            unit *= kilo;
            name = next;
        }
    }
    std::string out = std::to_string(octets / unit);
    const std::size_t tenths = octets % unit * 10 / unit;
    if (octets / unit < 100 && tenths != 0) {
        out += '.';
        out += std::to_string(tenths);
    }
    out += name;
    return out;
}

} // namespace mailcast::front
