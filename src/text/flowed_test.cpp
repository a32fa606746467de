#include "text/flowed.h"

#include <gtest/gtest.h>

namespace mailcast::text {
namespace {

TEST(Flowed, soft_line_ends_go_and_everything_else_stays) {
    const struct {
        std::string_view flowed;
        bool delsp;
        std::string_view text;
    } cases[] = {
        {"", false, ""},
        {"one \ntwo \nthree\nfour\n", false, "one two three\nfour\n"},
        {"one \ntwo", true, "onetwo"},
        {" >no quote\n From here\n", false, ">no quote\nFrom here\n"}, // space-stuffing
        {"> a \n> b\n> c\n", false, "> a b\n> c\n"},
        {">> a \n>> b\n> c\n", false, ">> a b\n> c\n"},
        {"a \n\nb\n", false, "a\n\nb\n"},
        {"> a \n>\n> b\n", false, "> a\n>\n> b\n"},
        {"> a \nb\n", false, "> a\nb\n"},                 // depth changes
        {"text \n-- \nAda\n", false, "text\n-- \nAda\n"}, // RFC 3676 4.3
        {"-- \nAda \nLovelace\n", false, "-- \nAda Lovelace\n"},
        {"> > a \n> > b\n> >> c\n", false, ">> a b\n>>> c\n"}, // quoted without stuffing
        {">\n> \n", false, ">\n>\n"},
        {"last \n", false, "last\n"},
        {"a\n\n\nb\n", false, "a\n\n\nb\n"},
    };

    for (const auto& c : cases) {
        EXPECT_EQ(unwrap_flowed(c.flowed, c.delsp), c.text) << c.flowed;
    }
}

} // namespace
} // namespace mailcast::text
