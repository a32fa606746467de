#include "store/text_place.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::store {
namespace {

std::string with_crlf(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    }
    return out;
}

std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += "line number " + std::to_string(i) + "\n";
    }
    return text;
}

const std::string header = "Subject: line number 0\r\nFrom: a@b\r\n\r\n";

TEST(TextPlace, a_plain_body_is_found_and_read_back) {
    for (const std::string& tail :
         {std::string(), std::string("\r\n-- \r\nfooter"), std::string("x")}) {
        std::string text = lines(20);
        text.pop_back();
        const std::string content = header + with_crlf(text) + tail;
        const auto place = find_text(content, text);
        ASSERT_TRUE(place);
        EXPECT_EQ(place->offset, header.size());
        EXPECT_EQ(text_at(std::string_view(content).substr(place->offset, 2 * place->octets),
                          place->octets),
                  text);
    }
}

TEST(TextPlace, a_body_with_bare_line_feeds_is_read_back_the_same) {
    const std::string text = lines(20);
    const std::string content = header + text;
    const auto place = find_text(content, text);
    ASSERT_TRUE(place);
    EXPECT_EQ(text_at(std::string_view(content).substr(place->offset), place->octets), text);
}

TEST(TextPlace, a_later_part_is_found_behind_places_that_only_begin_alike) {
    const std::string text = lines(20);
    const std::string content = header + "line number 0\r\nother\r\n--b\r\n\r\n" + with_crlf(text);
    const auto place = find_text(content, text);
    ASSERT_TRUE(place);
    EXPECT_EQ(text_at(std::string_view(content).substr(place->offset), place->octets), text);
}

TEST(TextPlace, what_does_not_stand_there_is_not_found) {
    const std::string text = lines(20);
    EXPECT_FALSE(find_text(header + with_crlf(lines(19)) + "line number 20\r\n", text));
    EXPECT_FALSE(find_text(header, text));
    EXPECT_FALSE(find_text("", text));
    EXPECT_FALSE(find_text(header + "short\r\n", "short\n"));
    EXPECT_FALSE(find_text(header + "\r\n" + with_crlf(text), "\n" + text)) << "no probe";
    std::string lone = text;
    lone[5] = '\r';
    EXPECT_FALSE(find_text(header + with_crlf(lone), lone));
}

TEST(TextPlace, damaged_octets_give_nothing) {
    EXPECT_FALSE(text_at("too short", 100));
    EXPECT_FALSE(text_at("a\rb", 3));
    EXPECT_EQ(text_at("abc\r\nd", 5), "abc\nd");
    EXPECT_EQ(text_at("", 0), "");
}

} // namespace
} // namespace mailcast::store
