#include "mime/quoted_printable.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace mailcast::mime {

namespace {

constexpr std::array<std::int8_t, 256> make_hex_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < 16; ++i) {
        constexpr std::string_view upper = "0123456789ABCDEF";
        constexpr std::string_view lower = "0123456789abcdef";
        values[static_cast<std::uint8_t>(upper[i])] = static_cast<std::int8_t>(i);
        values[static_cast<std::uint8_t>(lower[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}

constexpr auto hex_values = make_hex_values();

// The octet of "=XX" at `at`, or -1.
int escape_at(std::string_view octets, std::size_t at) {
    if (at + 2 >= octets.size()) {
        return -1;
    }
    const int high = hex_value(octets[at + 1]);
    const int low = hex_value(octets[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Length of "=", blanks and a line end at `at`; 0 when it is no soft line break.  A lone "=" that ends the
// body is one.
std::size_t soft_break_length(std::string_view octets, std::size_t at) {
    std::size_t end = at + 1;
    while (end < octets.size() && base::is_blank(octets[end])) {
        ++end;
    }
    if (end < octets.size() && octets[end] == '\r') {
        ++end; // also of lines that end in CR alone
        return end - at + (end < octets.size() && octets[end] == '\n' ? 1U : 0U);
    }
    if (end < octets.size()) {
        return octets[end] == '\n' ? end + 1 - at : 0;
    }
    return end - at;
}

} // namespace

int hex_value(char c) {
    return hex_values[static_cast<std::uint8_t>(c)];
}

// One pass through a small buffer, so that an escape costs no call of the output.
// RFC 2045, 6.7 (3) says that white space at the end of a line was added on the way.  In real mail it was
// not (an unescaped "-- "), so it stays.
void decode_quoted_printable(std::string_view octets, Output& output) {
    std::array<char, 1024> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    const char* const end = octets.data() + octets.size();
    const char* from = octets.data();
    while (from != end && !output.is_full()) {
        char* to = buffer.data();
        char* const full = to + std::min<std::ptrdiff_t>(end - from, std::ssize(buffer));
        while (to != full && from != end) {
            if (*from != '=') {
                const auto room = static_cast<std::size_t>(std::min(full - to, end - from));
                const void* escape = std::memchr(from, '=', room);
                const std::size_t run =
                    escape == nullptr
                        ? room
                        : static_cast<std::size_t>(static_cast<const char*>(escape) - from);
                std::memcpy(to, from, run);
                to += run;
                from += run;
                continue;
            }
            const auto at = static_cast<std::size_t>(from - octets.data());
            if (const int value = escape_at(octets, at); value >= 0) {
                *to++ = static_cast<char>(value);
                from += 3;
            } else if (const std::size_t length = soft_break_length(octets, at); length > 0) {
                from += length;
            } else {
                *to++ = *from++;
            }
        }
        output.append({buffer.data(), static_cast<std::size_t>(to - buffer.data())});
    }
}

void decode_q(std::string_view octets, Output& output) {
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const char c = octets[at];
        if (c == '_') {
            output.push(' ');
            continue;
        }
        const int value = c == '=' ? escape_at(octets, at) : -1;
        if (value >= 0) {
            output.push(static_cast<char>(value));
            at += 2;
        } else {
            output.push(c);
        }
    }
}

} // namespace mailcast::mime
