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
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned millisecond;
};

Civil civil_of(Time t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss<std::chrono::milliseconds> clock{t - day};
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<unsigned>(date.month()),
            .day = static_cast<unsigned>(date.day()),
            .weekday = std::chrono::weekday{day}.c_encoding(),
            .hour = static_cast<unsigned>(clock.hours().count()),
            .minute = static_cast<unsigned>(clock.minutes().count()),
            .second = static_cast<unsigned>(clock.seconds().count()),
            .millisecond = static_cast<unsigned>(clock.subseconds().count())};
}

// fmt takes several times as long for these few digits, and each mail has a handful of dates.
void put_two(std::string& out, unsigned value) {
    out += static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
}

// Of four digits, but for the dates that nobody writes.
void put_year(std::string& out, int year) {
    if (year < 0 || year > 9999) {
        out += fmt::format(FMT_COMPILE("{:04}"), year);
        return;
    }
    put_two(out, static_cast<unsigned>(year) / 100);
    put_two(out, static_cast<unsigned>(year) % 100);
}

void put_clock(std::string& out, const Civil& c) {
    put_two(out, c.hour);
    out += ':';
    put_two(out, c.minute);
    out += ':';
    put_two(out, c.second);
}

} // namespace

Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(Time t) {
    const Civil c = civil_of(t);
    std::string out;
    out.reserve(sizeof "2026-11-23T12:00:00.000Z");
    put_year(out, c.year);
    out += '-';
    put_two(out, c.month);
    out += '-';
    put_two(out, c.day);
    out += 'T';
    put_clock(out, c);
    if (c.millisecond != 0) {
        out += '.';
        out += static_cast<char>('0' + c.millisecond / 100);
        put_two(out, c.millisecond % 100);
    }
    out += 'Z';
    return out;
}

std::string format_rfc5322(Time t) {
    static constexpr std::array<const char*, 7> weekdays = {"Sun", "Mon", "Tue", "Wed",
                                                            "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil_of(t);
    std::string out;
    out.reserve(sizeof "Mon, 23 Nov 2026 12:00:00 +0000");
    out += weekdays.at(c.weekday);
    out += ", ";
    put_two(out, c.day);
    out += ' ';
    out += months.at(c.month - 1);
    out += ' ';
    put_year(out, c.year);
    out += ' ';
    put_clock(out, c);
    out += " +0000";
    return out;
}

} // namespace mailcast::base
