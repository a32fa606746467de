#include "smtp/encoding.h"

#include "base/ascii.h"

#include <cstddef>
#include <cstdint>

namespace mailcast::smtp {

namespace {

constexpr int hexadecimal(char c) {
    if (base::is_digit(c)) {
        return c - '0';
    }
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (base::is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

} // namespace

std::optional<std::string> decode_xtext(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '+') {
            if (c <= 0x20 || c >= 0x7F) {
                return std::nullopt;
            }
            out += c;
            continue;
        }
        if (text.size() - at < 3) {
            return std::nullopt;
        }
        const int high = hexadecimal(text[at + 1]);
        const int low = hexadecimal(text[at + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        ++padding;
    }
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held);
            bits &= (1U << held) - 1U;
        }
    }
    return bits == 0 ? std::optional(std::move(out))
                     : std::nullopt; // bits of the padding must be zero
}

} // namespace mailcast::smtp
