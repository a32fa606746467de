// The small readers that Reading is made of: file names, calendars, reports, stubs.
#include "base/utf8.h"
#include "delivery/calendar_line.h"
#include "delivery/file_name.h"
#include "delivery/report_line.h"
#include "delivery/text_choice.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {
namespace {

TEST(FileName, is_safe_to_save_under) {
    const struct {
        std::string_view name;
        std::string_view safe;
    } cases[] = {
        {"", ""},
        {"a.txt", "a.txt"},
        {"/etc/passwd", "passwd"},
        {"C:\\TEMP\\x.png", "x.png"},
        {"..", ""},
        {"../..", ""},
        {".bashrc", ".bashrc"},
        {" . ", ""},
        {"a/.. ", ""},
        {"a/", ""},
        {"a\r\nb\tc.txt", "a b c.txt"},
        {std::string_view("a\0.exe", 6), "a.exe"},
        {"CON", "_CON"},
        {"lpt1.txt", "_lpt1.txt"},
        {"console", "console"},
        {"a?b*c<d>.txt", "a?b*c<d>.txt"},
        {"x\xE2\x80\xAEgpj.exe", "xgpj.exe"},
        {"name. . ", "name"},
    };

    for (const auto& c : cases) {
        EXPECT_EQ(safe_file_name(c.name), c.safe) << c.name;
    }
}

TEST(FileName, a_long_one_keeps_its_extension) {
    std::string umlauts;
    for (int i = 0; i < 500; ++i) {
        umlauts += "\xC3\xBC";
    }
    const std::string safe = safe_file_name(umlauts + ".tar.gz");
    EXPECT_LE(safe.size(), max_file_name);
    EXPECT_TRUE(safe.ends_with("\xBC.gz"));
}

TEST(CalendarLine, says_what_when_where_and_who) {
    EXPECT_EQ(calendar_line(
                  "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\n"
                  "END:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:Lunch\\, with\n  cake\n"
                  "DTSTART;TZID=Europe/Berlin:20261123T120000\n"
                  "DTEND;TZID=Europe/Berlin:20261123T130000\nLOCATION:Cafe\n"
                  "ORGANIZER;CN=\"Ada: L\":mailto:ada@example.org\n"
                  "BEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:later\n"
                  "END:VEVENT\nEND:VCALENDAR\n",
                  ""),
              "Invitation: Lunch, with cake, 2026-11-23 12:00 to 13:00 (Europe/Berlin), at Cafe, "
              "from Ada: L <ada@example.org>");
    EXPECT_EQ(
        calendar_line("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261123\nDTEND:20261125\n", "cancel"),
        "Cancelled: 2026-11-23 to 2026-11-24");
    // One day; over the end of a year; a date that is none; a task is due on its day.
    EXPECT_EQ(
        calendar_line("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261225\n", ""),
        "Calendar entry: 2026-12-24");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nDTSTART:20261230\nDTEND:20270101\n", ""),
              "Calendar entry: 2026-12-30 to 2026-12-31");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nDTSTART:20261230\nDTEND:20269999\n", ""),
              "Calendar entry: 2026-12-30 to 2026-99-99");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nDTSTART:00000000\nDTEND:00000101\n", ""),
              "Calendar entry: 0000-00-00 to 0000-01-01");
    EXPECT_EQ(calendar_line("BEGIN:VTODO\nDTSTART:20261230\nDUE:20261231\n", ""),
              "Calendar entry: 2026-12-30 to 2026-12-31");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nSUMMARY:x\nDTSTART:20261130T090000Z\n"
                            "RRULE:FREQ=WEEKLY;BYDAY=MO\n",
                            "request"),
              "Invitation: x, 2026-11-30 09:00 UTC, repeated weekly");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nSUMMARY:x\nRRULE:BYDAY=MO\n", ""), "Calendar entry: x");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nSUMMARY:x\nATTENDEE;PARTSTAT=ACCEPTED:mailto:b@e.org\n",
                            "reply"),
              "Answer to an invitation: x, accepted by b@e.org");
    EXPECT_EQ(calendar_line("", ""), "Calendar entry");
    EXPECT_EQ(calendar_line("BEGIN:VEVENT\nDTSTART:20261123T120000Z\nSUMMARY\n\n \n:\n", ""),
              "Calendar entry: 2026-11-23 12:00 UTC");
}

TEST(ReportLine, many_recipients_end_at_the_limit) {
    std::string report;
    for (int i = 0; i < 25; ++i) {
        report += "Final-Recipient: rfc822; a@b\nAction: delayed\nStatus: 4.0.0\n\n";
    }
    const auto lines = delivery_report_lines(report);
    ASSERT_EQ(lines.size(), max_reported_recipients + 1);
    EXPECT_EQ(lines.front(), "Delivery is delayed: a@b: 4.0.0");
    EXPECT_EQ(lines.back(), "Delivery report: 5 more recipients");
    EXPECT_EQ(delivery_report_lines("").front(), "Delivery report");
}

TEST(Stub, says_nothing_itself) {
    const std::string long_text(3'000, 'x');
    EXPECT_TRUE(is_stub("", "x"));
    EXPECT_TRUE(is_stub("View this email in your browser: https://e.org/", long_text));
    EXPECT_TRUE(is_stub("Hi", long_text));
    EXPECT_FALSE(is_stub("Yes.", "Yes.\n\nOn Monday Ada wrote:\n> " + long_text));
    EXPECT_FALSE(is_stub("Hi", "Hi"));
    EXPECT_FALSE(is_stub("Hi, I cannot come today.", "Hi, I cannot come today."));
    EXPECT_FALSE(is_stub(std::string(600, 'y'), long_text));
}

TEST(MakeSafe, leaves_what_is_safe_as_it_is) {
    for (const char* safe :
         {"", "plain\n\ttext",
          "\xC3\xBC \xE2\x80\x99 \xEF\xBC\x9A \xF0\x9F\x98\x80 \xF3\xB0\x80\x80"}) {
        std::string text = safe;
        make_safe(text);
        EXPECT_EQ(text, safe);
    }
    for (const char* unsafe : {"a\x01", "a\x7F", "a\xC2\x9B", "a\xE2\x80\xAE", "a\xEF\xBB\xBF",
                               "a\xD8\x9C", "a\r", "a\xF3\xA0\x80\xA0"}) {
        std::string text = unsafe;
        make_safe(text);
        EXPECT_EQ(text.substr(0, 1), "a");
        EXPECT_NE(text, unsafe);
    }
}

TEST(MakeSafe, says_what_safe_text_says_of_any_text) {
    std::mt19937_64 random{41};
    const std::vector<std::string> pieces = {"a",        "Grand text ",  "\n",           "\t",
                                             "\xC3\xBC", "\xE2\x80\x99", "\xE2\x80\xAE", "\x7F",
                                             "\r",       "\x1F",         "\xFF",         "\xC3"};
    for (int i = 0; i < 5'000; ++i) {
        const std::size_t kinds = i % 3 == 0 ? pieces.size() : i % 3 == 1 ? 6 : 4;
        std::string text;
        for (std::size_t length = random() % 150; text.size() < length;) {
            text += pieces[random() % kinds];
        }
        std::string made = text;
        make_safe(made);
        EXPECT_EQ(made, base::safe_text(text));
    }
}

} // namespace
} // namespace mailcast::delivery
