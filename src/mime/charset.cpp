#include "mime/charset.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "base/utf8.h"
#include "mime/charset_table.h"
#include "mime/unicode_forms.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iconv.h>

namespace mailcast::mime {

namespace {

constexpr std::uint8_t octet(char c) {
    return static_cast<std::uint8_t>(c);
}

// The upper half of windows-1252 where it differs from ISO-8859-1.  The five free places are read
// as the C1 controls, as browsers do: nothing is lost.
constexpr std::array<std::uint16_t, 32> windows_1252_high = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

void append_windows_1252(std::string& out, std::string_view octets, std::size_t max) {
    for (std::size_t at = 0; at < octets.size() && out.size() < max;) {
        std::size_t run = at;
        while (run < octets.size() && octet(octets[run]) < 0x80) {
            ++run;
        }
        out.append(octets.substr(at, std::min(run - at, max - out.size())));
        at = run;
        for (; at < octets.size() && octet(octets[at]) >= 0x80; ++at) {
            const std::uint8_t c = octet(octets[at]);
            base::append_utf8(out, c < 0xA0 ? windows_1252_high[c - 0x80U] : c);
        }
    }
}

void append_repaired_utf8(std::string& out, std::string_view octets, std::size_t max) {
    for (std::size_t at = 0; at < octets.size() && out.size() < max;) {
        const std::size_t good = base::valid_utf8_prefix(octets.substr(at));
        out.append(octets.substr(at, good));
        at += good;
        if (at < octets.size()) {
            base::append_utf8(out, base::next_code_point(octets, at));
        }
    }
}

void cut(std::string& out, std::size_t max) {
    if (out.size() > max) {
        out.resize(base::utf8_prefix(out, max).size());
    }
}

bool is_ascii(std::string_view octets) {
    return base::all_octets(octets, [](unsigned char c) { return c < 0x80; });
}

// ASCII without what could give away a set of seven bits or UTF-16.
bool is_plain_ascii(std::string_view octets) {
    return base::all_octets(octets,
                            [](unsigned char c) { return (c > 0) & (c < 0x80) & (c != 0x1B); });
}

// True when the octets speak louder than the label: UTF-8 with some characters of two and more octets is
// never by chance, and UTF-16 without a mark and without a zero octet, in printable ASCII, is ASCII.
bool contradicts(const Charset& charset, std::string_view octets) {
    constexpr std::size_t enough = 3;
    switch (charset.kind) {
    case Charset::Kind::windows_1252:
    case Charset::Kind::converted:
        return count_utf8_sequences(octets, enough) >= enough;
    case Charset::Kind::iso_2022_jp:
        if (!is_ascii(octets) && octets.find('\x1B') == std::string_view::npos) {
            return true; // Shift_JIS or EUC-JP under the label that mail has always had
        }
        return count_utf8_sequences(octets, 1) > 0;
    case Charset::Kind::hz:
    case Charset::Kind::utf7: // all have seven bits only
        return count_utf8_sequences(octets, 1) > 0;
    case Charset::Kind::utf16:
        return is_ascii(octets) && octets.find('\0') == std::string_view::npos;
    default:
        return false;
    }
}

} // namespace

TextDecoder::~TextDecoder() {
    for (const Converter& converter : converters_) {
        if (converter.descriptor != nullptr) {
            iconv_close(converter.descriptor);
        }
    }
}

void* TextDecoder::converter_for(const Charset& charset) {
    for (const Converter& converter : converters_) {
        if (converter.charset == &charset) {
            return converter.descriptor;
        }
    }
    if (converters_.size() == max_converters) {
        return nullptr;
    }
    void* descriptor = iconv_open("UTF-8", charset.iconv_name);
    if (std::bit_cast<std::intptr_t>(descriptor) == -1) {
        descriptor = nullptr;
    }
    converters_.push_back({.charset = &charset, .descriptor = descriptor});
    return descriptor;
}

void TextDecoder::append_converted(std::string& out, std::string_view octets,
                                   const Charset& charset, std::size_t max) {
    void* descriptor = converter_for(charset);
    if (descriptor == nullptr) {
        // The set is not installed here, or there were too many: what is ASCII in it can still be read.
        append_repaired_utf8(out, octets, max);
        return;
    }
    iconv(descriptor, nullptr, nullptr, nullptr, nullptr);
    std::array<char, 4096> buffer{};
    // iconv does not write to its input, but its type does not say so.
    char* in = const_cast<char*>(octets.data());
    std::size_t in_left = octets.size();
    while (in_left > 0 && out.size() < max) {
        char* to = buffer.data();
        std::size_t to_left = buffer.size();
        const std::size_t before = in_left;
        const std::size_t result = iconv(descriptor, &in, &in_left, &to, &to_left);
        const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
        const std::size_t made = buffer.size() - to_left;
        out.append(buffer.data(), made);
        if (error == EINVAL) {
            base::append_utf8(out, 0xFFFD); // cut in the middle of a character
            break;
        }
        if (error == EILSEQ || (error != 0 && before == in_left && made == 0)) {
            base::append_utf8(out, 0xFFFD);
            ++in;
            --in_left;
        }
    }
    // A last character may wait for a combining one.
    char* to = buffer.data();
    std::size_t to_left = buffer.size();
    iconv(descriptor, nullptr, nullptr, &to, &to_left);
    out.append(buffer.data(), buffer.size() - to_left);
}

// RFC 1468, with the JIS X 0201 kana and JIS X 0212 that are sent as well: rewritten as EUC-JP, which
// iconv knows with the characters that vendors added.
void TextDecoder::append_iso_2022_jp(std::string& out, std::string_view octets, std::size_t max) {
    enum class Set { ascii, kana, jis_0208, jis_0212 };
    Set set = Set::ascii;
    std::string euc;
    euc.reserve(octets.size());
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const char c = octets[at];
        if (c == '\x1B') {
            const std::string_view rest = octets.substr(at + 1);
            if (rest.starts_with("(B") || rest.starts_with("(J") || rest.starts_with("(H")) {
                set = Set::ascii;
                at += 2;
            } else if (rest.starts_with("(I")) {
                set = Set::kana;
                at += 2;
            } else if (rest.starts_with("$(D")) {
                set = Set::jis_0212;
                at += 3;
            } else if (rest.starts_with("$@") || rest.starts_with("$B")) {
                set = Set::jis_0208;
                at += 2;
            } else if (rest.starts_with("$(B") || rest.starts_with("$(@")) {
                set = Set::jis_0208;
                at += 3;
            } else if (rest.starts_with("$A") || rest.starts_with("$(C") || rest.starts_with(".")) {
                // Chinese, Korean or Greek within Japanese: RFC 1554.
                append_converted(out, octets, *charset_of_name("iso-2022-jp-2"), max);
                return;
            } else {
                euc.push_back(c);
            }
            continue;
        }
        if (c == '\n' || c == '\r') {
            set = Set::ascii; // a line begins in ASCII, also when the escape was lost
            euc.push_back(c);
        } else if (set == Set::ascii || octet(c) <= 0x20 || octet(c) >= 0x7F) {
            euc.push_back(c);
        } else if (set == Set::kana) {
            euc.push_back('\x8E');
            euc.push_back(static_cast<char>(octet(c) | 0x80U));
        } else {
            if (set == Set::jis_0212) {
                euc.push_back('\x8F');
            }
            euc.push_back(static_cast<char>(octet(c) | 0x80U));
            if (at + 1 < octets.size() && octet(octets[at + 1]) > 0x20 &&
                octet(octets[at + 1]) < 0x7F) {
                euc.push_back(static_cast<char>(octet(octets[++at]) | 0x80U));
            }
        }
    }
    append_converted(out, euc, *charset_of_name("euc-jp"), max);
}

// RFC 1843: "~{" begins pairs of seven bits in GB 2312, "~}" and a line end end them, "~~" is "~".
void TextDecoder::append_hz(std::string& out, std::string_view octets, std::size_t max) {
    std::string gb;
    gb.reserve(octets.size());
    bool pairs = false;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const char c = octets[at];
        const char next = at + 1 < octets.size() ? octets[at + 1] : '\0';
        if (c == '~' && (next == '{' || next == '}')) {
            pairs = next == '{';
            ++at;
        } else if (c == '~' && next == '~' && !pairs) {
            gb.push_back(c);
            ++at;
        } else if (c == '~' && next == '\n' && !pairs) {
            ++at; // a line that goes on
        } else if (pairs && octet(c) > 0x20 && octet(c) < 0x7F && octet(next) > 0x20 &&
                   octet(next) < 0x7F) {
            gb.push_back(static_cast<char>(octet(c) | 0x80U));
            gb.push_back(static_cast<char>(octet(next) | 0x80U));
            ++at;
        } else {
            pairs = pairs && c != '\n';
            gb.push_back(c);
        }
    }
    append_converted(out, gb, *charset_of_name("gb18030"), max);
}

void TextDecoder::append_as(std::string& out, std::string_view octets, const Charset& charset,
                            std::size_t max) {
    using Kind = Charset::Kind;
    switch (charset.kind) {
    case Kind::ascii:
    case Kind::utf8:
        append_repaired_utf8(out, octets, max);
        break;
    case Kind::windows_1252:
        append_windows_1252(out, octets, max);
        break;
    case Kind::utf16:
        append_utf16(out, octets, guess_utf16_order(octets), max);
        break;
    case Kind::utf16le:
        append_utf16(out, octets, ByteOrder::little, max);
        break;
    case Kind::utf16be:
        append_utf16(out, octets, ByteOrder::big, max);
        break;
    case Kind::utf32:
        append_utf32(out, octets, max);
        break;
    case Kind::utf7:
        append_utf7(out, octets, max);
        break;
    case Kind::iso_2022_jp:
        append_iso_2022_jp(out, octets, max);
        break;
    case Kind::hz:
        append_hz(out, octets, max);
        break;
    case Kind::converted:
        append_converted(out, octets, charset, max);
        break;
    }
}

void TextDecoder::expect(std::string_view label) {
    const Charset* charset = find_charset(label);
    if (charset != nullptr && charset->kind == Charset::Kind::converted) {
        expected_ = charset;
    }
}

const Charset* TextDecoder::guess(std::string_view octets) const {
    const Charset* charset = guess_charset(octets);
    const bool is_sure =
        charset->kind != Charset::Kind::windows_1252 && charset->kind != Charset::Kind::converted;
    return is_sure || expected_ == nullptr ? charset : expected_;
}

void TextDecoder::append(std::string& out, std::string_view octets, std::string_view label,
                         std::size_t max) {
    using Kind = Charset::Kind;
    if (out.size() >= max) {
        return;
    }
    const Charset* charset = label.empty() ? nullptr : find_charset(label);
    if ((charset == nullptr || charset->kind == Kind::ascii || charset->kind == Kind::utf8) &&
        is_plain_ascii(octets)) {
        out.append(octets); // most mail; all that follows would come to the same
        cut(out, max);
        return;
    }
    if (charset == nullptr || (charset->kind == Kind::ascii && !is_ascii(octets))) {
        charset = guess(octets);
    } else if (charset->kind == Kind::ascii && octets.find('\x1B') != std::string_view::npos) {
        charset = guess(octets);
    } else if (charset->kind == Kind::utf8) {
        const std::size_t good = base::valid_utf8_prefix(octets);
        if (good < octets.size() && !has_utf8_sequence(octets)) {
            charset = guess(octets);
        } else {
            out.append(octets.substr(0, good));
            octets.remove_prefix(good);
        }
    } else if (contradicts(*charset, octets)) {
        charset = guess(octets);
    }
    append_as(out, octets, *charset, max);
    cut(out, max);
}

} // namespace mailcast::mime
