#include "text/own_words.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace mailcast::text {
namespace {

struct Case {
    std::string_view text;
    std::string_view own;
    std::size_t quoted = 0;
    std::size_t history = 0;
    std::size_t signature = 0;
};

void expect(const Case& c) {
    const OwnWords words = split_quotes(c.text);
    EXPECT_EQ(words.text, c.own) << c.text;
    EXPECT_EQ(words.quoted_lines, c.quoted) << c.text;
    EXPECT_EQ(words.history_lines, c.history) << c.text;
    EXPECT_EQ(words.signature_lines, c.signature) << c.text;
}

TEST(OwnWords, answer_above_the_quote) {
    expect({.text = "Yes.\n\nOn Mon, 3 May 2021 Ada wrote:\n> Really?\n> Sure?\n",
            .own = "Yes.",
            .quoted = 3});
    expect({.text = "Yes.\n\nOn Mon, 3 May 2021 at 10:11, Ada Lovelace\n<ada@example.org> "
                    "wrote:\n\n> Really?\n",
            .own = "Yes.",
            .quoted = 3});
    expect({.text = "Ja.\n\nAm 03.05.21 um 10:11 schrieb Ada:\n> Wirklich?\n",
            .own = "Ja.",
            .quoted = 2});
    expect({.text = "Oui.\n\nLe 3 mai 2021, Ada a \xC3\xA9"
                    "crit :\n> Vraiment ?\n",
            .own = "Oui.",
            .quoted = 2});
    expect({.text = "\xD0\x94\xD0\xB0.\n\n3 \xD0\xBC\xD0\xB0\xD1\x8F, Ada "
                    "\xD0\xBF\xD0\xB8\xD1\x88\xD0\xB5\xD1\x82:\n> x\n",
            .own = "\xD0\x94\xD0\xB0.",
            .quoted = 2});
}

TEST(OwnWords, answer_below_keeps_what_it_answers) {
    expect({.text = "Ada wrote:\n> a\n> b\nYes.\n", .own = "Ada wrote:\n> a\n> b\nYes."});
    std::string longer = "Ada wrote:\n";
    for (int i = 0; i < 10; ++i) {
        longer += "> line " + std::to_string(i) + "\n";
    }
    expect({.text = longer + "Yes.\n",
            .own = "Ada wrote:\n> [...]\n> line 4\n> line 5\n> line 6\n> line 7\n> line 8\n> line "
                   "9\nYes.",
            .quoted = 4});
}

TEST(OwnWords, answers_between_keep_their_quotes_and_the_last_quote_goes) {
    expect({.text = "> a?\nyes\n\n> b?\nno\n\n> c\n> d\n",
            .own = "> a?\nyes\n\n> b?\nno",
            .quoted = 2});
}

TEST(OwnWords, history_without_marks) {
    expect({.text = "Done.\n\n-----Original Message-----\nFrom: Ada\nSubject: x\n\ntext\n",
            .own = "Done.",
            .history = 5});
    expect({.text = "Fertig.\n\n-----Urspr\xC3\xBCngliche Nachricht-----\nVon: Ada\n",
            .own = "Fertig.",
            .history = 2});
    expect(
        {.text =
             "Done.\n________________________________\nFrom: Ada\nSent: Monday\nTo: Bea\n\ntext\n",
         .own = "Done.",
         .history = 6});
    expect({.text = "Done.\n\n*From:* Ada\n*Sent:* Monday\ntext\n", .own = "Done.", .history = 3});
    // A letter that only begins with such a word.
    expect({.text = "Hi\nFrom: here to there\nit is far.\n",
            .own = "Hi\nFrom: here to there\nit is far."});
}

TEST(OwnWords, signature_goes) {
    expect({.text = "Hi\n\n-- \nAda\nLondon\n", .own = "Hi", .signature = 3});
    expect({.text = "Hi\n-- \nAda\n\nOn 3 May Bea wrote:\n> x\n",
            .own = "Hi",
            .quoted = 2,
            .signature = 2});
    std::string poem = "Hi\n--\n";
    for (int i = 0; i < 50; ++i) {
        poem += "a line\n";
    }
    EXPECT_EQ(split_quotes(poem).trimmed(), 0U);
}

TEST(OwnWords, without_own_words_the_text_stays_whole) {
    expect({.text = "> all\n> quoted\n", .own = "> all\n> quoted\n"});
    expect({.text = "-----Original Message-----\nFrom: Ada\n\ntext",
            .own = "-----Original Message-----\nFrom: Ada\n\ntext"});
    expect({.text = "FYI\n\n---------- Forwarded message ---------\nFrom: Ada\nthe news\n",
            .own = "FYI\n\n---------- Forwarded message ---------\nFrom: Ada\nthe news"});
    expect({.text = "", .own = ""});
}

TEST(OwnWords, hostile_texts_are_read_in_one_pass) {
    for (const char* piece : {"--\n", "--\n\n", "> a\nb wrote:\n", "a:\n> b\n", "\n", ">",
                              "From: a\n", "-----Original Message\n", "__________\n\n"}) {
        std::string text;
        while (text.size() < 1'000'000) {
            text += piece;
        }
        text += "end\n" + std::string(200, 'x');
        const std::clock_t before = std::clock();
        EXPECT_LE(split_quotes(text).text.size(), text.size() * 2);
        EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 3.0) << piece;
    }
}

TEST(OwnWords, what_was_trimmed_is_told) {
    EXPECT_EQ(describe_trimmed(split_quotes("a\n")), "");
    EXPECT_EQ(describe_trimmed(split_quotes("a\n\nx wrote:\n> b\n\n")), "2 lines of quotes");
    EXPECT_EQ(describe_trimmed(split_quotes("a\n-- \nc\n\n> b\n")),
              "1 line of quotes, 2 lines of signature");
}

} // namespace
} // namespace mailcast::text
