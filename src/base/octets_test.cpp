#include "base/octets.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::base {
namespace {

// One octet of another kind is seen at every place, within blocks and behind the last of them.
TEST(Octets, one_of_another_kind_is_found_wherever_it_stands) {
    for (std::size_t length = 0; length < 3 * octet_block; ++length) {
        const auto is_x = [](unsigned char c) { return c == 'x'; };
        std::string text(length, 'x');
        EXPECT_TRUE(all_octets(text, is_x));
        EXPECT_EQ(count_octets(text, 'y'), 0U);
        for (std::size_t at = 0; at < length; ++at) {
            text[at] = static_cast<char>(at % 2 == 0 ? '\x80' : 'y');
            EXPECT_FALSE(all_octets(text, is_x)) << length << ' ' << at;
            EXPECT_EQ(count_octets(text, text[at]), 1U) << length << ' ' << at;
            EXPECT_EQ(count_octets(text, 'x'), length - 1) << length << ' ' << at;
            text[at] = 'x';
        }
    }
}

TEST(Octets, the_first_of_a_few_is_found) {
    for (const std::string_view text : {"", "a", "b", "aab", "xyz", "xxxa", "cba"}) {
        EXPECT_EQ(find_any(text, 'a', 'b'), text.find_first_of("ab")) << text;
    }
}

} // namespace
} // namespace mailcast::base
