#include "delivery/rate_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimits, reads_and_prints_a_rate) {
    EXPECT_EQ(parse_rate("100/1m"), (Rate{100, seconds(60)}));
    EXPECT_EQ(parse_rate("5/10s"), (Rate{5, seconds(10)}));
    EXPECT_EQ(parse_rate("30"), (Rate{30, seconds(60)}));
    EXPECT_EQ(parse_rate("30/h"), (Rate{30, seconds(3600)}));
    for (const char* bad :
         {"", "0/1m", "x", "1/", "1/0s", "-1/1m", "1/1y", "1/m/m", "9999999999"}) {
        EXPECT_FALSE(parse_rate(bad)) << bad;
    }
    EXPECT_EQ(print_rate({100, seconds(60)}), "100/1m");
}

TEST(RateLimits, so_many_at_once_then_one_by_one) {
    RateLimits limits(1);
    const Rate rate{3, seconds(30)};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limits.has_room(rate, "sender", "bea@example.net", seconds(100)));
        EXPECT_TRUE(limits.take(rate, "sender", "bea@example.net", seconds(100)));
    }
    EXPECT_FALSE(limits.has_room(rate, "sender", "bea@example.net", seconds(100)));
    EXPECT_FALSE(limits.take(rate, "sender", "BEA@example.net", seconds(109)));
    EXPECT_TRUE(limits.take(rate, "sender", "bea@example.net", seconds(110))) << "one in ten";
    EXPECT_FALSE(limits.take(rate, "sender", "bea@example.net", seconds(110)));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limits.take(rate, "sender", "bea@example.net", seconds(1000)));
    }
    EXPECT_FALSE(limits.take(rate, "sender", "bea@example.net", seconds(1000)));
}

TEST(RateLimits, names_and_kinds_are_counted_apart) {
    RateLimits limits(1);
    const Rate rate{1, seconds(60)};
    EXPECT_TRUE(limits.take(rate, "sender", "a", seconds(1)));
    EXPECT_TRUE(limits.take(rate, "sender", "b", seconds(1)));
    EXPECT_TRUE(limits.take(rate, "client", "a", seconds(1)));
    EXPECT_FALSE(limits.take(rate, "sender", "a", seconds(1)));
}

TEST(RateLimits, a_flood_of_names_takes_no_more_memory_and_does_not_free_a_busy_one) {
    RateLimits limits(7);
    const Rate day{100, std::chrono::hours(24)};
    const Rate minute{10, seconds(60)};
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(limits.take(day, "sender", "busy", seconds(1)));
    }
    for (int i = 0; i < 300'000; ++i) {
        EXPECT_TRUE(limits.take(minute, "sender", std::to_string(i), milliseconds(1000 + i)));
    }
    EXPECT_LE(limits.names(), RateLimits::max_names);
    EXPECT_FALSE(limits.take(day, "sender", "busy", seconds(302)));
}

} // namespace
} // namespace mailcast::delivery
