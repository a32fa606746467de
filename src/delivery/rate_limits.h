// How much mail may come from whom, to whom and by which origin in a time: asked at RCPT, before any work is done
// for the mail.  Not thread-safe; the hub thread's.
//
// Each limit "N in T" is a bucket that holds N and fills up in T: N at once are fine, then one each T/N.  What is
// remembered is one time for each counted name, in a table of fixed size; when it is full, the name that is
// nearest to being forgotten makes room, so a flood of names costs no memory and frees only the least of limits.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

struct Rate {
    std::uint64_t count = 0;
    std::chrono::seconds time{60};

    bool operator==(const Rate&) const = default;
};

// "100/1m", "5/10s", "1000/1d"; a number alone is for a minute.  nullopt when it is none of these.
std::optional<Rate> parse_rate(std::string_view text);
std::string print_rate(const Rate& rate);

// The limits of one origin; nullopt is no limit.
struct RateSettings {
    std::optional<Rate> all;    // mails of this origin, all together
    std::optional<Rate> sender; // mails of one reverse-path
    std::optional<Rate> client; // mails of one address that hands them in (XFORWARD, else the peer)
    std::optional<Rate> recipient; // mails to one recipient

    bool operator==(const RateSettings&) const = default;
};

class RateLimits {
  public:
    // Names that are remembered at a time.
    static constexpr std::size_t max_names = 65'536;

    using Moment = std::chrono::nanoseconds; // of a clock that never goes back

    // `seed` keeps others from finding names that share a place.
    explicit RateLimits(std::uint64_t seed) : seed_(seed) {}

    // One more of `name`; false when that is over the limit, and then nothing is counted.  `kind` tells limits
    // apart that count the same name.
    bool take(const Rate& rate, std::string_view kind, std::string_view name, Moment now);

    // Whether take() would say true.
    bool has_room(const Rate& rate, std::string_view kind, std::string_view name, Moment now) const;

    std::size_t names() const; // remembered at present

  private:
    static constexpr std::size_t ways = 8;
    static constexpr std::size_t sets = max_names / ways;

    // The moment at which the bucket of a name will be full again.
    struct Entry {
        std::uint64_t key = 0; // 0: free
        Moment full_at{};
    };

    using Set = std::array<Entry, ways>;

    std::uint64_t key_of(std::string_view kind, std::string_view name) const;
    const Entry* find(std::uint64_t key) const;

    std::uint64_t seed_;
    std::vector<Set> table_; // empty until the first limit is asked for
};

} // namespace mailcast::delivery
