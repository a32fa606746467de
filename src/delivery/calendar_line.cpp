#include "delivery/calendar_line.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace mailcast::delivery {

namespace {

constexpr std::size_t longest_value = 300; // octets shown of one property

struct Property {
    std::string_view name;
    std::string_view parameters;
    std::string_view value;
};

// RFC 5545 3.1: name *(";" parameter) ":" value; quoted parameters may hold ':'.
Property read_property(std::string_view line) {
    std::size_t colon = 0;
    bool quoted = false;
    while (colon < line.size() && (quoted || line[colon] != ':')) {
        quoted = quoted != (line[colon] == '"');
        ++colon;
    }
    const std::string_view head = line.substr(0, colon);
    const std::size_t semicolon = std::min(head.find(';'), head.size());
    return {.name = head.substr(0, semicolon),
            .parameters = head.substr(std::min(semicolon + 1, head.size())),
            .value = line.substr(std::min(colon + 1, line.size()))};
}

std::string_view parameter(std::string_view parameters, std::string_view name) {
    while (!parameters.empty()) {
        std::size_t end = 0;
        bool quoted = false;
        while (end < parameters.size() && (quoted || parameters[end] != ';')) {
            quoted = quoted != (parameters[end] == '"');
            ++end;
        }
        std::string_view one = parameters.substr(0, end);
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
        if (one.size() > name.size() && one[name.size()] == '=' && base::istarts_with(one, name)) {
            one.remove_prefix(name.size() + 1);
            if (one.size() > 1 && one.front() == '"' && one.back() == '"') {
                one = one.substr(1, one.size() - 2);
            }
            return one;
        }
    }
    return {};
}

// RFC 5545 3.3.11: \n, \, \; and \\ in texts.
std::string unescaped(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size() && text.size() < longest_value; ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) {
            ++i;
            text.push_back(value[i] == 'n' || value[i] == 'N' ? ' ' : value[i]);
        } else {
            text.push_back(value[i]);
        }
    }
    return std::string(base::trim(base::safe_line(base::utf8_prefix(text, longest_value))));
}

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, base::is_digit);
}

// "2021-05-03"
bool is_date(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' && all_digits(text.substr(0, 4)) &&
           all_digits(text.substr(5, 2)) && all_digits(text.substr(8));
}

struct When {
    std::string date; // 2021-05-03
    std::string time; // 12:00; "" for a whole day
    std::string zone; // " UTC", " (Europe/Berlin)" or ""
};

// RFC 5545 3.3.4, 3.3.5.  What is no date is shown as it stands.
When read_when(const Property& property) {
    const std::string_view value = base::trim(property.value);
    if (value.size() < 8 || !all_digits(value.substr(0, 8))) {
        return {.date = unescaped(value), .time = {}, .zone = {}};
    }
    const std::string digits(value);
    When when{.date = digits.substr(0, 4) + '-' + digits.substr(4, 2) + '-' + digits.substr(6, 2),
              .time = {},
              .zone = {}};
    if (value.size() >= 13 && value[8] == 'T' && all_digits(value.substr(9, 4))) {
        when.time = digits.substr(9, 2) + ':' + digits.substr(11, 2);
        const std::string_view zone = parameter(property.parameters, "TZID");
        if (value.ends_with('Z')) {
            when.zone = " UTC";
        } else if (!zone.empty()) {
            when.zone = " (" + unescaped(zone) + ')';
        }
    }
    return when;
}

// RFC 5545 3.6.1: the end of whole days is the day after the last one.
void step_back(std::string& date) {
    using namespace std::chrono;
    const auto number = [&date](std::size_t at, std::size_t length) {
        int value = 0;
        std::from_chars(date.data() + at, date.data() + at + length, value);
        return value;
    };
    const year_month_day day{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                             std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    if (!day.ok() || day == year(0) / January / 1) {
        return;
    }
    const year_month_day before(sys_days(day) - days(1));
    const auto put = [&date](std::size_t at, std::size_t length, unsigned value) {
        for (; length > 0; --length, value /= 10) {
            date[at + length - 1] = static_cast<char>('0' + value % 10);
        }
    };
    put(0, 4, static_cast<unsigned>(static_cast<int>(before.year())));
    put(5, 2, static_cast<unsigned>(before.month()));
    put(8, 2, static_cast<unsigned>(before.day()));
}

// "FREQ=WEEKLY;BYDAY=MO" as "weekly"; "" for what is none of the usual.
std::string_view repetition(std::string_view rule) {
    const std::string_view frequency = parameter(rule, "FREQ");
    for (const char* known : {"daily", "weekly", "monthly", "yearly"}) {
        if (base::iequals(frequency, known)) {
            return known;
        }
    }
    return {};
}

std::string span(const Property& start, const Property& end) {
    const When from = read_when(start);
    std::string text = from.date;
    if (!from.time.empty()) {
        text += ' ' + from.time;
    }
    if (!end.value.empty()) {
        When to = read_when(end);
        if (base::iequals(end.name, "DTEND") && from.time.empty() && to.time.empty() &&
            is_date(from.date) && is_date(to.date) && from.date != to.date) {
            step_back(to.date);
        }
        if (to.date != from.date) {
            text += " to " + to.date + (to.time.empty() ? "" : ' ' + to.time);
        } else if (!to.time.empty() && to.time != from.time) {
            text += " to " + to.time;
        }
    }
    return text + from.zone;
}

std::string organiser(const Property& property) {
    std::string_view address = base::trim(property.value);
    if (base::istarts_with(address, "mailto:")) {
        address.remove_prefix(7);
    }
    const std::string name = unescaped(parameter(property.parameters, "CN"));
    std::string written = unescaped(address);
    if (name.empty() || name == written) {
        return written;
    }
    return written.empty() ? name : name + " <" + written + '>';
}

// RFC 5545 3.1: a line goes on where the next begins with white space.
void take_line(std::string_view& calendar, std::string& line) {
    line.clear();
    do {
        const std::size_t end = std::min(calendar.find('\n'), calendar.size());
        std::string_view piece = calendar.substr(0, end);
        calendar.remove_prefix(std::min(end + 1, calendar.size()));
        if (piece.ends_with('\r')) {
            piece.remove_suffix(1);
        }
        if (!line.empty()) {
            piece.remove_prefix(1);
        }
        line += piece;
    } while (!line.empty() && !calendar.empty() && base::is_blank(calendar.front()));
}

std::string_view title(std::string_view method) {
    const struct {
        std::string_view method;
        std::string_view title;
    } titles[] = {{"request", "Invitation"},
                  {"cancel", "Cancelled"},
                  {"reply", "Answer to an invitation"},
                  {"counter", "Counter-proposal"},
                  {"declinecounter", "Counter-proposal declined"},
                  {"refresh", "Request for the latest version"}};

    for (const auto& entry : titles) {
        if (base::iequals(method, entry.method)) {
            return entry.title;
        }
    }
    return "Calendar entry";
}

} // namespace

std::string calendar_line(std::string_view calendar, std::string_view method) {
    calendar = calendar.substr(0, max_calendar);
    std::string own_method(method);
    std::string summary;
    std::string place;
    std::string organised_by;
    std::string status; // of the answering attendee
    std::string repeats;
    std::string start_line;
    std::string end_line;
    bool inside = false;
    int depth_below = 0; // alarms have descriptions of their own
    std::string line;
    while (!calendar.empty()) {
        take_line(calendar, line);
        const Property property = read_property(line);
        const auto is = [&property](std::string_view name) {
            return base::iequals(property.name, name);
        };
        if (is("METHOD") && own_method.empty()) {
            own_method = unescaped(property.value);
        } else if (is("BEGIN")) {
            const bool entry = base::iequals(property.value, "VEVENT") ||
                               base::iequals(property.value, "VTODO") ||
                               base::iequals(property.value, "VJOURNAL");
            if (inside) {
                ++depth_below;
            }
            inside = inside || entry;
        } else if (is("END") && inside) {
            if (depth_below == 0) {
                break;
            }
            --depth_below;
        } else if (!inside || depth_below > 0) {
            continue;
        } else if (is("SUMMARY")) {
            summary = unescaped(property.value);
        } else if (is("LOCATION")) {
            place = unescaped(property.value);
        } else if (is("ORGANIZER")) {
            organised_by = organiser(property);
        } else if (is("RRULE")) {
            repeats = repetition(base::trim(property.value));
        } else if (is("DTSTART")) {
            start_line = line;
        } else if (is("DTEND") || is("DUE")) {
            end_line = line;
        } else if (is("ATTENDEE") && status.empty() && base::iequals(own_method, "reply")) {
            status = base::lowered(unescaped(parameter(property.parameters, "PARTSTAT")));
            const std::string who = organiser(property);
            status += status.empty() || who.empty() ? "" : " by " + who;
        }
    }
    std::string text(title(own_method));
    std::string_view before = ": ";
    const auto add = [&text, &before](std::string_view prefix, const std::string& value) {
        if (!value.empty()) {
            text.append(before).append(prefix).append(value);
            before = ", ";
        }
    };
    add("", summary);
    if (!start_line.empty()) {
        add("", span(read_property(start_line),
                     end_line.empty() ? Property{} : read_property(end_line)));
    }
    add("repeated ", repeats);
    add("at ", place);
    add(base::iequals(own_method, "reply") ? "to " : "from ", organised_by);
    add("", status);
    return text;
}

} // namespace mailcast::delivery
