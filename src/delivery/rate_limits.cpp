#include "delivery/rate_limits.h"

#include "base/ascii.h"
#include "delivery/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mailcast::delivery {

namespace {

constexpr std::uint64_t max_count = 1'000'000'000;

// What one mail takes out of the bucket, as the time in which it fills up again.
RateLimits::Moment price(const Rate& rate) {
    return std::chrono::duration_cast<RateLimits::Moment>(rate.time) /
           static_cast<std::int64_t>(std::max<std::uint64_t>(rate.count, 1));
}

// splitmix64: spreads every bit of the state over all.
std::uint64_t mixed(std::uint64_t state) {
    state += 0x9E37'79B9'7F4A'7C15ULL;
    state = (state ^ (state >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    state = (state ^ (state >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return state ^ (state >> 31U);
}

} // namespace

std::optional<Rate> parse_rate(std::string_view text) {
    Rate rate;
    const std::size_t slash = text.find('/');
    const std::string_view number = base::trim(text.substr(0, slash));
    const auto [at, error] =
        std::from_chars(number.data(), number.data() + number.size(), rate.count);
    if (error != std::errc{} || at != number.data() + number.size() || rate.count == 0 ||
        rate.count > max_count) {
        return std::nullopt;
    }
    if (slash != std::string_view::npos) {
        std::string time(base::trim(text.substr(slash + 1)));
        if (!time.empty() && !base::is_digit(time.front())) {
            time.insert(0, 1, '1'); // "100/m"
        }
        const auto parsed = parse_duration(time);
        if (!parsed || parsed->count() == 0) {
            return std::nullopt;
        }
        rate.time = *parsed;
    }
    return rate;
}

std::string print_rate(const Rate& rate) {
    return fmt::format("{}/{}", rate.count, print_duration(rate.time));
}

// Names are told apart by 64 bits: that two share them among the few thousand of a table is not to be expected,
// and would make both wait a little.
std::uint64_t RateLimits::key_of(std::string_view kind, std::string_view name) const {
    std::uint64_t state = mixed(seed_);
    for (const std::string_view part : {kind, name}) {
        state = mixed(state ^ part.size());
        for (const char c : part) {
            state = (state ^ static_cast<std::uint8_t>(base::to_lower(c))) * 0x100'0000'01B3ULL;
        }
        state = mixed(state);
    }
    return state == 0 ? 1 : state;
}

const RateLimits::Entry* RateLimits::find(std::uint64_t key) const {
    if (table_.empty()) {
        return nullptr;
    }
    const Set& set = table_[key % sets];
    const auto* const found = std::ranges::find(set, key, &Entry::key);
    return found == set.end() ? nullptr : &*found;
}

bool RateLimits::has_room(const Rate& rate, std::string_view kind, std::string_view name,
                          Moment now) const {
    const Entry* entry = find(key_of(kind, name));
    const Moment full_at = entry == nullptr ? now : std::max(entry->full_at, now);
    return full_at + price(rate) - now <= rate.time;
}

bool RateLimits::take(const Rate& rate, std::string_view kind, std::string_view name, Moment now) {
    if (table_.empty()) {
        table_.resize(sets);
    }
    const std::uint64_t key = key_of(kind, name);
    Set& set = table_[key % sets];
    auto* entry = std::ranges::find(set, key, &Entry::key);
    if (entry == set.end()) {
        entry = std::ranges::min_element(
            set, {}, [](const Entry& one) { return one.key == 0 ? Moment::min() : one.full_at; });
        *entry = {.key = key, .full_at = now};
    }
    const Moment full_at = std::max(entry->full_at, now) + price(rate);
    if (full_at - now > rate.time) {
        return false;
    }
    entry->full_at = full_at;
    return true;
}

std::size_t RateLimits::names() const {
    std::size_t count = 0;
    for (const Set& set : table_) {
        count += static_cast<std::size_t>(
            std::ranges::count_if(set, [](const Entry& entry) { return entry.key != 0; }));
    }
    return count;
}

} // namespace mailcast::delivery
