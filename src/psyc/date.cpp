#include "psyc/date.h"

#include "base/ascii.h"
#include "base/time.h"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace mailcast::psyc {

namespace {

constexpr std::int64_t epoch = 1'440'444'041; // Unix time of the PSYC epoch

// Digits at `at`, as a number; none when others stand there.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (!base::is_digit(c)) {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

} // namespace

std::optional<std::string> date_number(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() <= form.size() || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
        text[10] != 'T' || text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) {
        return std::nullopt;
    }
    const std::chrono::seconds since = std::chrono::sys_days(date).time_since_epoch() +
                                       std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                                       std::chrono::seconds(*second);
    return std::to_string(since.count() - epoch);
}

std::optional<std::string> date_text(std::string_view number) {
    constexpr std::int64_t first = -62'135'596'800; // 0001-01-01
    constexpr std::int64_t last = 253'402'300'799;  // 9999-12-31T23:59:59Z
    std::int64_t seconds = 0;
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, seconds);
    if (error != std::errc{} || stop != end || seconds < first - epoch || seconds > last - epoch) {
        return std::nullopt;
    }
    return base::format_rfc3339(base::from_unix_ms((seconds + epoch) * 1000));
}

} // namespace mailcast::psyc
