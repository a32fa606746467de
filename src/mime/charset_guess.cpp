#include "base/utf8.h"
#include "mime/charset.h"
#include "mime/charset_table.h"
#include "mime/unicode_forms.h"

#include <algorithm>
#include <cstdint>

namespace mailcast::mime {

namespace {

// Octets that are looked at for a guess; more do not make it better.
constexpr std::size_t guess_window = 65'536;

constexpr std::uint8_t octet(char c) {
    return static_cast<std::uint8_t>(c);
}

constexpr bool between(std::uint8_t c, std::uint8_t low, std::uint8_t high) {
    return c >= low && c <= high;
}

// Text in UTF-16 has zero octets at every second place; text in 8-bit sets has none at all.
const Charset* guess_utf16(std::string_view octets) {
    if (octets.starts_with("\xFF\xFE")) {
        return charset_of_name("utf-16le");
    }
    if (octets.starts_with("\xFE\xFF")) {
        return charset_of_name("utf-16be");
    }
    const std::string_view head = octets.substr(0, 512);
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t at = 0; at + 1 < head.size(); at += 2) {
        even += head[at] == '\0' ? 1U : 0U;
        odd += head[at + 1] == '\0' ? 1U : 0U;
    }
    const std::size_t pairs = head.size() / 2;
    if (pairs < 4) {
        return nullptr;
    }
    if (odd * 10 >= pairs * 7 && even * 10 < pairs) {
        return charset_of_name("utf-16le");
    }
    if (even * 10 >= pairs * 7 && odd * 10 < pairs) {
        return charset_of_name("utf-16be");
    }
    return nullptr;
}

bool has_japanese_escape(std::string_view octets) {
    for (std::size_t at = octets.find('\x1B'); at != std::string_view::npos;
         at = octets.find('\x1B', at + 1)) {
        const std::string_view rest = octets.substr(at + 1);
        if (rest.starts_with("$B") || rest.starts_with("$@") || rest.starts_with("(J")) {
            return true;
        }
    }
    return false;
}

// Counts over the octets above 127 that tell the legacy sets apart.
struct HighOctets {
    std::size_t count = 0;
    std::size_t runs = 0;          // of high octets side by side
    std::size_t koi_lower = 0;     // C0-DF: small letters of KOI8-R, capitals of windows-1251
    std::size_t windows_lower = 0; // E0-FF: the other way round
    std::size_t other = 0;         // 80-BF
    std::size_t gb_pairs = 0;      // lead B0-F7 and trail A1-FE: hanzi of level 1 and 2
    std::size_t hangul_pairs = 0;  // lead B0-C8 and trail A1-FE
    std::size_t kana_pairs = 0;    // 82 9F-F1 and 83 40-96: Shift_JIS kana
    std::size_t sjis_pairs = 0;
    bool pairs_fit = true; // every run of octets reads as two-octet EUC characters
};

HighOctets count_high(std::string_view octets) {
    HighOctets counts;
    for (std::size_t at = 0; at < octets.size();) {
        if (octet(octets[at]) < 0x80) {
            ++at;
            continue;
        }
        ++counts.runs;
        std::size_t end = at;
        while (end < octets.size() && octet(octets[end]) >= 0x80) {
            const std::uint8_t c = octet(octets[end++]);
            ++counts.count;
            counts.koi_lower += between(c, 0xC0, 0xDF) ? 1U : 0U;
            counts.windows_lower += c >= 0xE0 ? 1U : 0U;
            counts.other += c < 0xC0 ? 1U : 0U;
        }
        if ((end - at) % 2 != 0 && end < octets.size()) {
            counts.pairs_fit = false;
        }
        for (std::size_t i = at; i + 1 < end; i += 2) {
            const std::uint8_t lead = octet(octets[i]);
            const std::uint8_t trail = octet(octets[i + 1]);
            if (!between(lead, 0xA1, 0xFE) || !between(trail, 0xA1, 0xFE)) {
                counts.pairs_fit = false;
            }
            counts.gb_pairs += between(lead, 0xB0, 0xF7) && trail >= 0xA1 ? 1U : 0U;
            counts.hangul_pairs += between(lead, 0xB0, 0xC8) && trail >= 0xA1 ? 1U : 0U;
        }
        at = end;
    }
    // Trail octets of Shift_JIS may be ASCII, so its pairs are counted in a walk of their own.
    for (std::size_t at = 0; at + 1 < octets.size();) {
        const std::uint8_t lead = octet(octets[at]);
        const std::uint8_t trail = octet(octets[at + 1]);
        if ((between(lead, 0x81, 0x9F) || between(lead, 0xE0, 0xFC)) &&
            between(trail, 0x40, 0xFC) && trail != 0x7F) {
            ++counts.sjis_pairs;
            counts.kana_pairs += (lead == 0x82 && between(trail, 0x9F, 0xF1)) ||
                                         (lead == 0x83 && between(trail, 0x40, 0x96)) ||
                                         (lead == 0x81 && between(trail, 0x40, 0x5B))
                                     ? 1U
                                     : 0U;
            at += 2;
        } else {
            ++at;
        }
    }
    return counts;
}

const Charset* guess_legacy(std::string_view octets) {
    const HighOctets high = count_high(octets);
    const auto named = [](std::string_view name) { return charset_of_name(name); };
    if (high.count < 8) {
        return named("windows-1252");
    }
    if (high.sjis_pairs >= 4 && high.kana_pairs * 10 >= high.sjis_pairs * 3) {
        return named("shift_jis");
    }
    // Western text has single high octets within its words; the others have them side by side.
    if (high.count < high.runs * 3) {
        return named("windows-1252");
    }
    const std::size_t letters = high.koi_lower + high.windows_lower;
    const bool even = high.pairs_fit;
    if (even && high.hangul_pairs * 20 >= high.count * 9) {
        return named("euc-kr");
    }
    if (even && high.gb_pairs * 5 >= high.count * 2 && high.other * 4 >= high.count) {
        return named("gb18030");
    }
    if (letters * 20 >= high.count * 19) {
        if (high.windows_lower * 10 >= letters * 6) {
            return named("windows-1251");
        }
        if (high.koi_lower * 10 >= letters * 6) {
            return named("koi8-r");
        }
    }
    return named("windows-1252");
}

} // namespace

const Charset* guess_charset(std::string_view octets) {
    const std::string_view head = octets.substr(0, guess_window);
    if (const Charset* wide = guess_utf16(head)) {
        return wide;
    }
    const bool plain = std::ranges::none_of(head, [](char c) { return octet(c) >= 0x80; });
    if (plain && has_japanese_escape(head)) {
        return charset_of_name("iso-2022-jp");
    }
    const std::size_t valid = base::valid_utf8_prefix(head);
    // The window may end within a character.
    if (valid == head.size() || (head.size() < octets.size() && valid + 4 > head.size())) {
        return charset_of_name("utf-8");
    }
    return guess_legacy(head);
}

} // namespace mailcast::mime
