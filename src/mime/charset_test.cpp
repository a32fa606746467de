#include "base/utf8.h"
#include "mime/charset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {
namespace {

using namespace std::string_literals;

std::string decoded(std::string_view octets, std::string_view label) {
    TextDecoder decoder;
    std::string out;
    decoder.append(out, octets, label, 1'000'000);
    return out;
}

// The usual spelling is known before all others.
TEST(Charset, what_most_mail_says_is_found_as_its_other_spellings_are) {
    EXPECT_EQ(find_charset("utf-8"), find_charset(" utf-8"));
    EXPECT_EQ(find_charset("UTF-8"), find_charset("utf8"));
    EXPECT_NE(find_charset("utf-8"), nullptr);
}

// ASCII is copied; with a letter of more octets in front of it the same octets go the long way.
TEST(Charset, plain_ascii_is_decoded_as_it_is_beside_other_characters) {
    std::mt19937_64 random{31};
    constexpr std::string_view octets = "ab =~{}+-$B(J\r\n\t\x7F\x01";
    for (int i = 0; i < 5'000; ++i) {
        std::string text(random() % 200, ' ');
        std::ranges::generate(text, [&] { return octets[random() % octets.size()]; });
        for (const char* label : {"", "utf-8", "us-ascii", "no such set"}) {
            TextDecoder decoder;
            decoder.expect("koi8-r");
            std::string plain;
            decoder.append(plain, text, label, 150);
            std::string beside;
            decoder.append(beside, "\xC3\xBC" + text, label, 152);
            EXPECT_EQ("\xC3\xBC" + plain, beside) << label;
        }
    }
}

TEST(Charset, labels_in_all_their_spellings) {
    struct Case {
        const char* label;
        const char* name; // "" when it is unknown
    };

    for (const Case& c : std::vector<Case>{
             {"utf-8", "utf-8"},
             {"UTF8", "utf-8"},
             {"uft-8", "utf-8"},
             {"\"utf-8\"", "utf-8"},
             {"3Dutf-8", "utf-8"},
             {"utf-8;format=flowed", "utf-8"},
             {"us-ascii", "us-ascii"},
             {"3dus-ascii", "us-ascii"},
             {"ANSI_X3.4-1968", "us-ascii"},
             {"iso-8859-1", "windows-1252"},
             {"ISO8859-1", "windows-1252"},
             {"iso_8859-1:1987", ""},
             {"latin1", "windows-1252"},
             {"cp1251", "windows-1251"},
             {"win-1251", "windows-1251"},
             {"x-cp1250", "windows-1250"},
             {"cp852", "ibm852"},
             {"iso-8859-8-i", "iso-8859-8"},
             {"ks_c_5601-1987", "euc-kr"},
             {"gb2312", "gb18030"},
             {"x-sjis", "shift_jis"},
             {"_iso-2022-jp$esc", "iso-2022-jp"},
             {"unicode-1-1-utf-7", "utf-7"},
             {"unknown-8bit", ""},
             {"x-user-defined", ""},
             {"", ""},
             {"////", ""},
             {"utf-8//translit", ""},
             {"3diso-8859", "windows-1252"},
             {"default", ""},
         }) {
        const Charset* charset = find_charset(c.label);
        EXPECT_EQ(charset == nullptr ? "" : charset_name(*charset), c.name) << c.label;
    }
}

TEST(Charset, octets_become_utf_8) {
    struct Case {
        const char* what;
        std::string octets;
        std::string label;
        std::string text;
    };

    const std::vector<Case> cases = {
        {"ASCII", "abc", "us-ascii", "abc"},
        {"ASCII that is not", "\xC3\xA4", "us-ascii", "ä"},
        {"UTF-8 with a broken octet", "\xC3\xA4\xFF", "utf-8", "ä\uFFFD"},
        {"UTF-8 that is windows-1252", "gr\xFC\xDF", "utf-8", "grüß"},
        {"windows-1252", "\x80\x93\xE4\x94", "windows-1252", "€“ä”"},
        {"its five free places", "\x81", "windows-1252", "\u0081"},
        {"ISO-8859-1 means windows-1252", "\x93", "iso-8859-1", "“"},
        {"ISO-8859-15", "\xA4", "iso-8859-15", "€"},
        {"koi8-r", "\xF0\xD2\xC9", "koi8-r", "При"},
        {"shift_jis", "\x93\xFA\x96\x7B", "shift_jis", "日本"},
        {"gb2312", "\xC4\xE3\xBA\xC3", "gb2312", "你好"},
        {"big5", "\xA7\x41\xA6\x6E", "big5", "你好"},
        {"euc-kr", "\xB0\xA1", "ks_c_5601-1987", "가"},
        {"euc-jp", "\xC6\xFC", "euc-jp", "日"},
        {"cut in the middle", "\xC4\xE3\xBA", "gb2312", "你\uFFFD"},
        {"not of the set",
         "a\xFF"
         "b",
         "euc-jp",
         "a\uFFFD"
         "b"},
        {"ISO-2022-JP", "\x1B$BF|K\\\x1B(B!", "iso-2022-jp", "日本!"},
        {"its kana", "\x1B(I1\x1B(B", "iso-2022-jp", "ｱ"},
        {"its lost escape", "\x1B$BF|\nabc", "iso-2022-jp", "日\nabc"},
        {"a row of vendors", "\x1B$B-!\x1B(B", "iso-2022-jp", "①"},
        {"UTF-16 with mark",
         "\xFF\xFE"
         "a\0\x3D\xD8\x00\xDE"s,
         "utf-16", "a\U0001F600"},
        {"UTF-16 without mark", "\0a\0b"s, "utf-16", "ab"},
        {"UTF-16, little by its zeros", "a\0b\0"s, "utf-16", "ab"},
        {"UTF-16, half a pair", "\xD8\x3D\0a"s, "utf-16be",
         "\uFFFD"
         "a"},
        {"UTF-32", "\0\0\0a"s, "utf-32", "a"},
        {"UTF-7", "Hi Mom -+Jjo--!", "utf-7", "Hi Mom -☺-!"},
        {"UTF-7, plus", "1 +- 1", "utf-7", "1 + 1"},
        {"UTF-7, a plus in plain text", "a+b c", "utf-7", "a+b c"},
        {"UTF-7, pairs", "+2D3eAA-", "utf-7", "\U0001F600"},
        {"UTF-8 under another label",
         "gr\xC3\xBC\xC3\x9F"
         "e \xC3\xA4",
         "iso-8859-1", "grüße ä"},
        {"two octets that may be chance stay", "\xC3\xA4", "iso-8859-1", "Ã¤"},
        {"UTF-8 as ISO-2022-JP", "\xE6\x97\xA5", "iso-2022-jp", "日"},
        {"ASCII as UTF-16", "abcd", "utf-16", "abcd"},
        {"no label, UTF-8", "ä", "", "ä"},
        {"no label, windows-1252", "\xE4 x", "", "ä x"},
        {"no label, ISO-2022-JP", "\x1B$BF|\x1B(B", "", "日"},
        {"no label, UTF-16",
         "\xFF\xFE"
         "a\0b\0c\0d\0"s,
         "", "abcd"},
        {"no label, koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xC4\xC5\xCC\xC1", "",
         "Привет, как дела"},
        {"no label, windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0", "",
         "Привет, как дела"},
        {"no label, shift_jis", "\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", "", "こんにちは"},
        {"no label, western",
         "\xC4rger \xFC"
         "ber \xD6l, S\xFC\xDF"
         "es, M\xE4rz, gr\xF6\xDF"
         "er",
         "", "Ärger über Öl, Süßes, März, größer"},
        {"no label, EUC-JP",
         "\xA4\xB3\xA4\xEC\xA4\xCF\xC6\xFC\xCB\xDC\xB8\xEC\xA4\xCE\xCA\xB8\xBE\xCF\xA4\xC7\xA4\xB9",
         "", "これは日本語の文章です"},
        {"no label, Big5",
         "\xB3o\xACO\xA4@\xAD\xD3\xC1"
         "c\xC5\xE9\xA4\xA4\xA4\xE5\xAA\xBA\xB4\xFA\xB8\xD5\xA4\xE5\xB3\xB9",
         "", "這是一個繁體中文的測試文章"},
        {"no label, GBK",
         "\xD5\xE2\xCA\xC7\xD2\xBB\xB8\xF6\xBC\xF2\xCC\xE5\xD6\xD0\xCE\xC4\xB5\xC4\xB2\xE2\xCA\xD4"
         "\xCE\xC4\xD5\xC2",
         "", "这是一个简体中文的测试文章"},
        {"no label, EUC-KR",
         "\xC0\xCC\xB0\xCD\xC0\xBA \xC7\xD1\xB1\xB9\xBE\xEE \xBD\xC3\xC7\xE8 "
         "\xB9\xAE\xC0\xE5\xC0\xD4\xB4\xCF\xB4\xD9",
         "", "이것은 한국어 시험 문장입니다"},
        {"no label, capitals in windows-1251",
         "\xD1\xD0\xCE\xD7\xCD\xCE\xC5 \xD1\xCE\xCE\xC1\xD9\xC5\xCD\xC8\xC5", "",
         "СРОЧНОЕ СООБЩЕНИЕ"},
        {"no label, capitals in KOI8-R",
         "\xF3\xF2\xEF\xFE\xEE\xEF\xE5 \xF3\xEF\xEF\xE2\xFD\xE5\xEE\xE9\xE5", "",
         "СРОЧНОЕ СООБЩЕНИЕ"},
        {"no label, ISO-8859-5",
         "\xBF\xE0\xD8\xD2\xD5\xE2, \xDA\xD0\xDA \xD4\xD5\xDB\xD0 \xE3 \xD2\xD0\xE1", "",
         "Привет, как дела у вас"},
        {"no label, IBM866",
         "\x8F\xE0\xA8\xA2\xA5\xE2, \xAA\xA0\xAA \xA4\xA5\xAB\xA0 \xE3 \xA2\xA0\xE1", "",
         "Привет, как дела у вас"},
        {"no label, Greek",
         "\xCA\xE1\xEB\xE7\xEC\xDD\xF1\xE1 \xF3\xE1\xF2, \xE1\xF5\xF4\xFC \xE5\xDF\xED\xE1\xE9 "
         "\xDD\xED\xE1 \xEC\xDE\xED\xF5\xEC\xE1",
         "", "Καλημέρα σας, αυτό είναι ένα μήνυμα"},
        {"no label, few of the frequent letters",
         "\xC4\xEE\xE1\xF0\xFB\xE9 \xE4\xE5\xED\xFC, \xE2\xFB\xF1\xFB\xEB\xE0\xFE "
         "\xF1\xF7\xB8\xF2.",
         "", "Добрый день, высылаю счёт."},
        {"no label, the same in KOI8-R",
         "\xE4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8, \xD7\xD9\xD3\xD9\xCC\xC1\xC0 "
         "\xD3\xDE\xA3\xD4.",
         "", "Добрый день, высылаю счёт."},
        {"no label, Greek that looks like capitals of KOI8-R",
         "\xCF\xE9 \xEB\xEF\xE3\xE1\xF1\xE9\xE1\xF3\xEC\xEF\xDF \xF3\xE1\xF2", "",
         "Οι λογαριασμοί σας"},
        {"no label, umlauts side by side", "Test \xE4\xF6\xFC\xC4\xD6\xDC\xDF", "", "Test äöüÄÖÜß"},
        {"no label, Hebrew", "\xF9\xEC\xE5\xED \xEC\xEB\xE5\xEC\xED \xE6\xE4 \xEE\xF1\xF8", "",
         "שלום לכולם זה מסר"},
        {"no label, Thai",
         "\xCA\xC7\xD1\xCA\xB4\xD5\xA4\xC3\xD1\xBA "
         "\xB9\xD5\xE8\xA4\xD7\xCD\xA2\xE9\xCD\xA4\xC7\xD2\xC1",
         "", "สวัสดีครับ นี่คือข้อความ"},
        {"no label, Polish", "Za\xBF\xF3\xB3\xE6 g\xEA\x9Cl\xB9 ja\x9F\xF1, prosz\xEA", "",
         "Zażółć gęślą jaźń, proszę"},
        {"no label, Polish in ISO-8859-2",
         "Za\xBF\xF3\xB3\xE6 g\xEA\xB6l\xB1 ja\xBC\xF1, prosz\xEA", "",
         "Zażółć gęślą jaźń, proszę"},
        {"no label, French", "\xE9 \xE0 \xF9 gar\xE7on \xE9l\xE8ve tr\xE8s d\xE9j\xE0 re\xE7u", "",
         "é à ù garçon élève très déjà reçu"},
        {"no label, UTF-8 that was cut", "Юникод запрещен\xF1", "", "Юникод запрещен\uFFFD"},
        {"HZ", "~{Dc:C~} a~~b ~{Dc\n:C", "hz-gb-2312", "你好 a~b 你\n:C"},
        {"UTF-8 as HZ", "日", "hz-gb-2312", "日"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(decoded(c.octets, c.label), c.text) << c.what;
    }
}

TEST(Charset, every_octet_in_every_set_gives_valid_utf_8) {
    std::string octets;
    for (int round = 0; round < 3; ++round) {
        for (int c = 0; c < 256; ++c) {
            octets.push_back(static_cast<char>((c * (round == 0 ? 1 : 37 + round * 20)) & 0xFF));
        }
    }
    for (const std::string_view label :
         {"utf-8",      "us-ascii",    "windows-1252", "utf-16",        "utf-32",
          "utf-7",      "iso-2022-jp", "euc-jp",       "shift_jis",     "gb18030",
          "big5",       "big5-hkscs",  "euc-tw",       "euc-kr",        "johab",
          "hz-gb-2312", "iso-2022-kr", "iso-2022-cn",  "iso-2022-jp-2", "iso-8859-2",
          "iso-8859-7", "windows-874", "viscii",       "tcvn",          "ibm864",
          "ibm037",     "macintosh",   "koi8-r",       "windows-1258",  "armscii-8",
          "x-nonsense"}) {
        const std::string text = decoded(octets, label);
        EXPECT_TRUE(base::is_valid_utf8(text)) << label;
        EXPECT_FALSE(text.empty()) << label;
    }
}

TEST(Charset, what_is_expected_comes_before_a_guess_and_behind_what_is_sure) {
    TextDecoder decoder;
    decoder.expect("iso-8859-2");
    decoder.expect("utf-8");
    decoder.expect("");
    const auto read = [&decoder](std::string_view octets, std::string_view label) {
        std::string out;
        decoder.append(out, octets, label, 1'000);
        return out;
    };
    EXPECT_EQ(read("\xB3", ""), "ł");
    EXPECT_EQ(read("\xB3", "iso-8859-1"), "³");
    EXPECT_EQ(read("ł", ""), "ł");
    EXPECT_EQ(read("\x1B$BF|\x1B(B", ""), "日");
}

TEST(Charset, output_stops_at_the_limit) {
    for (const std::string_view label : {"utf-8", "windows-1252", "utf-16", "koi8-r", "utf-7"}) {
        TextDecoder decoder;
        std::string out;
        decoder.append(out, std::string(10'000, '\xE4'), label, 5);
        EXPECT_LE(out.size(), 5U) << label;
        EXPECT_TRUE(base::is_valid_utf8(out)) << label;
    }
}

} // namespace
} // namespace mailcast::mime
