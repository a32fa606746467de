// An invitation in one line.  A small bounded reader of iCalendar: the first event, to-do or journal entry.
// RFC 5545, RFC 5546 (METHOD).  Pure; any thread; linear.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::delivery {

inline constexpr std::size_t max_calendar = 262'144; // octets that are looked at

// "Invitation: Lunch, 2021-05-03 12:00 to 13:00 (Europe/Berlin), at Cafe, from Ada <ada@example.org>".
// `method` is that of the Content-Type; METHOD in the text counts when it is "".
std::string calendar_line(std::string_view calendar, std::string_view method);

} // namespace mailcast::delivery
