// What an IRC client is told of a mail, line by line.
#include "base/utf8.h"
#include "front/irc/mail.h"
#include "front/test_mail_reading.h"
#include "front/test_node.h"
#include "front/words/text_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mailcast::front {
namespace {

using Lines = std::vector<std::string>;

struct IrcMailTest : testing::Test, PsycNode {
    IrcMailTest() {
        note = *mail_note({ada}, "Lunch on Friday", "Shall we meet at one?");
        note.id = *base::MessageId::parse("01JD0000000000000000000000");
        note.badge = "external, verified example.net";
        note.mail.origin = "external";
        note.mail.from_address = "bea@example.net";
        note.mail.from_name = "Bea";
    }

    Lines lines() const { return irc_mail_lines(note, form); }

    MemoryMailReading reading;
    chat::Note note;
    IrcMailForm form{.reading = &reading, .hub = &hub};
};

TEST_F(IrcMailTest, a_short_mail_is_its_badge_its_subject_and_its_words) {
    EXPECT_EQ(lines(),
              (Lines{"[external, verified example.net] Lunch on Friday", "Shall we meet at one?"}));
}

TEST_F(IrcMailTest, what_is_not_shown_is_counted_in_the_last_line) {
    note.text = "Yes.\n\n> Shall we?\n> Friday?\n";
    note.mail.attachments = {{.name = "menu.pdf", .type = "application/pdf", .size = 12'300},
                             {.name = "", .type = "image/png", .size = 17}};
    EXPECT_EQ(lines(), (Lines{"[external, verified example.net] Lunch on Friday", "Yes.",
                              "files: menu.pdf 12.3 KB, image/png 17 octets",
                              "+2 lines of quotes, 2 files: more 01JD0000000000000000000000"}));
}

TEST_F(IrcMailTest, a_long_mail_is_forty_lines_in_all) {
    note.text.clear();
    for (int i = 1; i <= 100; ++i) {
        note.text += "line " + std::to_string(i) + "\n\n";
    }
    const Lines said = lines();
    ASSERT_EQ(said.size(), 40U);
    EXPECT_EQ(said[1], "line 1");
    EXPECT_EQ(said[38], "line 38");
    EXPECT_EQ(said[39], "+62 lines: more 01JD0000000000000000000000");
}

TEST_F(IrcMailTest, at_the_bound_nothing_is_left_and_one_over_it_something_is) {
    const auto text_of = [](int count) {
        std::string text;
        for (int i = 1; i <= count; ++i) {
            text += "line " + std::to_string(i) + "\n";
        }
        return text;
    };
    note.text = text_of(38);
    EXPECT_EQ(lines().size(), 39U);
    EXPECT_EQ(lines().back(), "line 38");
    note.text = text_of(39);
    EXPECT_EQ(lines().back(), "+1 line: more 01JD0000000000000000000000");
}

TEST_F(IrcMailTest, one_line_of_a_hundred_thousand_letters_is_forty_lines_too) {
    note.text = std::string(100'000, 'x');
    const Lines said = lines();
    ASSERT_EQ(said.size(), 40U);
    EXPECT_EQ(said[1], std::string(form.line_octets, 'x'));
    EXPECT_EQ(said.back(), "+1 line: more 01JD0000000000000000000000");
}

TEST_F(IrcMailTest, a_note_that_holds_only_the_beginning_says_so) {
    note.text = "first\nsecond\n";
    note.mail.text_cut = true;
    note.mail.text_lines = 5000;
    EXPECT_EQ(lines().back(), "+4998 lines: more 01JD0000000000000000000000");
}

TEST_F(IrcMailTest, a_long_subject_is_shown_whole_in_several_lines) {
    note.subject = std::string(999, 's');
    std::string joined;
    const Lines said = lines();
    for (std::size_t i = 0; i + 1 < said.size(); ++i) {
        EXPECT_LE(said[i].size(), form.line_octets);
        joined += said[i];
    }
    EXPECT_TRUE(joined.ends_with(note.subject));
    EXPECT_EQ(said.back(), "Shall we meet at one?");
}

TEST_F(IrcMailTest, who_the_mail_says_it_is_from_stands_beside_another_envelope) {
    note.mail.envelope_from = "bounces@list.example.net";
    EXPECT_EQ(lines()[0],
              "[external, verified example.net] Lunch on Friday (from Bea <bea@example.net>)");
}

TEST_F(IrcMailTest, who_imitates_one_of_ours_is_told_in_the_first_line) {
    note.source_name = "4da";
    note.badge = "external, unverified";
    EXPECT_EQ(lines()[0], "[external, unverified; not our Ada] Lunch on Friday");
}

TEST_F(IrcMailTest, links_stand_in_a_line_of_their_own) {
    note.mail.attachments = {{.name = "menu.pdf", .type = "application/pdf", .size = 12}};
    form.link = [](const chat::Note&, std::size_t file) {
        return "https://chat.example.org/f/" + std::to_string(file);
    };
    EXPECT_EQ(lines()[2], "file: menu.pdf 12 octets https://chat.example.org/f/0");
}

TEST_F(IrcMailTest, no_octet_of_a_mail_is_a_control_or_a_line) {
    const std::string hostile = "\x01"
                                "ACTION hi\x01\r\nQUIT :x\n\x02"
                                "bold\x03"
                                "04red\x0F\x1B[31m\t\x7F"
                                "\xC2\x9B"
                                "31m\xE2\x80\xAE"
                                "rtl\xE2\x81\xA6\xEF\xBB\xBF\xFF\xFE" +
                                std::string(1, '\0');
    note.subject = hostile;
    note.text = hostile + "\n" + hostile;
    note.badge = "external";
    note.mail.from_name = hostile;
    note.mail.from_address = hostile;
    note.mail.attachments.assign(200, {.name = hostile, .type = hostile, .size = 1});
    const Lines said = lines();
    EXPECT_LE(said.size(), 40U);
    for (const std::string& line : said) {
        EXPECT_LE(line.size(), form.line_octets);
        EXPECT_EQ(base::safe_line(line), line);
        EXPECT_TRUE(base::is_valid_utf8(line));
    }
}

TEST_F(IrcMailTest, blank_lines_stay_in_a_batch) {
    note.text = "a\n\nb";
    EXPECT_EQ(lines().size(), 3U);
    form.blank_lines = true;
    EXPECT_EQ(lines(), (Lines{"[external, verified example.net] Lunch on Friday", "a", "", "b"}));
}

TEST(TextPageTest, pages_one_after_the_other_are_the_whole_text) {
    const std::string text = "one two three four five\n\nsix\n" + std::string(50, 'x') +
                             "\n\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\n";
    std::string whole = text;
    std::erase_if(whole, [](char c) { return c == ' ' || c == '\n'; });
    for (std::size_t lines = 1; lines < 12; ++lines) {
        for (std::size_t octets = 4; octets < 60; octets += 3) {
            std::string joined;
            std::size_t at = 0;
            while (at < text.size()) {
                const TextPage page = page_of(text, at, {.lines = lines, .octets = octets});
                ASSERT_GT(page.next, at);
                ASSERT_LE(page.lines.size(), lines);
                for (const std::string& line : page.lines) {
                    EXPECT_LE(line.size(), octets);
                    EXPECT_TRUE(base::is_valid_utf8(line));
                    joined += line;
                }
                EXPECT_EQ(page.lines_left == 0, page.next == text.size());
                at = page.next;
            }
            std::erase_if(joined, [](char c) { return c == ' '; });
            EXPECT_EQ(joined, whole) << lines << ' ' << octets;
        }
    }
}

TEST(TextPageTest, sizes_are_said_for_people) {
    const std::pair<std::size_t, std::string> cases[] = {
        {0, "0 octets"},     {1, "1 octet"},          {999, "999 octets"},    {1000, "1 KB"},
        {1200, "1.2 KB"},    {99'900, "99.9 KB"},     {123'456, "123 KB"},    {999'999, "999 KB"},
        {1'000'000, "1 MB"}, {25'400'000, "25.4 MB"}, {7'000'000'000, "7 GB"}};
    for (const auto& [octets, shown] : cases) {
        EXPECT_EQ(shown_size(octets), shown);
    }
}

} // namespace
} // namespace mailcast::front
