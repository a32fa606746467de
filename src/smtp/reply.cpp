#include "smtp/reply.h"

#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailcast::smtp {

namespace {

bool is_plain(char c) {
    return c >= 0x20 && c < 0x7F;
}

void append_number(std::string& out, unsigned number) {
    std::array<char, 12> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_codes(std::string& out, int code, unsigned subject, unsigned detail) {
    const auto number = static_cast<unsigned>(code);
    append_number(out, number);
    out += ' ';
    append_number(out, number / 100);
    out += '.';
    append_number(out, subject);
    out += '.';
    append_number(out, detail);
    out += ' ';
}

// What is left for a text once the code (at most "250 2.999.999 ") and the CRLF are written.
constexpr std::size_t max_text = max_reply_line - 16;

} // namespace

void append_quoted(std::string& out, std::string_view text, std::size_t max, ReplyText allowed) {
    if (base::is_printable_ascii(text)) {
        out.append(text.substr(0, max));
        return;
    }
    if (allowed == ReplyText::utf8) {
        const std::string safe = base::safe_line(text);
        out.append(base::utf8_prefix(safe, max));
        return;
    }
    for (const char c : text.substr(0, max)) {
        const bool control = static_cast<unsigned char>(c) < 0x20;
        out += is_plain(c) ? c : (control ? ' ' : '?');
    }
}

void append_reply(std::string& out, const mail::Status& status, ReplyText allowed) {
    const int kind = status.code / 100;
    if (status.code < 200 || status.code > 599 || kind == 3) {
        append_reply(out, {451, 3, 0, "Internal error, try again later"});
        return;
    }
    const auto bounded = [](std::uint16_t number) { return std::min<unsigned>(number, 999); };
    append_codes(out, status.code, bounded(status.enhanced.subject),
                 bounded(status.enhanced.detail));
    append_quoted(out, status.text, max_text, allowed);
    out += "\r\n";
}

void append_reply(std::string& out, const Reply& reply) {
    append_codes(out, reply.code, reply.subject, reply.detail);
    out += reply.text;
    out += "\r\n";
}

} // namespace mailcast::smtp
