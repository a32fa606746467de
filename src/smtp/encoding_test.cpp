#include "smtp/encoding.h"
#include "smtp/parameters.h"
#include "smtp/reply.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mailcast::smtp {
namespace {

TEST(Xtext, decodes_plus_and_two_digits) {
    const std::vector<std::pair<std::string, std::optional<std::string>>> rows = {
        {"", ""},
        {"ada@example.org", "ada@example.org"},
        {"a+2Bb+3D", "a+b="},
        {"+2b", "+"},
        {"+C3+BC", "\xC3\xBC"},
        {"+00", std::string(1, '\0')},
        {"[UNAVAILABLE]", "[UNAVAILABLE]"},
        {"a+", std::nullopt},
        {"a+2", std::nullopt},
        {"a+2G", std::nullopt},
        {"a b", std::nullopt},
        {"\xC3\xBC", std::nullopt},
    };
    for (const auto& [text, decoded] : rows) {
        EXPECT_EQ(decode_xtext(text), decoded) << text;
    }
}

TEST(Base64, is_strict) {
    const std::vector<std::pair<std::string, std::optional<std::string>>> rows = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYmFy", "foobar"},
        {"AGFkYQBzZWNyZXQ=", std::string("\0ada\0secret", 11)},
        {"/+8=", "\xFF\xEF"},
        {"Zg=", std::nullopt},
        {"Zg", std::nullopt},
        {"Z===", std::nullopt},
        {"====", std::nullopt},
        {"Zh==", std::nullopt}, // bits left over
        {"Zm9v Zm9v", std::nullopt},
        {"Zm9v\r\n==", std::nullopt},
        {"Z=9v", std::nullopt},
        {"Zm-v", std::nullopt},
    };
    for (const auto& [text, decoded] : rows) {
        EXPECT_EQ(decode_base64(text), decoded) << text;
    }
}

std::string listed(std::string_view text) {
    Parameters parameters(text);
    std::string out;
    while (const auto parameter = parameters.next()) {
        out += '[';
        out += parameter->keyword;
        if (parameter->value) {
            out += '=';
            out += *parameter->value;
        }
        out += ']';
    }
    return parameters.malformed() ? out + "!" : out;
}

TEST(Parameters, are_keywords_with_or_without_a_value) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", ""},
        {"  ", ""},
        {" SIZE=1", "[SIZE=1]"},
        {"  SIZE=1   SMTPUTF8 ", "[SIZE=1][SMTPUTF8]"},
        {" X-y=<>;+2B", "[X-y=<>;+2B]"},
        {"SIZE=1", "!"},
        {" SIZE=", "!"},
        {" =1", "!"},
        {" -X", "!"},
        {" A=1 B=2=3", "[A=1]!"},
        {" A_B", "!"},
    };
    for (const auto& [text, expected] : rows) {
        EXPECT_EQ(listed(text), expected) << text;
    }
}

TEST(Reply, class_follows_the_code_and_the_text_stays_one_short_line) {
    const auto written = [](const mail::Status& status, ReplyText allowed) {
        std::string out;
        append_reply(out, status, allowed);
        return out;
    };
    EXPECT_EQ(written({.code = 550, .enhanced = {2, 1, 1}, .text = "no"}, ReplyText::ascii),
              "550 5.1.1 no\r\n");
    EXPECT_EQ(written({.code = 250, .enhanced = {}, .text = "a\r\n550 b\x7F"}, ReplyText::ascii),
              "250 2.0.0 a  550 b?\r\n");
    EXPECT_EQ(written({.code = 250, .enhanced = {}, .text = "\xC3\xBC"}, ReplyText::ascii),
              "250 2.0.0 ??\r\n");
    EXPECT_EQ(written({.code = 250, .enhanced = {}, .text = "\xC3\xBC"}, ReplyText::utf8),
              "250 2.0.0 \xC3\xBC\r\n");
    for (const int code : {0, -1, 99, 199, 354, 600, 1000}) {
        EXPECT_EQ(written({.code = code, .enhanced = {}, .text = "x"}, ReplyText::ascii),
                  "451 4.3.0 Internal error, try again later\r\n");
    }
    const std::string longest =
        written({.code = 550, .enhanced = {5, 65535, 65535}, .text = std::string(5000, 'x')},
                ReplyText::ascii);
    EXPECT_EQ(longest.size(), max_reply_line);
}

} // namespace
} // namespace mailcast::smtp
