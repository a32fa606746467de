#include "base/utf8.h"

#include "base/octets.h"

#include <cstring>

namespace mailcast::base {

namespace {

constexpr std::uint32_t replacement = 0xFFFD;

constexpr std::uint8_t octet(char c) {
    return static_cast<std::uint8_t>(c);
}

struct Sequence {
    std::size_t length = 1; // octets to skip
    std::uint32_t code_point = replacement;
    bool valid = false;
};

// Unicode 15, table 3-7: the well-formed byte sequences.
Sequence sequence_at(std::string_view text, std::size_t at) {
    const std::uint8_t lead = octet(text[at]);
    if (lead < 0x80) {
        return {.length = 1, .code_point = lead, .valid = true};
    }
    std::size_t need = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
    std::uint32_t value = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        need = 1;
        value = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        need = 2;
        value = lead & 0x0FU;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        need = 3;
        value = lead & 0x07U;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return {};
    }
    std::size_t length = 1;
    for (; length <= need; ++length) {
        if (at + length >= text.size()) {
            return {.length = length, .code_point = replacement, .valid = false};
        }
        const std::uint8_t next = octet(text[at + length]);
        if (next < low || next > high) {
            return {.length = length, .code_point = replacement, .valid = false};
        }
        value = (value << 6U) | (next & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return {.length = length, .code_point = value, .valid = true};
}

// Octets from `at` that are plain ASCII; eight at a time, since most mail is nothing else.
std::size_t ascii_run(std::string_view text, std::size_t at) {
    const std::size_t start = at;
    while (at + 8 <= text.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
        at += 8;
    }
    while (at < text.size() && octet(text[at]) < 0x80) {
        ++at;
    }
    return at - start;
}

} // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        at += ascii_run(text, at);
        if (at == text.size()) {
            break;
        }
        const Sequence sequence = sequence_at(text, at);
        if (!sequence.valid) {
            return at;
        }
        at += sequence.length;
    }
    return at;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto put = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        code_point = replacement;
    }
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0U | (code_point >> 6U));
        put(0x80U | (code_point & 0x3FU));
    } else if (code_point < 0x10000) {
        put(0xE0U | (code_point >> 12U));
        put(0x80U | ((code_point >> 6U) & 0x3FU));
        put(0x80U | (code_point & 0x3FU));
    } else {
        put(0xF0U | (code_point >> 18U));
        put(0x80U | ((code_point >> 12U) & 0x3FU));
        put(0x80U | ((code_point >> 6U) & 0x3FU));
        put(0x80U | (code_point & 0x3FU));
    }
}

std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    const Sequence sequence = sequence_at(text, at);
    at += sequence.length;
    return sequence.code_point;
}

std::string repaired_utf8(std::string_view text) {
    std::size_t good = valid_utf8_prefix(text);
    std::string out(text.substr(0, good));
    while (good < text.size()) {
        append_utf8(out, next_code_point(text, good));
        const std::size_t more = valid_utf8_prefix(text.substr(good));
        out.append(text.substr(good, more));
        good += more;
    }
    return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max) {
    if (text.size() <= max) {
        return text;
    }
    std::size_t end = max;
    while (end > 0 && (octet(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

bool is_printable_ascii(std::string_view text) {
    return all_octets(text, [](unsigned char c) { return (c >= 0x20) & (c < 0x7F); });
}

bool is_unsafe_in_line(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFC) || (c >= 0xE0000 && c <= 0xE007F);
}

std::string safe_line(std::string_view text) {
    if (is_printable_ascii(text)) {
        return std::string(text); // as all of this would leave it
    }
    std::string out;
    out.reserve(text.size());
    bool gap = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t c = next_code_point(text, at);
        if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029) {
            gap = true;
            continue;
        }
        if (is_unsafe_in_line(c)) {
            continue;
        }
        if (gap && !out.empty() && out.back() != ' ' && c != ' ') {
            out.push_back(' ');
        }
        gap = false;
        append_utf8(out, c);
    }
    return out;
}

std::string safe_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t c = next_code_point(text, at);
        if (c == '\r') {
            if (at >= text.size() || text[at] != '\n') {
                out.push_back('\n');
            }
        } else if (c == 0x2028 || c == 0x2029) {
            out.push_back('\n');
        } else if (c == '\n' || c == '\t' || !is_unsafe_in_line(c)) {
            append_utf8(out, c);
        }
    }
    return out;
}

} // namespace mailcast::base
