#include "store/sqlite/key_filter.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mailcast::store::sqlite {

namespace {

std::vector<JournalKey> random_keys(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<JournalKey> keys(count);
    for (JournalKey& key : keys) {
        for (std::uint8_t& octet : key) {
            octet = static_cast<std::uint8_t>(random());
        }
    }
    return keys;
}

} // namespace

TEST(KeyFilterTest, denies_no_key_that_was_added_and_most_others) {
    KeyFilter filter(1'000'000);
    const auto added = random_keys(200'000, 1);
    for (const JournalKey& key : added) {
        filter.add(key, 5);
    }
    for (const JournalKey& key : added) {
        ASSERT_TRUE(filter.find(key).has_value());
    }
    std::size_t mistaken = 0;
    for (const JournalKey& key : random_keys(100'000, 2)) {
        mistaken += filter.find(key).has_value() ? 1U : 0U;
    }
    EXPECT_LT(mistaken, 2'000U);
    EXPECT_LE(filter.octets(), 1U << 20U);
}

TEST(KeyFilterTest, says_between_which_times_a_key_was_added) {
    KeyFilter filter(1'000'000);
    const auto keys = random_keys(60'000, 6);
    for (std::size_t at = 0; at < keys.size(); ++at) {
        filter.add(keys[at], static_cast<std::int64_t>(at));
    }
    std::size_t narrow = 0;
    for (std::size_t at = 0; at < keys.size(); ++at) {
        const auto span = filter.find(keys[at]);
        ASSERT_TRUE(span);
        ASSERT_LE(span->oldest, static_cast<std::int64_t>(at));
        ASSERT_GE(span->newest, static_cast<std::int64_t>(at));
        narrow += span->newest - span->oldest < 40'000 ? 1U : 0U;
    }
    EXPECT_GT(narrow, keys.size() * 9 / 10);
}

TEST(KeyFilterTest, knows_nothing_of_an_empty_journal) {
    KeyFilter filter(1000);
    EXPECT_FALSE(filter.find(random_keys(1, 3)[0]).has_value());
    EXPECT_EQ(filter.octets(), 0U);
}

TEST(KeyFilterTest, what_is_old_goes_and_makes_room) {
    KeyFilter filter(150'000);
    // Ten times as many as it may hold, of which a tenth at most is not old.
    for (std::int64_t day = 0; day < 100; ++day) {
        const auto keys = random_keys(15'000, static_cast<std::uint64_t>(day) + 10);
        for (const JournalKey& key : keys) {
            filter.add(key, day);
        }
        filter.forget_before(day - 1);
        for (const JournalKey& key : keys) {
            ASSERT_TRUE(filter.find(key).has_value());
        }
    }
    EXPECT_FALSE(filter.find(JournalKey{}).has_value());
    EXPECT_LE(filter.octets(), 400'000U);
}

TEST(KeyFilterTest, above_its_bound_every_key_is_possible_and_nothing_is_kept) {
    KeyFilter filter(1000);
    for (const JournalKey& key : random_keys(1001, 4)) {
        filter.add(key, 5);
    }
    EXPECT_TRUE(filter.find(JournalKey{}).has_value());
    EXPECT_EQ(filter.octets(), 0U);
}

} // namespace mailcast::store::sqlite
