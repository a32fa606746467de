// Points in time as values.  Cores never read a clock; the shell passes the time in.
// Units: milliseconds since the Unix epoch, UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// The wall clock; only net, web, app and tests call it.
Time now();

constexpr std::int64_t to_unix_ms(Time t) {
    return t.time_since_epoch().count();
}

constexpr Time from_unix_ms(std::int64_t ms) {
    return Time{std::chrono::milliseconds{ms}};
}

constexpr std::int64_t to_unix_seconds(Time t) {
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

// RFC 3339 in UTC: "2026-11-23T12:00:00Z", with ".123" before the Z when milliseconds are not zero.
std::string format_rfc3339(Time t);

// RFC 5322 date-time in UTC, as written in trace fields: "Mon, 23 Nov 2026 12:00:00 +0000".
std::string format_rfc5322(Time t);

} // namespace mailcast::base
