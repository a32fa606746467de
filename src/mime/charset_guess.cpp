#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/charset.h"
#include "mime/charset_table.h"
#include "mime/unicode_forms.h"

#include <algorithm>
#include <array>
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
    std::size_t runs = 0;         // of high octets side by side
    std::size_t other = 0;        // 80-BF
    std::size_t gb_pairs = 0;     // lead B0-F7 and trail A1-FE: hanzi of level 1 and 2
    std::size_t hangul_pairs = 0; // lead B0-C8 and trail A1-FE
    std::size_t euc_kana = 0;     // lead A4 or A5
    bool pairs_fit = true;        // every run of octets reads as two-octet EUC characters
    std::array<std::size_t, 256> of{};
};

// Sets whose trail octets may be ASCII: their pairs are counted in a walk of their own.
struct Pairs {
    std::size_t all = 0;
    std::size_t frequent = 0;    // Shift_JIS: kana; Big5: hanzi of level 1
    std::size_t ascii_trail = 0; // 40-7E
    bool fit = true;             // no high octet is left over
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
            ++counts.of[c];
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
            counts.euc_kana += between(lead, 0xA4, 0xA5) ? 1U : 0U;
        }
        at = end;
    }
    return counts;
}

Pairs count_shift_jis(std::string_view octets) {
    Pairs pairs;
    for (std::size_t at = 0; at + 1 < octets.size(); ++at) {
        const std::uint8_t lead = octet(octets[at]);
        const std::uint8_t trail = octet(octets[at + 1]);
        if ((between(lead, 0x81, 0x9F) || between(lead, 0xE0, 0xFC)) &&
            between(trail, 0x40, 0xFC) && trail != 0x7F) {
            ++pairs.all;
            pairs.frequent += (lead == 0x82 && between(trail, 0x9F, 0xF1)) ||
                                      (lead == 0x83 && between(trail, 0x40, 0x96)) ||
                                      (lead == 0x81 && between(trail, 0x40, 0x5B))
                                  ? 1U
                                  : 0U;
            ++at;
        }
    }
    return pairs;
}

Pairs count_big5(std::string_view octets) {
    Pairs pairs;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const std::uint8_t lead = octet(octets[at]);
        if (lead < 0x80) {
            continue;
        }
        const std::uint8_t trail = at + 1 < octets.size() ? octet(octets[at + 1]) : std::uint8_t{0};
        if (!between(lead, 0xA1, 0xF9) ||
            !(between(trail, 0x40, 0x7E) || between(trail, 0xA1, 0xFE))) {
            pairs.fit = pairs.fit && at + 1 == octets.size();
            continue;
        }
        ++pairs.all;
        pairs.frequent += between(lead, 0xA4, 0xC6) ? 1U : 0U;
        pairs.ascii_trail += trail < 0x80 ? 1U : 0U;
        ++at;
    }
    return pairs;
}

// Alphabets of other scripts, one octet a letter: the letters that make up more than half of any text,
// small and capital.
struct Alphabet {
    std::string_view charset;
    std::string_view small;
    std::string_view capital;
};

constexpr std::array alphabets = {
    Alphabet{"windows-1251", "\xEE\xE5\xE0\xE8\xED\xF2\xF1\xF0\xE2\xEB",
             "\xCE\xC5\xC0\xC8\xCD\xD2\xD1\xD0\xC2\xCB"},
    Alphabet{"koi8-r", "\xCF\xC5\xC1\xC9\xCE\xD4\xD3\xD2\xD7\xCC",
             "\xEF\xE5\xE1\xE9\xEE\xF4\xF3\xF2\xF7\xEC"},
    Alphabet{"iso-8859-5", "\xDE\xD5\xD0\xD8\xDD\xE2\xE1\xE0\xD2\xDB",
             "\xBE\xB5\xB0\xB8\xBD\xC2\xC1\xC0\xB2\xBB"},
    Alphabet{"ibm866", "\xAE\xA5\xA0\xA8\xAD\xE2\xE1\xE0\xA2\xAB",
             "\x8E\x85\x80\x88\x8D\x92\x91\x90\x82\x8B"},
    Alphabet{"windows-1253", "\xE1\xEF\xE9\xE5\xF4\xF3\xED\xE7\xF5\xF1",
             "\xC1\xCF\xC9\xC5\xD4\xD3\xCD\xC7\xD5\xD1"},
    Alphabet{"windows-1255", "\xE9\xE5\xE4\xEC\xE0\xF8\xFA\xE1\xF9\xEE", ""},
    Alphabet{"windows-874", "\xD2\xB9\xC3\xCD\xA1\xE0\xE8\xE9\xA7\xC1\xC2\xC5\xC7\xD1\xD5", ""},
};

// The alphabet that fits best, and how many of all high octets are frequent letters of it.
struct Fit {
    std::string_view charset;
    std::size_t hits = 0;

    bool covers(std::size_t percent, const HighOctets& high) const {
        return hits * 100 >= high.count * percent;
    }
};

Fit best_alphabet(const HighOctets& high) {
    Fit best;
    std::size_t most = 0; // in tenths: a text that is all capitals is the less likely
    for (const Alphabet& alphabet : alphabets) {
        for (const std::string_view letters : {alphabet.small, alphabet.capital}) {
            std::size_t hits = 0;
            for (const char c : letters) {
                hits += high.of[octet(c)];
            }
            const std::size_t weighed = hits * (letters == alphabet.small ? 10 : 9);
            if (weighed > most) {
                most = weighed;
                best = {.charset = alphabet.charset, .hits = hits};
            }
        }
    }
    return best;
}

// Polish has letters where windows-1252 has signs, which do not stand behind a letter.
std::string_view guess_latin(std::string_view octets, const HighOctets& high) {
    constexpr std::string_view in_both = "\xB3\xBF";
    constexpr std::string_view in_windows = "\xB9\x9C\x9F";
    constexpr std::string_view in_iso = "\xB1\xB6\xBC";
    std::size_t windows = 0;
    std::size_t iso = 0;
    std::size_t both = 0;
    for (std::size_t at = 1; at < octets.size(); ++at) {
        const char before = octets[at - 1];
        if (octet(octets[at]) >= 0x80 && (base::is_alpha(before) || octet(before) >= 0xC0)) {
            both += in_both.contains(octets[at]) ? 1U : 0U;
            windows += in_windows.contains(octets[at]) ? 1U : 0U;
            iso += in_iso.contains(octets[at]) ? 1U : 0U;
        }
    }
    const std::size_t letters = both + std::max(windows, iso);
    if (letters >= 3 && std::max(windows, iso) > 0 && letters * 3 >= high.count) {
        return iso > windows ? "iso-8859-2" : "windows-1250";
    }
    return "windows-1252";
}

const Charset* guess_legacy(std::string_view octets) {
    constexpr std::size_t enough = 5;
    const HighOctets high = count_high(octets);
    const auto named = [](std::string_view name) { return charset_of_name(name); };
    if (high.count < enough) {
        return named("windows-1252");
    }
    const Pairs shift_jis = count_shift_jis(octets);
    if (shift_jis.all >= 4 && shift_jis.frequent * 10 >= shift_jis.all * 3) {
        return named("shift_jis");
    }
    const Pairs big5 = count_big5(octets);
    if (big5.fit && big5.all >= 4 && big5.frequent * 10 >= big5.all * 7 &&
        big5.ascii_trail * 8 >= big5.all) {
        return named("big5");
    }
    // Western text has single high octets within its words; the others have them side by side.
    if (high.count < high.runs * 3) {
        return named(guess_latin(octets, high));
    }
    const bool even = high.pairs_fit;
    if (even && high.euc_kana * 20 >= high.count * 3) {
        return named("euc-jp");
    }
    const Fit alphabet = best_alphabet(high);
    if (alphabet.covers(55, high)) {
        return named(alphabet.charset);
    }
    if (even && high.hangul_pairs * 20 >= high.count * 9) {
        return named("euc-kr");
    }
    if (even && high.gb_pairs * 5 >= high.count * 2 && high.other * 8 >= high.count) {
        return named("gb18030");
    }
    // A few words may have few of the frequent letters.  Western letters would hardly stand side by side.
    return named(alphabet.covers(45, high) ? alphabet.charset : "windows-1252");
}

// UTF-8 that was cut within a character, or has an octet of another set in it: the good characters are too many
// for chance.
bool is_damaged_utf8(std::string_view octets) {
    constexpr std::size_t enough = 3;
    constexpr std::size_t good_for_one_bad = 8;
    std::size_t good = 0;
    std::size_t bad = 0;
    for (std::size_t at = 0; at < octets.size();) {
        if (octet(octets[at]) < 0x80) {
            ++at;
        } else if (base::next_code_point(octets, at) == 0xFFFD) {
            ++bad;
        } else {
            ++good;
        }
    }
    return good >= enough && good >= bad * good_for_one_bad;
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
    return is_damaged_utf8(head) ? charset_of_name("utf-8") : guess_legacy(head);
}

} // namespace mailcast::mime
