// _date* variables: 1.0 counts seconds from the PSYC epoch, 2015-08-24T19:20:41Z, and may be negative; 0.99 has text,
// which is RFC 3339 in UTC here.  Pure; any thread.  reference: psyc-protocol 5.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailcast::psyc {

// "2026-11-23T12:00:00Z" as a number; none for any other text.  Fractions of a second are dropped.
std::optional<std::string> date_number(std::string_view text);

// And back; none for what is no number, or lies beyond the years 1 to 9999.
std::optional<std::string> date_text(std::string_view number);

} // namespace mailcast::psyc
