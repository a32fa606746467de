#include "mime/address_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

// The name is GoogleTest's.
void PrintTo(const Address& address, std::ostream* out) { // NOLINT(readability-identifier-naming)
    *out << "{" << address.name << " | " << address.address << "}";
}

namespace {

TEST(AddressList, every_spelling_gives_name_and_address) {
    struct Case {
        const char* what;
        std::string raw;
        std::vector<Address> addresses;
    };

    const std::vector<Case> cases = {
        {"bare", "a@b", {{"", "a@b"}}},
        {"name and brackets", " Ada  L <a@b> ", {{"Ada L", "a@b"}}},
        {"quoted name", "\"L, Ada \\\"x\\\"\" <a@b>", {{"L, Ada \"x\"", "a@b"}}},
        {"comment as name", "a@b (Ada (the first))", {{"Ada (the first)", "a@b"}}},
        {"comment beside a name", "Ada (x) <a@b>", {{"Ada", "a@b"}}},
        {"two", "a@b, \"C\" <c@d>", {{"", "a@b"}, {"C", "c@d"}}},
        {"empty places", ",, a@b ,,", {{"", "a@b"}}},
        {"group", "friends: a@b, C <c@d>; e@f", {{"", "a@b"}, {"C", "c@d"}, {"", "e@f"}}},
        {"empty group", "Undisclosed recipients:;", {{"Undisclosed recipients", ""}}},
        {"group without end", "friends: a@b", {{"", "a@b"}}},
        {"route", "<@x,@y:a@b>", {{"", "a@b"}}},
        {"encoded name", "=?utf-8?Q?J=C3=BCrgen?= <a@b>", {{"Jürgen", "a@b"}}},
        {"encoded name in quotes", "\"=?utf-8?Q?J=C3=BCrgen?=\" <a@b>", {{"Jürgen", "a@b"}}},
        {"encoded comma", "=?utf-8?Q?L=2C_Ada?= <a@b>", {{"L, Ada", "a@b"}}},
        {"raw comma in an encoded word", "=?utf-8?Q?L,_Ada?= <a@b>", {{"L, Ada", "a@b"}}},
        {"raw UTF-8", "J\xC3\xBCrgen <j\xC3\xBC@b>", {{"Jürgen", "jü@b"}}},
        {"raw windows-1252", "J\xFCrgen <a@b>", {{"Jürgen", "a@b"}}},
        {"no closing bracket", "Ada <a@b", {{"Ada", "a@b"}}},
        {"no closing bracket, then another", "Ada <a@b, c@d", {{"Ada", "a@b"}, {"", "c@d"}}},
        {"no brackets", "Ada L a@b", {{"Ada L", "a@b"}}},
        {"brackets twice", "Ada <<a@b>>", {{"Ada", "a@b"}}},
        {"single quote sign", "Ada \" <a@b>", {{"Ada", "a@b"}}},
        {"address as name", "\"a@b\" <c@d>", {{"a@b", "c@d"}}},
        {"quoted local part", "\"a b\"@c", {{"", "\"a b\"@c"}}},
        {"quoted local part in brackets", "<\"a b\"@c>", {{"", "\"a b\"@c"}}},
        {"blanks in the address", "Ada < a @ b >", {{"Ada", "a@b"}}},
        {"obsolete dots", "a . b @ c . d", {{"", "a.b@c.d"}}},
        {"local name", "root", {{"", "root"}}},
        {"local name with comment", "root (Cron Daemon)", {{"Cron Daemon", "root"}}},
        {"only a name", "Ada Lovelace", {{"Ada Lovelace", ""}}},
        {"null", "<>", {}},
        {"nothing", "", {}},
        {"mailto", "<mailto:a@b>", {{"", "a@b"}}},
        {"SMTP", "Ada <SMTP:a@b>", {{"Ada", "a@b"}}},
        {"folded", "Ada\r\n L\r\n <a@b>,\r\n c@d", {{"Ada L", "a@b"}, {"", "c@d"}}},
        {"open comment", "Ada (x <a@b>", {{"Ada (x", "a@b"}}},
        {"comments within the address",
         "Pete(A \\) chap) <pete(his)@silly.test(host)>",
         {{"Pete", "pete@silly.test"}}},
        {"open comment in the address", "<a(x@b>", {{"", "a(x@b"}}},
        {"group with comments",
         "A Group(Some people)\n :Chris <c@(Chris's host.)b.example>,\n joe@d, John <j@e> "
         "(friend); (end)",
         {{"Chris", "c@b.example"}, {"", "joe@d"}, {"John", "j@e"}}},
        {"empty group with comments",
         "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
         {{"Hidden recipients", ""}}},
        {"only a comment", "(Ada)", {{"Ada", ""}}},
        {"no comma", "A <a@b> C <c@d>", {{"A", "a@b"}, {"C", "c@d"}}},
        {"no comma, no names", "<a@b> <c@d>", {{"", "a@b"}, {"", "c@d"}}},
        {"no comma, no brackets", "a@b c@d", {{"", "a@b"}, {"", "c@d"}}},
        {"word behind", "Ada <a@b> Lovelace", {{"Ada Lovelace", "a@b"}}},
        {"all of it encoded", "=?utf-8?Q?Ada_=3Ca=40b=3E?=", {{"Ada", "a@b"}}},
        {"all of it quoted", "\"Ada <a@b>\"", {{"Ada", "a@b"}}},
        {"address in quotes", "\"a@b\"", {{"", "a@b"}}},
        {"semicolons between", "a@b; c@d", {{"", "a@b"}, {"", "c@d"}}},
        {"literal", "a@[192.0.2.1]", {{"", "a@[192.0.2.1]"}}},
        {"IPv6 literal", "<a@[IPv6:2001:db8::1]>", {{"", "a@[IPv6:2001:db8::1]"}}},
    };
    for (const Case& c : cases) {
        TextDecoder decoder;
        EXPECT_EQ(parse_address_list(c.raw, decoder, {}), c.addresses) << c.what;
    }
}

// An address without white space and comments is taken as it is; with one of either it goes the long way.
TEST(AddressList, blanks_and_comments_around_a_dot_change_nothing) {
    std::mt19937_64 random{51};
    constexpr std::string_view octets = "abc.-+=\\\"'\x7F\x01";
    for (int i = 0; i < 5'000; ++i) {
        std::string local(1 + random() % 80, ' ');
        const std::size_t kinds = i % 3 == 0 ? octets.size() : octets.size() - 6;
        std::ranges::generate(local, [&] { return octets[random() % kinds]; });
        if (std::ranges::count(local, '"') % 2 != 0) {
            local += '"'; // or what follows would be within quotes
        }
        TextDecoder decoder;
        const auto plain = parse_address_list('<' + local + "@b.example>", decoder, {});
        EXPECT_EQ(plain, parse_address_list('<' + local + "@b\r\n\t.example>", decoder, {}));
        EXPECT_EQ(plain, parse_address_list('<' + local + "@b(c).example>", decoder, {}));
    }
}

TEST(AddressList, number_of_addresses_is_limited) {
    TextDecoder decoder;
    bool cut = true;
    EXPECT_EQ(parse_address_list("a@b,c@d", decoder, {.addresses = 2}, &cut).size(), 2U);
    EXPECT_FALSE(cut);
    EXPECT_EQ(parse_address_list("a@b,c@d,e@f", decoder, {.addresses = 2}, &cut).size(), 2U);
    EXPECT_TRUE(cut);
}

} // namespace
} // namespace mailcast::mime
