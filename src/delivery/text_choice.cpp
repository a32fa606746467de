#include "delivery/text_choice.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "base/utf8.h"
#include "text/enriched.h"
#include "text/flowed.h"
#include "text/html.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mailcast::delivery {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// A plain text up to this length is held against the HTML beside it.
constexpr std::size_t longest_stub = 400;

// What stubs say, in lower case.
constexpr auto stub_phrases = std::to_array<std::string_view>({
    "not support html",
    "n't support html",
    "not display html",
    "n't display html",
    "html-capable",
    "html capable",
    "html email",
    "html e-mail",
    "html-enabled",
    "html compatible",
    "view this email",
    "view this message",
    "view it in your browser",
    "view in browser",
    "view online",
    "read this email online",
    "html-f\xC3\xA4hig",
    "kein html",
    "html-e-mail",
    "html-mail",
    "im browser",
    "online-version",
    "format html",
    "formato html",
    "version en ligne",
    "navegador",
    "alternative part",
    "alternative text",
});

bool is_text_type(const mime::Part& part, std::string_view subtype) {
    return part.type.size() == subtype.size() + 5 && part.type.starts_with("text/") &&
           part.type.ends_with(subtype);
}

bool is_enriched(const mime::Part& part) {
    return is_text_type(part, "enriched") || is_text_type(part, "richtext");
}

// False for plain text that a program labels as HTML; with paragraphs, its lines are meant to be lines.
bool has_markup(std::string_view page) {
    for (std::size_t at = page.find('<'); at != npos; at = page.find('<', at + 1)) {
        const char next = at + 1 < page.size() ? page[at + 1] : ' ';
        if (base::is_alpha(next) || next == '/' || next == '!') {
            return true;
        }
    }
    return false;
}

// Octets that can begin a character or control that must not be shown.
constexpr std::array<bool, 256> make_suspects() {
    std::array<bool, 256> suspects{};
    for (std::size_t c = 0; c < 0x20; ++c) {
        suspects[c] = c != '\n' && c != '\t';
    }
    for (const std::size_t c : {0x7FU, 0xC2U, 0xD8U, 0xE2U, 0xEFU, 0xF3U}) {
        suspects[c] = true;
    }
    return suspects;
}

constexpr std::array<bool, 256> suspects = make_suspects();

// True when the eight octets at `from` are printable ASCII.
bool is_printable_word(const char* from) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    constexpr std::uint64_t high_bits = ones * 0x80;
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    const std::uint64_t below_space = (word - ones * 0x20) & ~word;
    const std::uint64_t above_tilde = word + ones;
    return ((below_space | above_tilde | word) & high_bits) == 0;
}

bool is_safe(std::string_view text) {
    const bool plain = base::all_octets(text, [](unsigned char c) {
        return ((c >= 0x20) & (c < 0x7F)) | (c == '\n') | (c == '\t');
    });
    if (plain) {
        return true; // most mail
    }
    for (std::size_t i = 0; i < text.size();) {
        if (i + 8 <= text.size() && is_printable_word(text.data() + i)) {
            i += 8;
            continue;
        }
        const auto octet = static_cast<unsigned char>(text[i]);
        std::size_t after = i + 1;
        if (suspects[octet]) {
            after = i;
            if (octet < 0x80 || base::is_unsafe_in_line(base::next_code_point(text, after))) {
                return false;
            }
        }
        i = after;
    }
    return base::is_valid_utf8(text);
}

} // namespace

bool is_shown_text(const mime::Part& part) {
    return !part.has_name && part.presentation != mime::Presentation::attachment &&
           (is_text_type(part, "plain") || is_text_type(part, "html"));
}

bool is_readable(const mime::Part& part) {
    if (!part.type.starts_with("text/") || part.has_name ||
        part.presentation == mime::Presentation::attachment) {
        return false;
    }
    constexpr auto others = std::to_array<std::string_view>(
        {"calendar", "vcard", "x-vcard", "directory", "css", "javascript", "x-amp-html",
         "rfc822-headers", "x-vcalendar", "watch-html", "x-watch-html", "rtf", "xml"});
    return std::ranges::none_of(others, [&part](auto name) { return is_text_type(part, name); });
}

bool is_blank(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            if (text[at] > ' ' && text[at] != '\x7F') {
                return false;
            }
            ++at;
            continue;
        }
        const std::uint32_t c = base::next_code_point(text, at);
        const bool blank = c == 0xA0 || c == 0xAD || c == 0x34F || (c >= 0x2000 && c <= 0x200F) ||
                           c == 0x202F || c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
        if (!blank) {
            return false;
        }
    }
    return true;
}

bool is_stub(std::string_view plain, std::string_view from_html) {
    if (plain.empty()) {
        return true;
    }
    // A lone signature mark: no letter, digit or sign of any script.
    constexpr std::size_t longest_mark = 3;
    const auto is_word = [](char c) {
        return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80;
    };
    if (plain.size() <= longest_mark && std::ranges::none_of(plain, is_word)) {
        return std::ranges::any_of(from_html, is_word);
    }
    if (plain.size() > longest_stub || from_html.size() < plain.size() * 2) {
        return false;
    }
    const std::string lowered = base::lowered(plain);
    if (std::ranges::any_of(stub_phrases,
                            [&lowered](auto phrase) { return lowered.contains(phrase); })) {
        return true;
    }
    // A lone word or link beside a whole page; but not an answer to which the page adds what it quotes.
    constexpr std::size_t page = 400;
    constexpr std::size_t times = 10;
    if (from_html.starts_with(base::trim(plain))) {
        return false;
    }
    return from_html.size() > page && from_html.size() > plain.size() * times;
}

void make_safe(std::string& text) {
    if (!is_safe(text)) {
        text = base::safe_text(text);
    }
}

TextChoice::TextChoice(const mime::Message& message, std::size_t max_text)
    : message_(message), max_text_(max_text) {
    const auto parts = message.parts();
    if (parts.size() < 2) {
        return;
    }
    left_out_.resize(parts.size());
    ends_.resize(parts.size());
    for (std::size_t i = parts.size(); i-- > 0;) {
        ends_[i] = std::max(ends_[i], i + 1);
        if (i > 0) {
            ends_[parts[i].parent] = std::max(ends_[parts[i].parent], ends_[i]);
        }
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].type == "multipart/alternative" && !left_out_[i]) {
            choose(i);
        }
    }
}

// RFC 2046 5.1.4 puts the richest last; chat wants the plainest that says anything.
void TextChoice::choose(std::size_t alternative) {
    const auto parts = message_.parts();
    const std::size_t end = ends_[alternative];
    std::size_t plain = npos; // children
    std::size_t html = npos;
    std::size_t other = npos;
    std::size_t html_leaf = npos;
    for (std::size_t child = alternative + 1; child < end; child = ends_[child]) {
        for (std::size_t i = child; i < ends_[child]; ++i) {
            if (parts[i].is_multipart()) {
                continue;
            }
            if (is_shown_text(parts[i]) && is_text_type(parts[i], "plain")) {
                if (plain == npos && !is_blank(remembered_text(i))) {
                    plain = child;
                }
                break; // a child is what its first text is
            }
            if (is_shown_text(parts[i])) {
                html = child;
                html_leaf = i;
                break;
            }
            if (is_enriched(parts[i]) && is_readable(parts[i])) {
                other = child;
            }
        }
    }
    if (plain != npos && html != npos && plain != html) {
        const auto first = std::ranges::find_if(remembered_, [&](const auto& entry) {
            return entry.first >= plain && entry.first < ends_[plain];
        });
        if (first != remembered_.end() && first->second.size() <= longest_stub) {
            const std::string plain_text = first->second;
            if (is_stub(plain_text, remembered_text(html_leaf))) {
                plain = npos;
            }
        }
    }
    const std::size_t chosen = plain != npos ? plain : html != npos ? html : other;
    if (chosen == npos) {
        return; // nothing to choose from: all that can be read is shown
    }
    for (std::size_t child = alternative + 1; child < end; child = ends_[child]) {
        if (child != chosen) {
            std::fill(left_out_.begin() + static_cast<std::ptrdiff_t>(child),
                      left_out_.begin() + static_cast<std::ptrdiff_t>(ends_[child]), true);
        }
    }
}

const std::string& TextChoice::remembered_text(std::size_t part) {
    const auto found =
        std::ranges::find(remembered_, part, &std::pair<std::size_t, std::string>::first);
    if (found != remembered_.end()) {
        return found->second;
    }
    return remembered_.emplace_back(part, make_text(message_.parts()[part])).second;
}

std::string TextChoice::text(std::size_t part) {
    const auto found =
        std::ranges::find(remembered_, part, &std::pair<std::size_t, std::string>::first);
    if (found != remembered_.end()) {
        return std::move(found->second);
    }
    return make_text(message_.parts()[part]);
}

std::string TextChoice::make_text(const mime::Part& part) const {
    std::string text = message_.text(part, max_text_);
    // A multipart without parts may be a page that has lost its header.
    const bool page = part.is_multipart() && (text.contains("<html") || text.contains("<body"));
    if (is_text_type(part, "html") || page) {
        if (!has_markup(text) && base::trim(text).contains("\n\n")) {
            text.insert(0, "<div style='white-space:pre-wrap'>");
        }
        return text::html_to_text(text, {.output = max_text_});
    }
    if (is_enriched(part)) {
        text = is_text_type(part, "enriched") ? text::enriched_to_text(text)
                                              : text::richtext_to_text(text);
    } else if (part.flowed) {
        text = text::unwrap_flowed(text, part.delsp);
    }
    make_safe(text);
    const std::size_t last = text.find_last_not_of(" \t\n");
    text.resize(last == std::string::npos ? 0 : last + 1);
    return text;
}

} // namespace mailcast::delivery
