#include "mime/parameter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mime {
namespace {

TEST(ParameterList, file_names_in_all_their_spellings) {
    struct Case {
        const char* what;
        std::string field;
        std::string name;
    };

    const std::vector<Case> cases = {
        {"token", "attachment; filename=a.txt", "a.txt"},
        {"quoted", "attachment; filename=\"a;b \\\"c\\\".txt\"", "a;b \"c\".txt"},
        {"backslashes", "x; filename=\"C:\\TEMP\\x.png\"", "C:TEMPx.png"},
        {"blanks, not quoted", "x; filename=a b (1).txt; size=3", "a b (1).txt"},
        {"forgotten semicolon", "x; filename=a.txt size=3", "a.txt"},
        {"forgotten quote", "x; filename=\"a b.txt; size=3", "a b.txt"},
        {"folded", "x;\r\n\tfilename=\"a\r\n b.txt\"", "a b.txt"},
        {"spaces around =", "x; filename = \"a.txt\" ;", "a.txt"},
        {"comments", "x (y; filename=no) ; (a (b)) filename=a.txt", "a.txt"},
        {"comment before the value", "x; filename=(a)\"b\"(c)", "b"},
        {"RFC 2231", "x; filename*=utf-8'de'%C3%A4.txt", "ä.txt"},
        {"RFC 2231, other set", "x; filename*=iso-8859-1''%E4.txt", "ä.txt"},
        {"RFC 2231, quoted all the same", "x; filename*=\"utf-8''%C3%A4.txt\"", "ä.txt"},
        {"RFC 2231, nothing declared", "x; filename*=%C3%A4.txt", "ä.txt"},
        {"percent errors", "x; filename*=utf-8''%C3%A4%zz%4", "ä%zz%4"},
        {"continuations", "x; filename*0=\"a b\"; filename*1=c.txt", "a bc.txt"},
        {"out of order", "x; filename*1=c.txt; filename*0*=utf-8''%C3%A4", "äc.txt"},
        {"cut within a character", "x; filename*0*=utf-8''%C3; filename*1*=%A4.txt", "ä.txt"},
        {"a gap", "x; filename*0=a; filename*2=c", "ac"},
        {"twice", "x; filename*0=a; filename*0=b", "a"},
        {"beside a plain one", "x; filename=\"?.txt\"; filename*=utf-8''%C3%A4.txt", "ä.txt"},
        {"apostrophe in the name", "x; filename*=utf-8''a'b", "a'b"},
        {"RFC 2047 in quotes", "x; filename=\"=?utf-8?Q?=C3=A4.txt?=\"", "ä.txt"},
        {"RFC 2047 in two words", "x; filename=\"=?utf-8?Q?a_?=\r\n =?utf-8?Q?b?=\"", "a b"},
        {"RFC 2047 without quotes", "x; filename==?utf-8?Q?=C3=A4.txt?=", "ä.txt"},
        {"RFC 2047 in continuations", "x; filename*0=\"=?utf-8?Q?=C3\"; filename*1=\"=A4?=\"", "ä"},
        {"raw UTF-8", "x; filename=\"\xC3\xA4.txt\"", "ä.txt"},
        {"raw windows-1252", "x; filename=\"\xE4.txt\"", "ä.txt"},
        {"empty", "x; filename=\"\"", ""},
        {"nothing before it", "; filename=a", "a"},
        {"only semicolons", ";;; filename=a;;;", "a"},
    };
    TextDecoder decoder;
    ParameterList list;
    for (const Case& c : cases) {
        list.read(c.field, {});
        EXPECT_EQ(list.text("filename", decoder), c.name) << c.what;
    }
}

TEST(ParameterList, tokens_and_values) {
    TextDecoder decoder;
    ParameterList list;
    list.read(" text/plain (really) ; CharSet=us-ascii (plain); boundary=\"a b\"; x", {});
    EXPECT_EQ(list.value(), "text/plain");
    EXPECT_EQ(list.token("charset", decoder), "us-ascii");
    EXPECT_EQ(list.token("boundary", decoder), "a b");
    EXPECT_EQ(list.token("x", decoder), "");
    EXPECT_FALSE(list.has("x"));
    EXPECT_EQ(list.text("filename", decoder), std::nullopt);

    list.read("text/plain charset=utf-8", {});
    EXPECT_EQ(list.value(), "text/plain");
    EXPECT_EQ(list.token("charset", decoder), "utf-8");
}

TEST(ParameterList, number_of_parameters_is_limited) {
    ParameterList list;
    list.read("x; a=1; b=2", {.parameters = 2, .text = 100});
    EXPECT_FALSE(list.is_over_limit());
    list.read("x; a=1; b=2; c=3", {.parameters = 2, .text = 100});
    EXPECT_TRUE(list.is_over_limit());
    EXPECT_TRUE(list.has("b"));
    EXPECT_FALSE(list.has("c"));
}

} // namespace
} // namespace mailcast::mime
