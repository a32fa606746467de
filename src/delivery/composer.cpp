#include "delivery/composer.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/utf8.h"

#include <algorithm>
#include <cstddef>

namespace mailcast::delivery {

namespace {

constexpr std::size_t flowed_width = 72; // RFC 3676 4.2: lines to be shown, without the soft space
constexpr std::size_t line_width = 76;   // RFC 2045 6.7
constexpr std::size_t word_octets = 42;  // of UTF-8 in one encoded word of at most 75
constexpr std::size_t longest_run = 200; // octets without a blank in a field
constexpr std::size_t most_references = 20;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 2047: words that end at borders of characters.
std::string encoded_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::string_view piece = base::utf8_prefix(text, word_octets);
        if (piece.empty()) { // no UTF-8: what stands there goes as it is
            piece = text.substr(0, word_octets);
        }
        out += out.empty() ? "" : " ";
        out += "=?UTF-8?B?" + base::encode_base64(piece) + "?=";
        text.remove_prefix(piece.size());
    }
    return out;
}

// Folded at blanks; words are never cut.
void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    std::size_t width = name.size() + 2;
    while (!value.empty()) {
        const std::size_t blank = value.find(' ', 1);
        const std::string_view word = value.substr(0, blank);
        if (width + word.size() > 78 && word.starts_with(' ')) {
            out += "\r\n";
            width = 0;
        }
        out += word;
        width += word.size();
        value.remove_prefix(word.size());
    }
    out += "\r\n";
}

// What looks like an encoded word would be read as one, and what has no blank cannot be folded.
bool stands_as_it_is(std::string_view text) {
    std::size_t run = 0;
    for (const char c : text) {
        run = c == ' ' ? 0 : run + 1;
        if (run > longest_run) {
            return false;
        }
    }
    return is_ascii(text) && text.find("=?") == std::string_view::npos;
}

std::string unstructured(std::string_view text) {
    std::string safe = base::safe_line(text);
    return stands_as_it_is(safe) ? safe : encoded_words(safe);
}

std::string phrase(std::string_view name) {
    std::string safe = base::safe_line(name);
    if (!stands_as_it_is(safe)) {
        return encoded_words(safe);
    }
    const auto is_atom = [](char c) {
        return base::is_alnum(c) || c == ' ' || c == '-' || c == '_' || c == '\'';
    };
    if (std::ranges::all_of(safe, is_atom)) {
        return safe;
    }
    std::string quoted = "\"";
    for (const char c : safe) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted + '"';
}

// RFC 3676 4.2 and 4.4: long lines end with a soft space, what could be taken for a quote or a From line is
// stuffed.
std::vector<std::string> flowed(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const bool is_signature = line == "-- ";
        while (!is_signature && line.ends_with(' ')) {
            line.remove_suffix(1); // it would flow into the next
        }
        const bool is_quote = line.starts_with('>');
        do {
            std::string_view piece = line;
            if (!is_quote && line.size() > flowed_width) {
                std::size_t cut = line.rfind(' ', flowed_width - 1);
                cut = cut == std::string_view::npos || cut == 0 ? line.find(' ', 1) : cut;
                piece = cut == std::string_view::npos ? line : line.substr(0, cut + 1);
            }
            line.remove_prefix(piece.size());
            const bool stuffed = piece.starts_with(' ') || piece.starts_with("From ") ||
                                 (piece.starts_with('>') && !is_quote);
            lines.push_back((stuffed ? " " : "") + std::string(piece));
        } while (!line.empty());
    }
    return lines;
}

// RFC 2045 6.7.
void append_quoted_printable(std::string& out, std::string_view line) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::size_t width = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto value = static_cast<unsigned char>(line[i]);
        const bool last = i + 1 == line.size();
        const bool plain = (value > 32 && value < 127 && value != '=') || (value == ' ' && !last);
        const std::size_t size = plain ? 1 : 3;
        if (width + size > line_width - 1 && !(last && width + size <= line_width)) {
            out += "=\r\n";
            width = 0;
        }
        if (plain) {
            out += line[i];
        } else {
            out += '=';
            out += digits[value >> 4U];
            out += digits[value & 15U];
        }
        width += size;
    }
    out += "\r\n";
}

std::string in_brackets(std::string_view id) {
    return "<" + base::safe_line(id) + ">";
}

} // namespace

std::string answer_subject(std::string_view subject) {
    std::string_view rest = subject;
    while (base::istarts_with(rest, "re:")) {
        rest.remove_prefix(3);
        while (rest.starts_with(' ')) {
            rest.remove_prefix(1);
        }
    }
    return "Re: " + std::string(rest);
}

Composed compose(const Draft& draft) {
    Composed mail;
    std::string& out = mail.content;
    const std::string from = base::safe_line(draft.from_address);
    mail.needs_utf8 = !is_ascii(from);
    std::string to;
    for (const std::string& address : draft.to) {
        to += to.empty() ? "" : ", ";
        to += base::safe_line(address);
        mail.needs_utf8 = mail.needs_utf8 || !is_ascii(address);
    }
    append_field(out, "Date", base::format_rfc5322(draft.date));
    append_field(out, "From",
                 draft.from_name.empty() ? from : phrase(draft.from_name) + " <" + from + ">");
    append_field(out, "To", to);
    if (!draft.subject.empty()) {
        append_field(out, "Subject", unstructured(draft.subject));
    }
    append_field(out, "Message-ID", in_brackets(draft.message_id));
    if (!draft.in_reply_to.empty()) {
        append_field(out, "In-Reply-To", in_brackets(draft.in_reply_to));
        // RFC 5322 3.6.4; of a very long thread its beginning and its end.
        std::string references;
        const std::size_t count = draft.references.size();
        for (std::size_t i = 0; i < count; ++i) {
            if ((i == 0 || i + most_references > count) &&
                draft.references[i] != draft.in_reply_to) {
                references += in_brackets(draft.references[i]) + " ";
            }
        }
        append_field(out, "References", references + in_brackets(draft.in_reply_to));
    }
    if (draft.automatic) {
        append_field(out, "Auto-Submitted", "auto-generated");
    }
    append_field(out, "MIME-Version", "1.0");
    append_field(out, "Content-Type", "text/plain; charset=utf-8; format=flowed");
    const std::string text = base::safe_text(draft.text);
    const std::vector<std::string> lines = flowed(text);
    const bool seven_bit =
        is_ascii(text) &&
        std::ranges::all_of(lines, [](const std::string& line) { return line.size() <= 998; });
    append_field(out, "Content-Transfer-Encoding", seven_bit ? "7bit" : "quoted-printable");
    out += "\r\n";
    for (const std::string& line : lines) {
        if (seven_bit) {
            out += line;
            out += "\r\n";
        } else {
            append_quoted_printable(out, line);
        }
    }
    return mail;
}

} // namespace mailcast::delivery
