#include "base/address_set.h"
#include "base/id.h"
#include "base/time.h"
#include "base/utf8.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>

namespace mailcast::base {
namespace {

TEST(Time, is_written_as_the_rfcs_say) {
    const Time t = from_unix_ms(1795435200000);
    EXPECT_EQ(format_rfc3339(t), "2026-11-23T12:00:00Z");
    EXPECT_EQ(format_rfc3339(t + std::chrono::milliseconds{7}), "2026-11-23T12:00:00.007Z");
    EXPECT_EQ(format_rfc5322(t), "Mon, 23 Nov 2026 12:00:00 +0000");
    EXPECT_EQ(format_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
}

// The digits that are put by hand are those of fmt.
TEST(Time, is_written_as_fmt_writes_it) {
    std::mt19937_64 random{11};
    std::uniform_int_distribution<std::int64_t> ms{-70'000'000'000'000, 260'000'000'000'000};
    for (int i = 0; i < 20'000; ++i) {
        const Time t = from_unix_ms(ms(random) / (i % 2 == 0 ? 1 : 1000) * (i % 2 == 0 ? 1 : 1000));
        const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(t)};
        const std::chrono::hh_mm_ss clock{t - std::chrono::floor<std::chrono::days>(t)};
        const std::string hours = fmt::format("{:02}:{:02}:{:02}", clock.hours().count(),
                                              clock.minutes().count(), clock.seconds().count());
        const auto year = static_cast<int>(date.year());
        const auto day = static_cast<unsigned>(date.day());
        const auto fraction = clock.subseconds().count();
        EXPECT_EQ(format_rfc3339(t),
                  fmt::format("{:04}-{:02}-{:02}T{}{}Z", year, static_cast<unsigned>(date.month()),
                              day, hours, fraction == 0 ? "" : fmt::format(".{:03}", fraction)));
        const std::string mail = format_rfc5322(t);
        EXPECT_EQ(mail.substr(3, 5), fmt::format(", {:02} ", day));
        EXPECT_EQ(mail.substr(11), fmt::format(" {:04} {} +0000", year, hours));
    }
}

// ASCII that may be shown is copied; a letter behind it makes the same text go the long way.
TEST(Utf8, a_line_is_made_safe_the_same_way_with_and_without_a_letter_of_more_octets) {
    std::mt19937_64 random{12};
    constexpr std::string_view octets = "ab <>\"'~\x7F\x01!";
    for (int i = 0; i < 5'000; ++i) {
        std::string text(random() % 150, ' ');
        const std::size_t kinds = i % 3 == 0 ? octets.size() : octets.size() - 3;
        std::ranges::generate(text, [&] { return octets[random() % kinds]; });
        EXPECT_EQ(safe_line(text) + "\xC3\xBC", safe_line(text + "\xC3\xBC"));
    }
}

TEST(MessageId, text_reads_back_and_order_is_that_of_making) {
    MessageIdGenerator generator{42};
    std::string last;
    for (int i = 0; i < 1000; ++i) {
        // The clock steps back half way; ids still grow.
        const MessageId id = generator.next(from_unix_ms(i < 500 ? 1795435200000 : 1795435100000));
        const std::string text = id.text();
        EXPECT_EQ(text.size(), MessageId::text_length);
        EXPECT_GT(text, last);
        EXPECT_EQ(MessageId::parse(text), id);
        last = text;
    }
}

TEST(MessageId, what_is_no_id_is_refused) {
    for (const char* text : {"", "01JD", "01JDAAAAAAAAAAAAAAAAAAAAAU", "81JDAAAAAAAAAAAAAAAAAAAAAA",
                             "01JDAAAAAAAAAAAAAAAAAAAAAAA"}) {
        EXPECT_FALSE(MessageId::parse(text)) << text;
    }
}

TEST(Utf8, broken_sequences_are_replaced_by_maximal_subparts) {
    EXPECT_TRUE(is_valid_utf8("Gr\xC3\xBC\xC3\x9F"
                              "e"));
    EXPECT_FALSE(is_valid_utf8("\xC0\x80"));         // overlong
    EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));     // surrogate
    EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80")); // above U+10FFFF
    EXPECT_EQ(repaired_utf8("a\xE2\x82z\xFF"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
}

TEST(Utf8, cut_never_splits_a_character) {
    EXPECT_EQ(utf8_prefix("a\xC3\xBC", 2), "a");
    EXPECT_EQ(utf8_prefix("a\xC3\xBC", 3), "a\xC3\xBC");
    EXPECT_EQ(utf8_prefix("\xF0\x9F\x98\x80", 3), "");
}

TEST(Utf8, a_safe_line_has_no_control_and_no_override) {
    EXPECT_EQ(safe_line("a\r\nb\tc\x1B[31m\x00"
                        "d"),
              "a b c[31m");
    EXPECT_EQ(safe_line("x\xE2\x80\xAEy\xC2\x85z"), "xyz");
    EXPECT_EQ(safe_text("a\r\nb\rc\td\x07"), "a\nb\nc\td");
}

struct Block {
    const char* network;
    const char* address;
    bool inside;
};

TEST(AddressSet, contains_what_shares_its_prefix) {
    for (const Block& row :
         {Block{"127.0.0.0/8", "127.255.0.1", true}, Block{"127.0.0.0/8", "128.0.0.1", false},
          Block{"192.0.2.0/25", "192.0.2.127", true}, Block{"192.0.2.0/25", "192.0.2.128", false},
          Block{"0.0.0.0/0", "8.8.8.8", true}, Block{"0.0.0.0/0", "::1", false},
          Block{"::/0", "::1", true}, Block{"::1", "::1", true}, Block{"::1", "::2", false},
          Block{"2001:db8::/33", "2001:db8:8000::", false},
          Block{"192.0.2.7", "::ffff:192.0.2.7", true}}) {
        AddressSet set;
        ASSERT_TRUE(set.add(row.network)) << row.network;
        EXPECT_EQ(set.contains(row.address), row.inside) << row.network << " " << row.address;
    }
    for (const char* text : {"", "/8", "127.0.0.0/33", "127.0.0.0/", "::/129", "host", "1.2.3"}) {
        EXPECT_FALSE(AddressSet().add(text)) << text;
    }
}

} // namespace
} // namespace mailcast::base
