#include "psyc/list.h"
#include "psyc/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

// "type:value" of each element; "error" when it cannot be read.
std::vector<std::string> read(std::string_view value) {
    const auto list = parse_list(value);
    if (!list) {
        return {std::string(to_string(list.error()))};
    }
    std::vector<std::string> out;
    for (const ListElement& element : *list) {
        out.push_back(std::string(element.type) + ":" + std::string(element.value));
    }
    return out;
}

using Strings = std::vector<std::string>;

TEST(List, three_forms_of_1_0_are_told_apart) {
    EXPECT_EQ(read(""), Strings{});
    EXPECT_EQ(read("|example.org|example.net"), (Strings{":example.org", ":example.net"}));
    EXPECT_EQ(read("|"), (Strings{":"}));
    EXPECT_EQ(read("|a||b|"), (Strings{":a", ":", ":b", ":"}));
    EXPECT_EQ(read("3 a|b|4 c\nd|"), (Strings{":a|b", ":c\nd|"}));
    EXPECT_EQ(read("0 "), (Strings{":"}));
    EXPECT_EQ(read("_uniform| psyc://a/~b| psyc://c/~d"),
              (Strings{"_uniform:psyc://a/~b", "_uniform:psyc://c/~d"}));
    EXPECT_EQ(read("_uniform| psyc://a/~b|3 a|b"),
              (Strings{"_uniform:psyc://a/~b", "_uniform:a|b"}));
    EXPECT_EQ(read("| a| b"), (Strings{":a", ":b"}));
    EXPECT_EQ(read("||| x"), (Strings{":", ":", ":x"}));
    EXPECT_EQ(read("|=_amount 7|=_nick:3 a|b|0|= x"), (Strings{"list"}));
    EXPECT_EQ(read("|=_amount 7|=_nick:3 a|b|0"), (Strings{"_amount:7", "_nick:a|b", ":"}));
    EXPECT_EQ(read("_uniform"), Strings{});
}

TEST(List, malformed_ones_are_refused) {
    for (const std::string_view value :
         {"3 ab", "3ab", "1 a2 b", "1 a|", "9999999999999999999999 a", "psyc://a", "|2 a", "|3",
          "|=:1 a", "|1 ab", "18446744073709551615 a", "|18446744073709551615 a", "-1 a",
          "| a\t|1"}) {
        EXPECT_EQ(read(value), (Strings{"list"})) << value;
    }
}

TEST(List, elements_are_counted) {
    EXPECT_TRUE(parse_list(std::string(404, '|')));
    EXPECT_EQ(parse_list(std::string(405, '|')).error(), Error::list_too_large);
    EXPECT_EQ(parse_list("| a| b| c", 2).error(), Error::list_too_large);
    EXPECT_EQ(parse_list("1 a|1 b|1 c", 2).error(), Error::list_too_large);
    EXPECT_EQ(parse_dict("{a}{b}{c}", 2).error(), Error::list_too_large);
}

TEST(Dict, keys_and_elements_are_read) {
    const auto dict = parse_dict("{psyc://a/~b} founder{3 x}y}=_nick:1 z{12}3 a{b{}");
    ASSERT_TRUE(dict);
    const std::vector<DictEntry> expected{{"psyc://a/~b", {"", "founder", ""}},
                                          {"x}y", {"_nick", "z", ""}}};
    ASSERT_EQ(dict->size(), 4U);
    EXPECT_EQ((*dict)[0], expected[0]);
    EXPECT_EQ((*dict)[1], expected[1]);
    EXPECT_EQ((*dict)[2].key, "12");
    EXPECT_EQ((*dict)[2].element.value, "a{b");
    EXPECT_EQ((*dict)[3].key, "");
    EXPECT_EQ(parse_dict("_uniform{a} x")->front().element.type, "_uniform");
    for (const std::string_view value : {"{a", "a}", "{a}x", "{9 a}", "{a}3 x"}) {
        const auto result = parse_dict(value);
        EXPECT_TRUE(!result || value == "{9 a}") << value;
    }
}

TEST(List, of_a_classic_packet_is_its_repeated_lines) {
    Parser parser(Generation::classic);
    const std::string octets =
        ":_list_a\tx y z\n:\tb\n+\tc\n:_list_e\t\n:_list_f\t\n:\tg\n:_h\ti\n.\n";
    std::string_view input = octets;
    const auto packet = parser.next(input);
    ASSERT_TRUE(packet && *packet);
    const auto list = list_of(**packet, "_list_a");
    ASSERT_TRUE(list);
    const std::vector<ListElement> expected{{"", "x", "y z"}, {"", "b", ""}};
    EXPECT_EQ(*list, expected);
    EXPECT_TRUE(list_of(**packet, "_list_e")->empty());
    EXPECT_EQ(list_of(**packet, "_list_f")->size(), 2U);
    EXPECT_EQ(list_of(**packet, "_h")->size(), 1U);
    EXPECT_TRUE(list_of(**packet, "_none")->empty());
    EXPECT_EQ(list_of(**packet, "_list_a", 1).error(), Error::list_too_large);
}

} // namespace
} // namespace mailcast::psyc
