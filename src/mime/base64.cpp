#include "mime/base64.h"

#include <array>
#include <cstring>

namespace mailcast::mime {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_digit = 0x80;

constexpr std::array<std::uint8_t, 256> make_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}

constexpr auto values = make_values();

constexpr std::uint8_t value_of(char c) {
    return values[static_cast<std::uint8_t>(c)];
}

} // namespace

int base64_value(char c) {
    const std::uint8_t value = value_of(c);
    return value == no_digit ? -1 : value;
}

void Base64Decoder::feed(std::string_view octets) {
    while (!octets.empty() && !output_.is_full()) {
        const std::size_t padding = octets.find('=');
        const std::string_view group = octets.substr(0, padding);
        if (output_.is_counting()) {
            count(group);
        } else {
            decode(group);
        }
        if (padding == std::string_view::npos) {
            return;
        }
        finish();
        octets.remove_prefix(padding + 1);
    }
}

void Base64Decoder::finish() {
    const auto rest = static_cast<unsigned>(digits_ % 4);
    if (output_.is_counting()) {
        output_.count(digits_ / 4 * 3 + (rest > 1 ? rest - 1 : 0));
    } else if (rest == 2) {
        output_.push(static_cast<char>(bits_ >> 4U));
    } else if (rest == 3) {
        output_.push(static_cast<char>(bits_ >> 10U));
        output_.push(static_cast<char>(bits_ >> 2U));
    }
    digits_ = 0;
    bits_ = 0;
}

void Base64Decoder::count(std::string_view octets) {
    std::uint64_t digits = 0;
    for (const char c : octets) {
        digits += value_of(c) < no_digit ? 1U : 0U;
    }
    digits_ += digits;
}

void Base64Decoder::decode(std::string_view octets) {
    std::array<char, 3072> buffer{};
    std::size_t filled = 0;
    const auto put = [&](std::uint32_t bits) {
        if (filled + 3 > buffer.size()) {
            output_.append({buffer.data(), filled});
            filled = 0;
        }
        buffer[filled++] = static_cast<char>(bits >> 16U);
        buffer[filled++] = static_cast<char>(bits >> 8U);
        buffer[filled++] = static_cast<char>(bits);
    };
    for (std::size_t at = 0; at < octets.size() && !output_.is_full();) {
        while (digits_ % 4 == 0 && at + 4 <= octets.size()) {
            const std::uint32_t a = value_of(octets[at]);
            const std::uint32_t b = value_of(octets[at + 1]);
            const std::uint32_t c = value_of(octets[at + 2]);
            const std::uint32_t d = value_of(octets[at + 3]);
            if (((a | b | c | d) & no_digit) != 0) {
                break;
            }
            put((a << 18U) | (b << 12U) | (c << 6U) | d);
            at += 4;
        }
        if (at == octets.size()) {
            break;
        }
        const std::uint8_t value = value_of(octets[at++]);
        if (value == no_digit) {
            continue;
        }
        bits_ = (bits_ << 6U) | value;
        ++digits_;
        if (digits_ % 4 == 0) {
            put(bits_ & 0xFFFFFFU);
            bits_ = 0;
        }
    }
    output_.append({buffer.data(), filled});
}

} // namespace mailcast::mime
