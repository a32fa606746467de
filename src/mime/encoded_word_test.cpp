#include "mime/encoded_word.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mime {
namespace {

std::string decoded(std::string_view raw) {
    TextDecoder decoder;
    return decode_field_text(raw, decoder, 65'536);
}

TEST(EncodedWord, right_and_broken_forms_are_read) {
    struct Case {
        const char* what;
        std::string raw;
        std::string text;
    };

    const std::vector<Case> cases = {
        {"plain", " a\r\n\t b  c ", "a b c"},
        {"Q", "=?iso-8859-1?Q?a=E4_b?=", "aä b"},
        {"B", "=?utf-8?B?w6Q=?=", "ä"},
        {"lower case", "=?UTF-8?q?=c3=a4?= =?utf-8?b?w6Q=?=", "ää"},
        {"RFC 2047, 8: white space between words is not shown",
         "(=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=)", "(ab)"},
        {"RFC 2047, 8: but before text it is", "=?ISO-8859-1?Q?a?= b", "a b"},
        {"language", "=?us-ascii*en?q?x?=", "x"},
        {"a character cut between words", "=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"},
        {"a character cut between Q and B", "=?utf-8?Q?=C3?= =?UTF-8?B?pA==?=", "ä"},
        {"spaces within", "=?utf-8?Q?a b c?=", "a b c"},
        {"no space between words", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
        {"no space around words", "x=?utf-8?Q?a?=y", "xay"},
        {"in quotes", "\"=?utf-8?Q?a?=\"", "\"a\""},
        {"no end", "=?utf-8?Q?a=C3=A4", "=?utf-8?Q?a=C3=A4"},
        {"half an end", "=?utf-8?Q?a? b", "=?utf-8?Q?a? b"},
        {"no end before another", "=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b"},
        {"cut off within base64", "=?utf-8?B?broken", "=?utf-8?B?broken"},
        {"cut off behind another", "=?utf-8?B?w6Q=?= =?utf-8?B?broken", "ä =?utf-8?B?broken"},
        {"neither base64 nor UTF-8", "=?utf-8?B?broken?= x", "=?utf-8?B?broken?= x"},
        {"prose that says to be base64", "=?utf-8?B?not at all!?=", "=?utf-8?B?not at all!?="},
        {"windows-1252 that says to be UTF-8", "=?utf-8?B?R3L832U=?=", "Grüße"},
        {"base64 cut by a digit", "=?utf-8?B?w6R4w?=", "äx"},
        {"controls only", "a =?utf-8?B?AAECAwQ=?=", "a =?utf-8?B?AAECAwQ=?="},
        {"a character that is cut off", "=?utf-8?B?eCDwn44=?=", "x \uFFFD"},
        {"a character that is cut off, alone", "=?utf-8?B?8J+O?= x", "=?utf-8?B?8J+O?= x"},
        {"Shift_JIS that says to be ISO-2022-JP",
         "=?ISO-2022-JP?B?g2WDWINngsWCtw==?=", "テストです"},
        {"a question mark within", "=?utf-8?Q?why? really?=", "why? really"},
        {"empty", "a =?utf-8?Q??\x3D b", "a b"},
        {"escape first", "=?utf-8?Q?=41?=", "A"},
        {"bad escape", "=?utf-8?Q?=4?=", "=4"},
        {"bad base64", "=?utf-8?B?w6Q*?=", "ä"},
        {"base64 without padding", "=?utf-8?B?w6Q?=", "ä"},
        {"unknown set, UTF-8", "=?nonsense?Q?=C3=A4?=", "ä"},
        {"unknown set, not UTF-8", "=?nonsense?Q?=E4?=", "ä"},
        {"wrong label", "=?us-ascii?Q?=C3=A4?=", "ä"},
        {"unknown encoding stays", "=?utf-8?X?a?=", "=?utf-8?X?a?="},
        {"raw UTF-8", "gr\xC3\xBC\xC3\x9F", "grüß"},
        {"raw windows-1252", "gr\xFC\xDF \x80", "grüß €"},
        {"raw 8 bit and a word", "\xFC =?utf-8?Q?=C3=A4?=", "ü ä"},
        {"raw ISO-2022-JP", "\x1B$BF|K\\\x1B(B", "日本"},
        {"ISO-2022-JP", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
        {"koi8-r", "=?koi8-r?Q?=F0=D2?=", "Пр"},
        {"line end in a word", "=?utf-8?Q?a=0D=0AFrom:_x?=", "a From: x"},
        {"equals and question mark", "a =? b ?= c =?", "a =? b ?= c =?"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(decoded(c.raw), c.text) << c.what;
    }
}

TEST(EncodedWord, file_names_keep_their_blanks) {
    TextDecoder decoder;
    EXPECT_EQ(decode_field_text("a  b\r\n c", decoder, 100, Blanks::keep), "a  b c");
}

TEST(EncodedWord, text_stops_at_the_limit_and_stays_valid) {
    TextDecoder decoder;
    EXPECT_EQ(decode_field_text("=?utf-8?Q?=C3=A4=C3=A4?=", decoder, 3), "ä");
}

} // namespace
} // namespace mailcast::mime
