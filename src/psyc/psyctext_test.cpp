#include "psyc/parser.h"
#include "psyc/psyctext.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailcast::psyc {
namespace {

std::string shown(Generation generation, std::string_view octets) {
    Parser parser(generation);
    const auto packet = parser.next(octets);
    return packet && *packet ? shown_text(**packet) : "not read";
}

TEST(Template, variables_are_put_in_and_unknown_names_stay) {
    EXPECT_EQ(
        shown(Generation::classic,
              ":_nick\tbea\n_notice_x\n[_nick] [_none] [] [[_nick]] [_nick [nick] [_nick]\n.\n"),
        "bea [_none] [] [bea] [_nick [nick] bea");
}

TEST(Template, what_was_put_in_is_not_looked_at_again) {
    EXPECT_EQ(shown(Generation::classic, ":_subject\t[_nick]_nick]\n:_nick\tbea\n_notice_x\n"
                                         "[_subject] [[_subject]\n.\n"),
              "[_nick]_nick] [[_nick]_nick]");
}

TEST(Template, the_body_of_a_message_is_not_a_template) {
    EXPECT_EQ(shown(Generation::classic, ":_nick\tbea\n_message_public\n[_nick]\n.\n"), "[_nick]");
    EXPECT_EQ(shown(Generation::classic, ":_nick\tbea\n_messages\n[_nick]\n.\n"), "bea");
}

TEST(Template, lists_are_joined) {
    EXPECT_EQ(shown(Generation::classic, ":_list_a\tx\n:\ty z\n_notice_x\n([_list_a])\n.\n"),
              "(x, y z)");
    EXPECT_EQ(shown(Generation::v1, "\n:_list_a\t|x|y\n_notice_x\n([_list_a])\n|\n"), "(x, y)");
    EXPECT_EQ(shown(Generation::v1, "\n:_list_a\tno list\n_notice_x\n([_list_a])\n|\n"),
              "(no list)");
    EXPECT_EQ(shown(Generation::classic, ":_list_a\t\n_notice_x\n([_list_a])\n.\n"), "()");
}

TEST(Template, growth_and_work_are_bounded) {
    const Lookup lookup = [](std::string_view, std::string& out) {
        out += "0123456789";
        return true;
    };
    EXPECT_EQ(fill("[_a][_a][_a]", lookup, {.placeholders = 2, .octets = 100}),
              "01234567890123456789[_a]");
    EXPECT_EQ(fill("[_a][_a][_a]", lookup, {.placeholders = 9, .octets = 18}),
              "0123456789[_a][_a]");
    std::string bomb;
    for (int i = 0; i < 100'000; ++i) {
        bomb += "[_a]";
    }
    EXPECT_LE(fill(bomb, lookup).size(), std::size_t{1} << 20);
}

} // namespace
} // namespace mailcast::psyc
