#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mailcast::base::log {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST(Log, nothing_from_outside_makes_a_line_of_its_own) {
    testing::internal::CaptureStderr();
    error("from=<{}>", "a\r\nfaked\x7f");
    const std::string written = testing::internal::GetCapturedStderr();
    EXPECT_NE(written.find("error from=<a\\x0d\\x0afaked\\x7f>\n"), std::string::npos) << written;
    EXPECT_EQ(count(written, "\n"), 1U);
}

// Beside the log of a mail server in another zone a line still says when it was.
TEST(Log, a_line_begins_with_a_time_that_names_its_zone) {
    testing::internal::CaptureStderr();
    error("what");
    const std::string written = testing::internal::GetCapturedStderr();
    EXPECT_THAT(written,
                testing::MatchesRegex(
                    "[0-9-]+T[0-9:]+\\.[0-9][0-9][0-9][+-][0-9][0-9]:[0-9][0-9] error what\n"));
}

// CSI of eight bits, as an octet and as a code point; an override that shows the rest backwards; a lone octet.
TEST(Log, nothing_from_outside_moves_a_terminal_or_turns_a_line_round) {
    testing::internal::CaptureStderr();
    error("{}", "a\x9b"
                "31m \xc2\x9b"
                "2J \xe2\x80\xae"
                "drow \xc3");
    error("{}", "K\xc3\xb6ln \xef\xbf\xbd");
    const std::string written = testing::internal::GetCapturedStderr();
    EXPECT_NE(written.find("a\\x9b31m \\xc2\\x9b2J \\xe2\\x80\\xaedrow \\xc3\n"), std::string::npos)
        << written;
    EXPECT_NE(written.find("K\xc3\xb6ln \xef\xbf\xbd\n"), std::string::npos) << written;
}

TEST(Log, gathered_lines_are_written_when_the_outermost_scope_ends) {
    testing::internal::CaptureStderr();
    {
        const Gather outer;
        error("one");
        {
            const Gather inner;
            error("two");
        }
        static_cast<void>(std::fflush(stderr));
        EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
        testing::internal::CaptureStderr();
    }
    const std::string written = testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(written, "\n"), 2U);
    EXPECT_LT(written.find("one"), written.find("two"));
}

TEST(Log, a_scope_that_gathers_much_writes_in_between_and_loses_nothing) {
    testing::internal::CaptureStderr();
    const std::string text(1000, 'x');
    {
        const Gather lines;
        for (int i = 0; i < 200; ++i) {
            error("{}", text);
        }
    }
    EXPECT_EQ(count(testing::internal::GetCapturedStderr(), text + "\n"), 200U);
}

} // namespace
} // namespace mailcast::base::log
