#include "smtp/etrn.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::smtp {
namespace {

using Lines = std::vector<std::string>;

struct Talk {
    std::string said;
    Lines answers;
    bool finished = false;
};

// The server says one reply at a time, each cut into pieces of `piece` octets.
Talk talk(const Lines& replies, const Lines& domains = {"a.example", "b.example"},
          std::size_t piece = 1000) {
    Etrn etrn("chat.example", domains);
    Talk made;
    for (const std::string& reply : replies) {
        for (std::string_view rest = reply; !rest.empty();) {
            etrn.feed(rest.substr(0, piece));
            rest.remove_prefix(std::min(piece, rest.size()));
        }
        made.said += etrn.take_output();
    }
    made.finished = etrn.finished();
    if (!etrn.finished()) {
        etrn.closed("the end");
    }
    for (const mail::Status& status : etrn.statuses()) {
        made.answers.push_back(mail::to_string(status));
    }
    return made;
}

const std::string greeting = "220 mx ESMTP\r\n";
const std::string ehlo = "250-mx\r\n250-SIZE 10\r\n250-ETRN\r\n250 8BITMIME\r\n";

TEST(Etrn, each_domain_is_asked_for_and_has_its_answer) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        const Talk made =
            talk({greeting, ehlo, "250 Queuing started\r\n", "253 3 pending\r\n", "221 bye\r\n"},
                 {"a.example", "b.example"}, piece);
        EXPECT_EQ(made.said, "EHLO chat.example\r\nETRN a.example\r\nETRN b.example\r\nQUIT\r\n");
        EXPECT_EQ(made.answers, (Lines{"250 2.0.0 Queuing started", "253 2.0.0 3 pending"}));
        EXPECT_TRUE(made.finished);
    }
}

TEST(Etrn, a_refusal_for_one_domain_is_for_that_one) {
    const Talk made = talk(
        {greeting, ehlo, "459 a.example: service unavailable\r\n", "458 busy\r\n", "221 bye\r\n"});
    EXPECT_EQ(made.answers, (Lines{"550 5.7.1 a.example: service unavailable", "458 4.0.0 busy"}));
}

TEST(Etrn, a_server_without_it_is_not_asked) {
    const Talk made = talk({greeting, "250-mx\r\n250 XETRN\r\n", "221 bye\r\n"});
    EXPECT_EQ(made.said, "EHLO chat.example\r\nQUIT\r\n");
    EXPECT_EQ(made.answers, (Lines{"550 5.5.1 it has no ETRN", "550 5.5.1 it has no ETRN"}));
}

TEST(Etrn, a_connection_that_ends_anywhere_is_temporary_for_those_without_an_answer) {
    const Lines replies{greeting, ehlo, "250 ok\r\n", "250 ok\r\n"};
    for (std::size_t said = 0; said < replies.size(); ++said) {
        const Talk made =
            talk({replies.begin(), replies.begin() + static_cast<std::ptrdiff_t>(said)});
        ASSERT_EQ(made.answers.size(), 2U) << said;
        EXPECT_EQ(made.answers[1], "451 4.4.2 the end") << said;
        EXPECT_EQ(made.answers[0].starts_with("250"), said == 3) << said;
    }
}

TEST(Etrn, what_is_no_smtp_or_comes_unasked_ends_it) {
    EXPECT_EQ(talk({"SSH-2.0-x\r\n"}).answers[0], "451 4.4.2 it does not speak SMTP");
    EXPECT_EQ(talk({greeting + ehlo}).answers[0], "451 4.4.2 it answered before it was asked");
    EXPECT_EQ(talk({std::string(100'000, '2')}).answers[0], "451 4.4.2 it answered without end");
    EXPECT_EQ(talk({"421 4.3.2 later\r\n", "221\r\n"}).answers[0],
              "451 4.4.1 it does not want us now: later");
    EXPECT_EQ(talk({greeting, ehlo, "421 4.3.2 bye\r\n"}).answers[0], "421 4.3.2 bye");
}

TEST(Etrn, a_domain_that_could_be_a_command_never_leaves) {
    const Talk made = talk({greeting, ehlo}, {"a.example\r\nMAIL FROM:<>", "b.example"});
    EXPECT_EQ(made.said, "EHLO chat.example\r\nETRN b.example\r\n");
    EXPECT_TRUE(Etrn("h", {"a b"}).finished());
}

} // namespace
} // namespace mailcast::smtp
