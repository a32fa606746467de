#include "delivery/rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::delivery {
namespace {

using namespace std::chrono_literals;

struct Good {
    const char* key;
    const char* value;
    const char* printed; // "" when it is the default
};

TEST(Rules, what_is_set_is_printed_so_that_it_can_be_set_again) {
    for (const Good& row : {
             Good{"senders", "any", ""},
             Good{"senders", "known", "senders=known"},
             Good{"senders", "Example.org, Known", "senders=known,example.org"},
             Good{"senders", "Internal", "senders=internal"},
             Good{"senders", "none", "senders=none"},
             Good{"senders", "Bea@Example.NET", "senders=bea@example.net"},
             Good{"senders", "bea@example.net, example.org,@example.com",
                  "senders=bea@example.net,example.org,example.com"},
             Good{"senders", "@BuildHost,localhost", "senders=@buildhost,localhost"},
             Good{"senders", "example.org,example.org", "senders=example.org"},
             Good{"otherwise", "Hold", "otherwise=hold"},
             Good{"otherwise", "reject", ""},
             Good{"max_size", "200KB", "max_size=200000"},
             Good{"max_size", "0", "max_size=0"},
             Good{"max_lines", "40", "max_lines=40"},
             Good{"attachments", "accept", ""},
             Good{"attachments", "reject", "attachments=reject"},
             Good{"html", "reject", "html=reject"},
             Good{"quota", "25MB", "quota=25000000"},
             Good{"quota", "0", "quota=0"},
             Good{"keep", "30d", "keep=30d"},
             Good{"keep", "12h", "keep=12h"},
             Good{"keep", "90s", "keep=90s"},
             Good{"keep", "2w", "keep=14d"},
             Good{"keep", "500", "keep=500"},
             Good{"keep", "30d,500", "keep=30d,500"},
             Good{"keep", "500,30d", "keep=30d,500"},
             Good{"quiet", "yes", "quiet=yes"},
             Good{"quiet", "no", ""},
             Good{"QUIET", "true", "quiet=yes"},
             Good{"digest", "Ada@Home.Example", "digest=Ada@home.example"},
             Good{"digest", "", ""},
         }) {
        Rules rules;
        const auto set = set_rule(rules, row.key, row.value);
        ASSERT_TRUE(set) << row.key << "=" << row.value << ": " << set.error().message;
        const auto printed = print_rules(rules);
        if (*row.printed == '\0') {
            EXPECT_TRUE(printed.empty()) << row.key << "=" << row.value;
            continue;
        }
        ASSERT_EQ(printed, std::vector<std::string>{row.printed});
        Rules again;
        const std::size_t equals = printed[0].find('=');
        ASSERT_TRUE(set_rule(again, printed[0].substr(0, equals), printed[0].substr(equals + 1)));
        EXPECT_EQ(again, rules) << row.printed;
    }
}

struct Bad {
    const char* key;
    const char* value;
    const char* remedy;
};

TEST(Rules, what_is_wrong_is_told_with_what_would_be_right) {
    for (const Bad& row : {
             Bad{"colour", "blue", "senders, otherwise, max_size"},
             Bad{"", "", "senders"},
             Bad{"senders", "internal,example.org", "alone"},
             Bad{"senders", "knwon", "any, known, internal or none"},
             Bad{"senders", "BuildHost", "senders=@buildhost"},
             Bad{"senders", "known,everybody", "senders=@everybody"},
             Bad{"senders", "*@example.net", "senders=example.net"},
             Bad{"senders", "bea@", "senders=bea@example.net"},
             Bad{"senders", "a,,b", "addresses and domains"},
             Bad{"senders", "not a domain", "addresses and domains"},
             Bad{"otherwise", "keep", "hold or reject"},
             Bad{"max_size", "big", "max_size=200KB"},
             Bad{"max_size", "-1", "octets"},
             Bad{"max_size", "10 KB", "octets"},
             Bad{"max_size", "99999999999999999999", "octets"},
             Bad{"max_lines", "4KB", "max_lines=200"},
             Bad{"attachments", "yes", "accept or reject"},
             Bad{"html", "no", "accept or reject"},
             Bad{"quota", "1.5MB", "octets"},
             Bad{"keep", "30d,12h", "keep=30d,500"},
             Bad{"keep", "500,600", "keep=30d,500"},
             Bad{"keep", "long", "30d"},
             Bad{"keep", "99999999999w", "30d"},
             Bad{"quiet", "maybe", "yes or no"},
             Bad{"digest", "home", "digest=bea@example.net"},
             Bad{"digest", "a@x\r\nRCPT TO:<b@x>", "is no mail address"},
         }) {
        Rules rules;
        const auto set = set_rule(rules, row.key, row.value);
        ASSERT_FALSE(set) << row.key << "=" << row.value;
        EXPECT_NE(set.error().message.find(row.remedy), std::string::npos) << set.error().message;
        EXPECT_EQ(rules, Rules{}) << row.key << "=" << row.value;
    }
}

TEST(Rules, several_in_one_line_are_taken_apart_by_their_keys) {
    using Parts = std::vector<std::string>;
    EXPECT_EQ(split_assignments("senders=known"), (Parts{"senders=known"}));
    EXPECT_EQ(split_assignments(" max_lines=5  quiet=yes "), (Parts{"max_lines=5", "quiet=yes"}));
    EXPECT_EQ(split_assignments("max_lines= quiet="), (Parts{"max_lines=", "quiet="}));
    EXPECT_EQ(split_assignments("max_lines=quiet="), (Parts{"max_lines=", "quiet="}));
    EXPECT_EQ(split_assignments("senders=a@x.example, b=c@y.example HTML=reject"),
              (Parts{"senders=a@x.example, b=c@y.example", "HTML=reject"}));
    EXPECT_EQ(split_assignments("max_lines=5 colour=red"), (Parts{"max_lines=5 colour=red"}));
    EXPECT_EQ(split_assignments("senders=xquiet=yes"), (Parts{"senders=xquiet=yes"}));
    EXPECT_EQ(split_assignments(""), (Parts{""}));
}

TEST(Rules, an_empty_value_gives_the_default_back) {
    Rules rules;
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"senders", "example.org"},
                                                          {"otherwise", "hold"},
                                                          {"max_size", "1"},
                                                          {"max_lines", "1"},
                                                          {"attachments", "reject"},
                                                          {"html", "reject"},
                                                          {"quota", "1"},
                                                          {"keep", "1d,1"},
                                                          {"quiet", "yes"},
                                                          {"digest", "a@x"}}) {
        ASSERT_TRUE(set_rule(rules, key, value));
        EXPECT_NE(rules, Rules{}) << key;
        ASSERT_TRUE(set_rule(rules, key, ""));
        EXPECT_EQ(rules, Rules{}) << key;
    }
}

TEST(Rules, all_are_printed_in_the_order_of_the_manual) {
    Rules rules;
    for (const auto* pair :
         {"digest=a@x", "quiet=yes", "keep=1d", "quota=5", "html=reject", "attachments=reject",
          "max_lines=4", "max_size=3", "otherwise=hold", "senders=none"}) {
        const std::string text = pair;
        const std::size_t equals = text.find('=');
        ASSERT_TRUE(set_rule(rules, text.substr(0, equals), text.substr(equals + 1)));
    }
    EXPECT_EQ(print_rules(rules),
              (std::vector<std::string>{"senders=none", "otherwise=hold", "max_size=3",
                                        "max_lines=4", "attachments=reject", "html=reject",
                                        "quota=5", "keep=1d", "quiet=yes", "digest=a@x"}));
}

TEST(Rules, a_domain_in_the_list_matches_all_at_it_and_nothing_below_it) {
    const std::vector<std::string> list{"bea@example.net", "example.org"};
    EXPECT_TRUE(list_matches(list, {"Bea", "example.net"}));
    EXPECT_FALSE(list_matches(list, {"ada", "example.net"}));
    EXPECT_TRUE(list_matches(list, {"anybody", "example.org"}));
    EXPECT_FALSE(list_matches(list, {"anybody", "sub.example.org"}));
    EXPECT_FALSE(list_matches(list, {"xbea", "example.net"}));
    EXPECT_FALSE(list_matches(list, {}));
}

TEST(Rules, sizes) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("1234"), 1234U);
    EXPECT_EQ(parse_size("10KB"), 10'000U);
    EXPECT_EQ(parse_size("25mb"), 25'000'000U);
    EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
    for (const char* text : {"", "KB", "MB", "1.5MB", "1 MB", "-1", "+1", "1K", "0x10",
                             "18446744073709551616", "18446744073709551615KB"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_size("18446744073709551615"), 18'446'744'073'709'551'615U);
}

TEST(Rules, durations) {
    EXPECT_EQ(parse_duration("90s"), 90s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("12H"), 12h);
    EXPECT_EQ(parse_duration("1w"), 24h * 7);
    for (const char* text : {"", "d", "30", "1y", "-1d", "36501d", "999999999999999999999d"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
    EXPECT_EQ(print_duration(3600s), "1h");
    EXPECT_EQ(print_duration(3601s), "3601s");
    EXPECT_EQ(print_duration(0s), "0s");
}

TEST(Rules, what_makes_sense_for_persons_only_is_refused_for_places) {
    for (const auto& [key, value] :
         {std::pair{"otherwise", "hold"}, {"digest", "ada@home.example"}}) {
        Rules rules;
        ASSERT_TRUE(set_rule(rules, key, value));
        EXPECT_TRUE(check_rules(chat::EntityKind::person, rules)) << key;
        const auto refused = check_rules(chat::EntityKind::place, rules);
        ASSERT_FALSE(refused) << key;
        EXPECT_TRUE(refused.error().message.starts_with(key)) << refused.error().message;
    }
    EXPECT_TRUE(check_rules(chat::EntityKind::place, {}));
}

} // namespace
} // namespace mailcast::delivery
