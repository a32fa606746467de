#include "mime/charset_table.h"

#include "base/ascii.h"
#include "mime/charset.h"

#include <array>
#include <string>

namespace mailcast::mime {

namespace {

using Kind = Charset::Kind;

// GB 2312, KS C 5601 and Shift_JIS are read as their supersets: that is what is sent under these names.
constexpr std::array charsets = {
    Charset{"us-ascii", Kind::ascii, ""},
    Charset{"utf-8", Kind::utf8, ""},
    Charset{"windows-1252", Kind::windows_1252, ""},
    Charset{"utf-16", Kind::utf16, ""},
    Charset{"utf-16le", Kind::utf16le, ""},
    Charset{"utf-16be", Kind::utf16be, ""},
    Charset{"utf-32", Kind::utf32, ""},
    Charset{"utf-7", Kind::utf7, ""},
    Charset{"iso-2022-jp", Kind::iso_2022_jp, "EUC-JP-MS"},
    Charset{"euc-jp", Kind::converted, "EUC-JP-MS"},
    Charset{"shift_jis", Kind::converted, "CP932"},
    Charset{"gb18030", Kind::converted, "GB18030"},
    Charset{"big5", Kind::converted, "CP950"},
    Charset{"big5-hkscs", Kind::converted, "BIG5-HKSCS"},
    Charset{"euc-tw", Kind::converted, "EUC-TW"},
    Charset{"euc-kr", Kind::converted, "CP949"},
    Charset{"johab", Kind::converted, "JOHAB"},
    Charset{"hz-gb-2312", Kind::hz, ""},
    Charset{"iso-2022-kr", Kind::converted, "ISO-2022-KR"},
    Charset{"iso-2022-cn", Kind::converted, "ISO-2022-CN"},
    Charset{"iso-2022-jp-2", Kind::converted, "ISO-2022-JP-2"},
    Charset{"iso-8859-2", Kind::converted, "ISO-8859-2"},
    Charset{"iso-8859-3", Kind::converted, "ISO-8859-3"},
    Charset{"iso-8859-4", Kind::converted, "ISO-8859-4"},
    Charset{"iso-8859-5", Kind::converted, "ISO-8859-5"},
    Charset{"iso-8859-6", Kind::converted, "ISO-8859-6"},
    Charset{"iso-8859-7", Kind::converted, "ISO-8859-7"},
    Charset{"iso-8859-8", Kind::converted, "ISO-8859-8"},
    Charset{"windows-1254", Kind::converted, "CP1254"},
    Charset{"iso-8859-10", Kind::converted, "ISO-8859-10"},
    Charset{"windows-874", Kind::converted, "CP874"},
    Charset{"iso-8859-13", Kind::converted, "ISO-8859-13"},
    Charset{"iso-8859-14", Kind::converted, "ISO-8859-14"},
    Charset{"iso-8859-15", Kind::converted, "ISO-8859-15"},
    Charset{"iso-8859-16", Kind::converted, "ISO-8859-16"},
    Charset{"windows-1250", Kind::converted, "CP1250"},
    Charset{"windows-1251", Kind::converted, "CP1251"},
    Charset{"windows-1253", Kind::converted, "CP1253"},
    Charset{"windows-1255", Kind::converted, "CP1255"},
    Charset{"windows-1256", Kind::converted, "CP1256"},
    Charset{"windows-1257", Kind::converted, "CP1257"},
    Charset{"windows-1258", Kind::converted, "CP1258"},
    Charset{"koi8-r", Kind::converted, "KOI8-R"},
    Charset{"koi8-u", Kind::converted, "KOI8-U"},
    Charset{"koi8-t", Kind::converted, "KOI8-T"},
    Charset{"ibm437", Kind::converted, "IBM437"},
    Charset{"ibm850", Kind::converted, "IBM850"},
    Charset{"ibm852", Kind::converted, "IBM852"},
    Charset{"ibm855", Kind::converted, "IBM855"},
    Charset{"ibm857", Kind::converted, "IBM857"},
    Charset{"ibm860", Kind::converted, "IBM860"},
    Charset{"ibm861", Kind::converted, "IBM861"},
    Charset{"ibm862", Kind::converted, "IBM862"},
    Charset{"ibm863", Kind::converted, "IBM863"},
    Charset{"ibm864", Kind::converted, "IBM864"},
    Charset{"ibm865", Kind::converted, "IBM865"},
    Charset{"ibm866", Kind::converted, "IBM866"},
    Charset{"ibm869", Kind::converted, "IBM869"},
    Charset{"ibm037", Kind::converted, "IBM037"},
    Charset{"macintosh", Kind::converted, "MACINTOSH"},
    Charset{"x-mac-cyrillic", Kind::converted, "MAC-UK"},
    Charset{"x-mac-ce", Kind::converted, "MAC-CENTRALEUROPE"},
    Charset{"viscii", Kind::converted, "VISCII"},
    Charset{"tcvn", Kind::converted, "TCVN"},
    Charset{"armscii-8", Kind::converted, "ARMSCII-8"},
    Charset{"georgian-ps", Kind::converted, "GEORGIAN-PS"},
    Charset{"pt154", Kind::converted, "PT154"},
};

struct Alias {
    std::string_view label; // lower case, without - _ . : and blanks
    std::string_view name;
};

constexpr std::array aliases = {
    Alias{"utf8", "utf-8"},
    Alias{"usascii", "us-ascii"},
    Alias{"iso88591", "windows-1252"},
    Alias{"windows1252", "windows-1252"},
    Alias{"iso885915", "iso-8859-15"},
    Alias{"gb2312", "gb18030"},
    Alias{"gbk", "gb18030"},
    Alias{"iso2022jp", "iso-2022-jp"},
    Alias{"shiftjis", "shift_jis"},
    Alias{"big5", "big5"},
    Alias{"euckr", "euc-kr"},
    Alias{"koi8r", "koi8-r"},
    Alias{"ascii", "us-ascii"},
    Alias{"us", "us-ascii"},
    Alias{"7bit", "us-ascii"},
    Alias{"ansix341968", "us-ascii"},
    Alias{"iso646us", "us-ascii"},
    Alias{"iso646", "us-ascii"},
    Alias{"csascii", "us-ascii"},
    Alias{"ibm367", "us-ascii"},
    Alias{"cp367", "us-ascii"},
    Alias{"uft8", "utf-8"},
    Alias{"utf8mb4", "utf-8"},
    Alias{"unicode11utf8", "utf-8"},
    Alias{"cp65001", "utf-8"},
    Alias{"utf8signature", "utf-8"},
    Alias{"latin1", "windows-1252"},
    Alias{"l1", "windows-1252"},
    Alias{"latin", "windows-1252"},
    Alias{"iso8859", "windows-1252"},
    Alias{"88591", "windows-1252"},
    Alias{"isoir100", "windows-1252"},
    Alias{"isolatin1", "windows-1252"},
    Alias{"csisolatin1", "windows-1252"},
    Alias{"ibm819", "windows-1252"},
    Alias{"cp819", "windows-1252"},
    Alias{"cp1252", "windows-1252"},
    Alias{"win1252", "windows-1252"},
    Alias{"windowscp1252", "windows-1252"},
    Alias{"ansi", "windows-1252"},
    Alias{"western", "windows-1252"},
    Alias{"unicode", "utf-16"},
    Alias{"ucs2", "utf-16"},
    Alias{"iso10646ucs2", "utf-16"},
    Alias{"utf16", "utf-16"},
    Alias{"ucs4", "utf-32"},
    Alias{"unicode11utf7", "utf-7"},
    Alias{"unicode20utf7", "utf-7"},
    Alias{"csunicode11utf7", "utf-7"},
    Alias{"csiso2022jp", "iso-2022-jp"},
    Alias{"iso2022jpms", "iso-2022-jp"},
    Alias{"cp50220", "iso-2022-jp"},
    Alias{"cp50221", "iso-2022-jp"},
    Alias{"iso2022jp1", "iso-2022-jp"},
    Alias{"jis", "iso-2022-jp"},
    Alias{"sjis", "shift_jis"},
    Alias{"mskanji", "shift_jis"},
    Alias{"windows31j", "shift_jis"},
    Alias{"cp932", "shift_jis"},
    Alias{"csshiftjis", "shift_jis"},
    Alias{"ujis", "euc-jp"},
    Alias{"eucjpms", "euc-jp"},
    Alias{"cseucpkdfmtjapanese", "euc-jp"},
    Alias{"gb231280", "gb18030"},
    Alias{"euccn", "gb18030"},
    Alias{"chinese", "gb18030"},
    Alias{"csgb2312", "gb18030"},
    Alias{"csiso58gb231280", "gb18030"},
    Alias{"cp936", "gb18030"},
    Alias{"ms936", "gb18030"},
    Alias{"gb180302000", "gb18030"},
    Alias{"windows936", "gb18030"},
    Alias{"hz", "hz-gb-2312"},
    Alias{"hzgb", "hz-gb-2312"},
    Alias{"cnbig5", "big5"},
    Alias{"csbig5", "big5"},
    Alias{"cp950", "big5"},
    Alias{"bigfive", "big5"},
    Alias{"ksc56011987", "euc-kr"},
    Alias{"ksc56011989", "euc-kr"},
    Alias{"ksc5601", "euc-kr"},
    Alias{"ksx1001", "euc-kr"},
    Alias{"korean", "euc-kr"},
    Alias{"cskisc56011987", "euc-kr"},
    Alias{"csksc56011987", "euc-kr"},
    Alias{"cseuckr", "euc-kr"},
    Alias{"windows949", "euc-kr"},
    Alias{"cp949", "euc-kr"},
    Alias{"uhc", "euc-kr"},
    Alias{"isoir149", "euc-kr"},
    Alias{"latin2", "iso-8859-2"},
    Alias{"l2", "iso-8859-2"},
    Alias{"isolatin2", "iso-8859-2"},
    Alias{"csisolatin2", "iso-8859-2"},
    Alias{"latin3", "iso-8859-3"},
    Alias{"latin4", "iso-8859-4"},
    Alias{"cyrillic", "iso-8859-5"},
    Alias{"arabic", "iso-8859-6"},
    Alias{"greek", "iso-8859-7"},
    Alias{"hebrew", "iso-8859-8"},
    Alias{"iso88598i", "iso-8859-8"},
    Alias{"iso88598e", "iso-8859-8"},
    Alias{"iso88599", "windows-1254"},
    Alias{"latin5", "windows-1254"},
    Alias{"latin6", "iso-8859-10"},
    Alias{"iso885911", "windows-874"},
    Alias{"tis620", "windows-874"},
    Alias{"dos874", "windows-874"},
    Alias{"latin9", "iso-8859-15"},
    Alias{"latin0", "iso-8859-15"},
    Alias{"koi8", "koi8-r"},
    Alias{"koi", "koi8-r"},
    Alias{"koi8ru", "koi8-u"},
    Alias{"dos437", "ibm437"},
    Alias{"437", "ibm437"},
    Alias{"850", "ibm850"},
    Alias{"866", "ibm866"},
    Alias{"mac", "macintosh"},
    Alias{"macroman", "macintosh"},
    Alias{"xmacroman", "macintosh"},
    Alias{"maccyrillic", "x-mac-cyrillic"},
    Alias{"xmacukrainian", "x-mac-cyrillic"},
    Alias{"xmaccentraleurroman", "x-mac-ce"},
};

// A label without what differs between its spellings.
struct Key {
    static constexpr std::size_t capacity = 32;
    std::array<char, capacity> letters{};
    std::size_t size = 0;

    constexpr std::string_view view() const { return {letters.data(), size}; }
};

constexpr Key key_of(std::string_view label) {
    Key key;
    for (const char raw : label) {
        const char c = base::to_lower(raw);
        if (base::is_alnum(c)) {
            if (key.size == Key::capacity) {
                return {};
            }
            key.letters[key.size++] = c;
        } else if (key.size > 0 && (c == '$' || c == '*' || c == ';' || c == ',' || c == '(')) {
            break; // a language (RFC 2231, 5), a comment, an escape of one mail program
        }
    }
    return key;
}

constexpr std::array<Key, charsets.size()> make_keys() {
    std::array<Key, charsets.size()> keys{};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        keys[i] = key_of(charsets[i].name);
    }
    return keys;
}

constexpr auto keys = make_keys();

const Charset* by_key(std::string_view key) {
    for (const Alias& alias : aliases) {
        if (alias.label == key) {
            return charset_of_name(alias.name);
        }
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].view() == key) {
            return &charsets[i];
        }
    }
    return nullptr;
}

} // namespace

const Charset* charset_of_name(std::string_view name) {
    for (const Charset& charset : charsets) {
        if (charset.name == name) {
            return &charset;
        }
    }
    return nullptr;
}

const Charset* find_charset(std::string_view label) {
    // What most mail says, before all its spellings.
    static const Charset* const utf_8 = charset_of_name("utf-8");
    if (base::iequals(label, utf_8->name)) {
        return utf_8;
    }
    const Key key = key_of(label);
    std::string_view rest = key.view();
    if (rest.empty()) {
        return nullptr;
    }
    if (const Charset* found = by_key(rest)) {
        return found;
    }
    // "3Dutf-8" is what is left of "=3Dutf-8" where a program decoded the header twice or not at all.
    if (rest.starts_with("3d")) {
        return by_key(rest.substr(2));
    }
    if (rest.starts_with("x")) {
        rest.remove_prefix(1);
        if (const Charset* found = by_key(rest)) {
            return found;
        }
    }
    // "cp1251", "win1251" and "ibm1251" for windows-1251, "cp852" for ibm852.
    for (const std::string_view prefix : {"cp", "win", "windowscp", "ibm", "ms", "windows"}) {
        if (rest.starts_with(prefix)) {
            const std::string_view number = rest.substr(prefix.size());
            for (const std::string_view family : {"windows", "ibm"}) {
                if (const Charset* found = by_key(std::string(family).append(number))) {
                    return found;
                }
            }
        }
    }
    return nullptr;
}

std::string_view charset_name(const Charset& charset) {
    return charset.name;
}

} // namespace mailcast::mime
