// Reports that machines write, in a few lines: what became of a mail (DSN, RFC 3464), that it was read (MDN,
// RFC 8098), that somebody complained of it (ARF, RFC 5965).  Pure; any thread; linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

inline constexpr std::size_t max_report = 262'144; // octets that are looked at
inline constexpr std::size_t max_reported_recipients = 20;

// One line for each recipient: "Delivery failed: bob@example.org: 550 5.1.1 no such user".
std::vector<std::string> delivery_report_lines(std::string_view report);

// "Read receipt: displayed, by ada@example.org".
std::string disposition_line(std::string_view report);

// "Report of abuse about a mail from eve@example.net, by AOL SComp".
std::string feedback_line(std::string_view report);

} // namespace mailcast::delivery
