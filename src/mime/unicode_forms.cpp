#include "mime/unicode_forms.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/base64.h"

#include <algorithm>

namespace mailcast::mime {

namespace {

constexpr std::uint32_t octet(char c) {
    return static_cast<std::uint8_t>(c);
}

constexpr bool is_high_surrogate(std::uint32_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

constexpr bool is_low_surrogate(std::uint32_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

constexpr std::uint32_t joined(std::uint32_t high, std::uint32_t low) {
    return 0x10000U + ((high - 0xD800U) << 10U) + (low - 0xDC00U);
}

std::uint32_t unit_at(std::string_view octets, std::size_t at, ByteOrder order) {
    const std::uint32_t first = octet(octets[at]);
    const std::uint32_t second = octet(octets[at + 1]);
    return order == ByteOrder::little ? first | (second << 8U) : (first << 8U) | second;
}

// Code units come one by one, surrogates are joined, single ones become U+FFFD.
class UnitWriter {
  public:
    explicit UnitWriter(std::string& out) : out_(out) {}

    void put(std::uint32_t unit) {
        if (high_ != 0 && is_low_surrogate(unit)) {
            base::append_utf8(out_, joined(high_, unit));
            high_ = 0;
            return;
        }
        finish();
        if (is_high_surrogate(unit)) {
            high_ = unit;
        } else {
            base::append_utf8(out_, unit);
        }
    }

    void finish() {
        if (high_ != 0) {
            base::append_utf8(out_, 0xFFFD);
            high_ = 0;
        }
    }

  private:
    std::string& out_;
    std::uint32_t high_ = 0;
};

// RFC 2152, rule 2: what may stand between shifts, and the optional direct characters.
constexpr bool is_direct(char c) {
    return c != '+' && octet(c) < 0x80;
}

} // namespace

ByteOrder guess_utf16_order(std::string_view octets) {
    if (octets.starts_with("\xFF\xFE")) {
        return ByteOrder::little;
    }
    if (octets.starts_with("\xFE\xFF")) {
        return ByteOrder::big;
    }
    std::size_t even = 0;
    std::size_t odd = 0;
    const std::string_view head = octets.substr(0, 1024);
    for (std::size_t at = 0; at + 1 < head.size(); at += 2) {
        even += head[at] == '\0' ? 1U : 0U;
        odd += head[at + 1] == '\0' ? 1U : 0U;
    }
    return odd > even ? ByteOrder::little : ByteOrder::big;
}

void append_utf16(std::string& out, std::string_view octets, ByteOrder order, std::size_t max) {
    std::size_t at = 0;
    if (octets.starts_with("\xFF\xFE") || octets.starts_with("\xFE\xFF")) {
        order = guess_utf16_order(octets);
        at = 2;
    }
    UnitWriter writer(out);
    for (; at + 1 < octets.size() && out.size() < max; at += 2) {
        writer.put(unit_at(octets, at, order));
    }
    writer.finish();
    if (at < octets.size() && out.size() < max) {
        base::append_utf8(out, 0xFFFD);
    }
}

void append_utf32(std::string& out, std::string_view octets, std::size_t max) {
    using std::string_view_literals::operator""sv;
    bool little = octets.starts_with("\xFF\xFE\0\0"sv);
    std::size_t at = little || octets.starts_with("\0\0\xFE\xFF"sv) ? 4 : 0;
    if (at == 0 && octets.size() >= 4) {
        little = octets[0] != '\0' && octets[3] == '\0';
    }
    for (; at + 3 < octets.size() && out.size() < max; at += 4) {
        const std::uint32_t a = octet(octets[at]);
        const std::uint32_t b = octet(octets[at + 1]);
        const std::uint32_t c = octet(octets[at + 2]);
        const std::uint32_t d = octet(octets[at + 3]);
        base::append_utf8(out, little ? a | (b << 8U) | (c << 16U) | (d << 24U)
                                      : d | (c << 8U) | (b << 16U) | (a << 24U));
    }
    if (at < octets.size() && out.size() < max) {
        base::append_utf8(out, 0xFFFD);
    }
}

void append_utf7(std::string& out, std::string_view octets, std::size_t max) {
    for (std::size_t at = 0; at < octets.size() && out.size() < max;) {
        if (is_direct(octets[at])) {
            out.push_back(octets[at++]);
            continue;
        }
        if (octets[at] != '+') { // 8 bit: not UTF-7 at all
            base::append_utf8(out, base::next_code_point(octets, at));
            continue;
        }
        ++at;
        if (at < octets.size() && octets[at] == '-') {
            out.push_back('+');
            ++at;
            continue;
        }
        UnitWriter writer(out);
        std::uint32_t bits = 0;
        unsigned count = 0;
        const std::size_t start = at;
        while (at < octets.size() && out.size() < max) {
            const int value = base64_value(octets[at]);
            if (value < 0) {
                break;
            }
            bits = ((bits << 6U) | static_cast<std::uint32_t>(value)) & 0x3FFFFFU;
            count += 6;
            ++at;
            if (count >= 16) {
                count -= 16;
                writer.put((bits >> count) & 0xFFFFU);
            }
        }
        writer.finish();
        if (at - start < 3) { // a plus sign in plain text
            out.push_back('+');
            out.append(octets.substr(start, at - start));
        } else if (at < octets.size() && octets[at] == '-') {
            ++at;
        }
    }
}

std::size_t count_utf8_sequences(std::string_view octets, std::size_t enough) {
    std::size_t count = 0;
    std::size_t at = 0;
    while (at < octets.size() && count < enough) {
        if (octet(octets[at]) < 0x80) {
            ++at;
        } else if (base::next_code_point(octets, at) == 0xFFFD) {
            return 0;
        } else {
            ++count;
        }
    }
    return count >= enough && !base::is_valid_utf8(octets.substr(at)) ? 0 : count;
}

namespace {

// All that is left is a first octet and some, but not all, of those that belong to it.  The first alone may be
// any letter of another set.
bool is_cut_sequence(std::string_view rest) {
    const std::uint32_t lead = octet(rest.front());
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 0;
    return rest.size() > 1 && rest.size() < length &&
           std::ranges::all_of(rest.substr(1), [](char c) { return (octet(c) & 0xC0U) == 0x80; });
}

} // namespace

bool has_utf8_sequence(std::string_view octets) {
    for (std::size_t at = 0; at < octets.size();) {
        if (octet(octets[at]) < 0x80) {
            ++at;
            continue;
        }
        const std::size_t start = at;
        if (base::next_code_point(octets, at) != 0xFFFD || is_cut_sequence(octets.substr(start))) {
            return true;
        }
    }
    return false;
}

} // namespace mailcast::mime
