#include "psyc/date.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::psyc {
namespace {

TEST(Date, counts_from_the_epoch_of_psyc_and_back) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {"2015-08-24T19:20:41Z", "0"},
        {"2015-08-24T19:20:40Z", "-1"},
        {"2026-11-23T12:00:00Z", "354991159"},
        {"0001-01-01T00:00:00Z", "-63576040841"},
        {"9999-12-31T23:59:59Z", "251961856758"},
    };
    for (const auto& [text, number] : cases) {
        EXPECT_EQ(date_number(text), number) << text;
        EXPECT_EQ(date_text(number), text) << number;
    }
    EXPECT_EQ(date_number("2026-11-23T12:00:00.123Z"), "354991159");
}

TEST(Date, other_text_and_numbers_are_none) {
    for (const std::string_view text :
         {"", "Z", "Mon, 23 Nov 2026 12:00:00 +0000", "2026-11-23", "2026-13-23T12:00:00Z",
          "2026-02-30T12:00:00Z", "2026-11-23T12:00:00", "2026-11-23T12:0x:00Z"}) {
        EXPECT_FALSE(date_number(text)) << text;
    }
    for (const std::string_view number :
         {"", "-", "1x", "251961856759", "-63576040842", "99999999999999999999999"}) {
        EXPECT_FALSE(date_text(number)) << number;
    }
}

} // namespace
} // namespace mailcast::psyc
