#include "text/cut.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::text {
namespace {

TEST(Cut, whole_lines_are_shown_and_the_rest_is_counted) {
    const struct {
        std::string_view text;
        std::size_t lines;
        std::size_t octets;
        std::string_view shown;
        std::size_t lines_left;
        std::size_t octets_left;
    } cases[] = {
        {"", 5, 5, "", 0, 0},
        {"a\nb\n", 2, 4, "a\nb\n", 0, 0},
        {"a\nb\nc", 2, 100, "a\nb", 1, 1},
        {"a\nb\nc\n", 2, 100, "a\nb", 1, 2},
        {"aa\nbb\ncc", 10, 5, "aa\nbb", 1, 2},
        {"aa\nbb\ncc", 10, 4, "aa", 2, 5},
        {"one two three", 10, 9, "one two", 1, 6},
        {"\xC3\xBC\xC3\xBC", 10, 3, "\xC3\xBC", 1, 2},
        {"a\nb", 0, 100, "", 2, 3},
    };

    for (const auto& c : cases) {
        const Cut cut = cut_at_line(c.text, c.lines, c.octets);
        EXPECT_EQ(cut.shown, c.shown) << c.text;
        EXPECT_EQ(cut.lines_left, c.lines_left) << c.text;
        EXPECT_EQ(cut.octets_left, c.octets_left) << c.text;
        EXPECT_EQ(cut.is_cut(), c.octets_left > 0) << c.text;
    }
}

TEST(Cut, lines_are_counted_wherever_they_end) {
    for (std::size_t length = 0; length < 40; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            std::string text(length, '\x8A'); // differs from LF in the high bit only
            text[at] = '\n';
            EXPECT_EQ(count_lines(text), at + 1 == length ? 1U : 2U);
        }
        EXPECT_EQ(count_lines(std::string(length, '\n')), length);
    }
}

} // namespace
} // namespace mailcast::text
