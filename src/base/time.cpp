#include "base/time.h"

#include <fmt/compile.h>

#include <array>

namespace mailcast::base {

namespace {

struct Civil {
    int year;
    unsigned month;
    unsigned day;
    unsigned weekday; // 0 is Sunday
    int hour;
    int minute;
    int second;
    int millisecond;
};

Civil civil_of(Time t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss<std::chrono::milliseconds> clock{t - day};
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<unsigned>(date.month()),
            .day = static_cast<unsigned>(date.day()),
            .weekday = std::chrono::weekday{day}.c_encoding(),
            .hour = static_cast<int>(clock.hours().count()),
            .minute = static_cast<int>(clock.minutes().count()),
            .second = static_cast<int>(clock.seconds().count()),
            .millisecond = static_cast<int>(clock.subseconds().count())};
}

} // namespace

Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(Time t) {
    const Civil c = civil_of(t);
    if (c.millisecond == 0) {
        return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z"), c.year, c.month,
                           c.day, c.hour, c.minute, c.second);
    }
    return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"), c.year, c.month,
                       c.day, c.hour, c.minute, c.second, c.millisecond);
}

std::string format_rfc5322(Time t) {
    static constexpr std::array<const char*, 7> weekdays = {"Sun", "Mon", "Tue", "Wed",
                                                            "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil_of(t);
    return fmt::format(FMT_COMPILE("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000"),
                       weekdays.at(c.weekday), c.day, months.at(c.month - 1), c.year, c.hour,
                       c.minute, c.second);
}

} // namespace mailcast::base
