#include "mime/date.h"

#include "base/ascii.h"
#include "base/octets.h"

#include <array>
#include <charconv>
#include <chrono>

namespace mailcast::mime {

namespace {

// A date is short; what follows does not belong to it.
constexpr std::size_t max_date = 256;

constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";

struct Zone {
    std::string_view name;
    int minutes = 0;
};

// RFC 5322, 4.3; and those of Europe and Asia that are sent nevertheless.  Single letters count as
// +0000, as the RFC says.
constexpr std::array zones = {
    Zone{"gmt", 0},    Zone{"ut", 0},     Zone{"utc", 0},    Zone{"wet", 0},    Zone{"est", -300},
    Zone{"edt", -240}, Zone{"cst", -360}, Zone{"cdt", -300}, Zone{"mst", -420}, Zone{"mdt", -360},
    Zone{"pst", -480}, Zone{"pdt", -420}, Zone{"cet", 60},   Zone{"met", 60},   Zone{"bst", 60},
    Zone{"cest", 120}, Zone{"mest", 120}, Zone{"eet", 120},  Zone{"eest", 180}, Zone{"msk", 180},
    Zone{"jst", 540},  Zone{"kst", 540}};

struct Fields {
    int year = -1;
    int month = -1;
    int day = -1;
    int hour = -1;
    int minute = 0;
    int second = 0;
    std::optional<int> zone;   // minutes east of Greenwich
    bool is_afternoon = false; // PM
    bool is_morning = false;   // AM
};

constexpr bool is_break(char c) {
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case '"':
        return true;
    default:
        return false;
    }
}

using DateBuffer = std::array<char, max_date>;

// A date as it is to be read: comments are blanks, and "09 : 55 : 06" is a clock too (RFC 5322, 4.3).
std::string_view plain_date(std::string_view text, DateBuffer& buffer) {
    std::size_t size = 0; // of what is in the buffer; the text never grows
    char last = ' ';      // in it
    const auto put = [&](char c) {
        while (c == ':' && size > 0 && is_break(buffer[size - 1])) {
            --size;
        }
        if (last != ':' || !is_break(c)) {
            buffer[size++] = c;
            last = c;
        }
    };
    std::size_t depth = 0; // of nested comments
    for (const char c : text.substr(0, max_date)) {
        if (c == '(') {
            ++depth;
        } else if (c == ')' && depth > 0) {
            --depth;
            put(' ');
        } else if (depth == 0) {
            put(c);
        }
    }
    return {buffer.data(), size};
}

std::optional<int> number(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || !base::is_digit(digits.front()) || error != std::errc{} ||
        end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

int month_of(std::string_view word) {
    if (word.size() < 3) {
        return -1;
    }
    const char first = base::to_lower(word[0]);
    const char second = base::to_lower(word[1]);
    const char third = base::to_lower(word[2]);
    for (std::size_t at = 0; at < months.size(); at += 3) {
        if (months[at] == first && months[at + 1] == second && months[at + 2] == third) {
            return static_cast<int>(at / 3) + 1;
        }
    }
    return -1;
}

// RFC 5322, 4.3: "49" and below is 20xx, two digits above and all three-digit years count from 1900.
int full_year(int year, std::size_t digits) {
    if (digits == 2) {
        return year < 50 ? year + 2000 : year + 1900;
    }
    return digits == 3 ? year + 1900 : year;
}

// "12:34", "12:34:56", "12:34:56.789"
bool read_clock(std::string_view word, Fields& fields) {
    const std::size_t first = base::find_any(word, ':', '.');
    if (first == std::string_view::npos) {
        return false;
    }
    const char separator = word[first];
    std::string_view rest = word.substr(first + 1);
    const std::size_t second = rest.find(separator);
    const auto hour = number(word.substr(0, first));
    const auto minute = number(rest.substr(0, second));
    std::optional<int> seconds = 0;
    if (second != std::string_view::npos) {
        rest.remove_prefix(second + 1);
        seconds = number(rest.substr(0, base::find_any(rest, '.', ',')));
    }
    if (!hour || !minute || !seconds) {
        return false;
    }
    fields.hour = *hour;
    fields.minute = *minute;
    fields.second = *seconds;
    return true;
}

std::optional<int> read_zone(std::string_view word) {
    // "GMT+0100", "UTC+01:00"
    if ((base::istarts_with(word, "gmt") || base::istarts_with(word, "utc")) && word.size() > 3) {
        word.remove_prefix(3);
    }
    if (word.starts_with('+') || word.starts_with('-')) {
        const int sign = word.front() == '-' ? -1 : 1;
        word.remove_prefix(1);
        int hours = 0;
        int minutes = 0;
        const std::size_t colon = word.find(':');
        const auto value = number(word.substr(0, colon));
        if (!value) {
            return std::nullopt;
        }
        if (colon != std::string_view::npos) {
            hours = *value;
            minutes = number(word.substr(colon + 1)).value_or(0);
        } else if (word.size() <= 2) {
            hours = *value;
        } else {
            hours = *value / 100;
            minutes = *value % 100;
        }
        if (hours > 99 || minutes > 59) {
            return std::nullopt;
        }
        return sign * (hours * 60 + minutes);
    }
    for (const Zone& zone : zones) {
        if (base::iequals(zone.name, word)) {
            return zone.minutes;
        }
    }
    if (word.size() == 1 && base::is_alpha(word.front())) {
        return 0;
    }
    return std::nullopt;
}

// "2026-11-23" with or without "T12:00:00+01:00"; "23-Nov-2026".
bool read_dashed(std::string_view word, Fields& fields) {
    const std::size_t first = base::find_any(word, '-', '/');
    if (first == std::string_view::npos || first == 0) {
        return false;
    }
    const std::size_t second = word.find(word[first], first + 1);
    if (second == std::string_view::npos) {
        return false;
    }
    const std::string_view middle = word.substr(first + 1, second - first - 1);
    std::string_view last = word.substr(second + 1);
    std::string_view clock;
    if (const std::size_t t = base::find_any(last, 'T', 't'); t != std::string_view::npos) {
        clock = last.substr(t + 1);
        last = last.substr(0, t);
    }
    const auto begin_number = number(word.substr(0, first));
    const auto end_number = number(last);
    if (!begin_number || !end_number) {
        return false;
    }
    const int month = number(middle).value_or(month_of(middle));
    if (first == 4) {
        fields.year = *begin_number;
        fields.day = *end_number;
    } else {
        fields.day = *begin_number;
        fields.year = full_year(*end_number, last.size());
    }
    fields.month = month;
    if (!clock.empty()) {
        const std::size_t zone = base::find_any(clock, '+', '-', 'Z', 'z');
        if (!read_clock(clock.substr(0, zone), fields)) {
            return false;
        }
        if (zone != std::string_view::npos) {
            fields.zone = read_zone(clock.substr(zone));
        }
    }
    return true;
}

// "12.34.56", "12:34:56+0200": the blank before the zone was forgotten.
bool is_clock(std::string_view word) {
    if (word.find(':') != std::string_view::npos) {
        return base::is_digit(word.front()) &&
               base::find_any(word, 'T', 't', '/') == std::string_view::npos &&
               word.find('-') > word.find(':');
    }
    return word.size() == 8 && word[2] == '.' && word[5] == '.';
}

void read_word(std::string_view word, Fields& fields) {
    if (fields.hour >= 0 && (base::iequals(word, "pm") || base::iequals(word, "p.m."))) {
        fields.is_afternoon = true;
        return;
    }
    if (fields.hour >= 0 && (base::iequals(word, "am") || base::iequals(word, "a.m."))) {
        fields.is_morning = true;
        return;
    }
    if (fields.hour >= 0 && !fields.zone && fields.day >= 0) {
        if (const auto zone = read_zone(word); zone && number(word) == std::nullopt) {
            fields.zone = zone;
            return;
        }
    }
    if (base::is_alpha(word.front())) {
        if (fields.month < 0 && word.size() >= 3) {
            fields.month = month_of(word);
        }
        return;
    }
    if (fields.hour < 0 && is_clock(word)) {
        const std::size_t zone = base::find_any(word, '+', '-');
        if (read_clock(word.substr(0, zone), fields) && zone != std::string_view::npos) {
            fields.zone = read_zone(word.substr(zone));
        }
        return;
    }
    if (fields.day < 0 && fields.year < 0 && read_dashed(word, fields)) {
        return;
    }
    const auto value = number(word.substr(0, word.find('.')));
    if (!value) {
        return;
    }
    if (fields.day < 0 && word.size() <= 2) {
        fields.day = *value;
    } else if (fields.year < 0 && word.size() >= 2) {
        fields.year = full_year(*value, word.size());
    }
}

} // namespace

std::optional<base::Time> parse_date(std::string_view text) {
    DateBuffer buffer;
    std::string_view rest = plain_date(text, buffer);
    Fields fields;
    while (!rest.empty()) {
        if (is_break(rest.front())) {
            rest.remove_prefix(1);
            continue;
        }
        std::size_t end = 0;
        while (end < rest.size() && !is_break(rest[end])) {
            ++end;
        }
        read_word(rest.substr(0, end), fields);
        rest.remove_prefix(end);
    }

    if (fields.hour < 0) {
        return std::nullopt;
    }
    if (fields.is_afternoon && fields.hour < 12) {
        fields.hour += 12;
    } else if (fields.is_morning && fields.hour == 12) {
        fields.hour = 0;
    }
    const std::chrono::year_month_day day{std::chrono::year{fields.year},
                                          std::chrono::month{static_cast<unsigned>(fields.month)},
                                          std::chrono::day{static_cast<unsigned>(fields.day)}};
    if (fields.year < 1900 || fields.year > 9999 || fields.month < 1 || fields.day < 1 ||
        !day.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) {
        return std::nullopt;
    }
    using namespace std::chrono;
    return base::Time{sys_days{day} + hours{fields.hour} + minutes{fields.minute} +
                      seconds{fields.second} - minutes{fields.zone.value_or(0)}};
}

} // namespace mailcast::mime
