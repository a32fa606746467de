#include "smtp/socketmap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::smtp {
namespace {

using Result = SocketmapAnswer::Result;

// Queries as MAP|KEY, and all output; each key that ends with "here" is found.
struct Talk {
    std::vector<std::string> queries;
    std::string output;
    bool broken = false;
    bool idle = true;

    bool operator==(const Talk&) const = default;
};

Talk talk(const std::vector<std::string_view>& pieces) {
    Talk made;
    Socketmap service;
    for (std::string_view piece : pieces) {
        while (const auto query = service.next(piece)) {
            made.queries.push_back(std::string(query->map) + "|" + std::string(query->key));
            service.answer(query->key.ends_with("here")
                               ? SocketmapAnswer{.result = Result::ok, .text = "1"}
                               : SocketmapAnswer{.result = Result::not_found, .text = {}});
        }
    }
    made.output = service.take_output();
    made.broken = service.broken();
    made.idle = service.idle();
    return made;
}

TEST(Socketmap, a_query_gets_one_netstring_back) {
    const Talk found = talk({"10:rcpt ahere,"});
    EXPECT_EQ(found.queries, (std::vector<std::string>{"rcpt|ahere"}));
    EXPECT_EQ(found.output, "4:OK 1,");
    EXPECT_TRUE(found.idle);
    EXPECT_EQ(talk({"6:rcpt b,"}).output, "9:NOTFOUND ,") << "the space is required";
    EXPECT_EQ(talk({"4:rcpt,"}).queries.front(), "rcpt|");
    EXPECT_EQ(talk({"12:rcpt a b,c d,"}).queries.front(), "rcpt|a b,c d");
    EXPECT_EQ(talk({"0:,"}).queries.front(), "|");
}

TEST(Socketmap, every_word_that_postfix_knows) {
    Socketmap service;
    service.answer({.result = Result::temporary, .text = "not now"});
    service.answer({.result = Result::permanent, .text = "two\r\nlines"});
    EXPECT_EQ(service.take_output(), "12:TEMP not now,15:PERM two  lines,");
    service.answer({.result = Result::ok, .text = std::string(200'000, 'x')});
    EXPECT_EQ(service.take_output().size(), Socketmap::max_reply + sizeof "100000:");
}

TEST(Socketmap, what_is_no_netstring_is_answered_once_and_broken) {
    for (const char* bad : {"x", ":", "01:a,", "-1:a,", "3:abc;", "10001:", "123456:", " 3:abc,",
                            "rcpt ada@example.org\n"}) {
        const Talk made = talk({bad, "6:rcpt b,"});
        EXPECT_TRUE(made.broken) << bad;
        EXPECT_TRUE(made.queries.empty()) << bad;
        EXPECT_NE(made.output.find(":PERM "), std::string::npos) << bad;
    }
}

TEST(Socketmap, a_query_at_the_limit_is_read) {
    const std::string key(Socketmap::max_query - 5, 'k');
    const Talk made = talk({"10000:rcpt " + key + ","});
    EXPECT_FALSE(made.broken);
    EXPECT_EQ(made.queries.front(), "rcpt|" + key);
}

TEST(Socketmap, answers_do_not_depend_on_where_the_stream_is_cut) {
    const std::string stream = "10:rcpt ahere,6:rcpt b,0:,12:rcpt a b,c d,3:abc;6:rcpt b,";
    const Talk whole = talk({stream});
    EXPECT_EQ(whole.queries.size(), 4U);
    std::vector<std::string_view> octets;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        octets.push_back(std::string_view(stream).substr(i, 1));
        EXPECT_EQ(whole, talk({std::string_view(stream).substr(0, i),
                               std::string_view(stream).substr(i)}));
    }
    EXPECT_EQ(whole, talk(octets));
}

} // namespace
} // namespace mailcast::smtp
