#include "mime/date.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mime {
namespace {

TEST(Date, right_and_odd_spellings_are_read) {
    struct Case {
        const char* text;
        const char* utc; // "" when it is no date
    };

    for (const Case& c : std::vector<Case>{
             {"Mon, 23 Nov 2026 12:00:00 +0100", "2026-11-23T11:00:00Z"},
             {" 23 Nov 2026 12:00 +0100 (CET)", "2026-11-23T11:00:00Z"},
             {"Mon,23 Nov 2026 12:00:00 GMT", "2026-11-23T12:00:00Z"},
             {"Mon, 23 Nov 26 12:00:00 EST", "2026-11-23T17:00:00Z"},
             {"23 Nov 97 12:00:00 PDT", "1997-11-23T19:00:00Z"},
             {"23 Nov 126 12:00:00 Z", "2026-11-23T12:00:00Z"},
             {"Mon, 23 Nov 2026 12:00:00", "2026-11-23T12:00:00Z"},
             {"Mon, 23 Nov 2026 12:00:00 -0000", "2026-11-23T12:00:00Z"},
             {"Mon, 23 Nov 2026 12:00:00 +01:00", "2026-11-23T11:00:00Z"},
             {"Mon, 23 Nov 2026 12:00:00 GMT+0200", "2026-11-23T10:00:00Z"},
             {"Monday, 23-November-2026 12:00:00 +0000", "2026-11-23T12:00:00Z"},
             {"Mon Nov 23 12:00:00 2026", "2026-11-23T12:00:00Z"},
             {"Mon Nov 23 12:00:00 CET 2026", "2026-11-23T11:00:00Z"},
             {"2026-11-23T12:00:00+01:00", "2026-11-23T11:00:00Z"},
             {"2026-11-23 12:00:00 +0100", "2026-11-23T11:00:00Z"},
             {"Mon, 23 Nov\r\n 2026 12:00:00 +0100", "2026-11-23T11:00:00Z"},
             {"Mon (a (b)) , 23 Nov 2026 12:00:00 +0100", "2026-11-23T11:00:00Z"},
             {"Tue, 30 Jun 2015 23:59:60 +0000", "2015-07-01T00:00:00Z"},
             {"29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00Z"},
             {"29 Feb 2023 00:00:00 +0000", ""},
             {"32 Nov 2026 12:00:00 +0000", ""},
             {"23 Foo 2026 12:00:00 +0000", ""},
             {"23 Nov 2026 25:00:00 +0000", ""},
             {"23 Nov 2026", ""},
             {"yesterday", ""},
             {"", ""},
             {"99999999999999999999 Nov 2026 12:00:00", ""},
         }) {
        const auto date = parse_date(c.text);
        EXPECT_EQ(date ? base::format_rfc3339(*date) : "", c.utc) << c.text;
    }
}

} // namespace
} // namespace mailcast::mime
