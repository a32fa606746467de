// The Date field.  RFC 5322, 3.3 and 4.3; also two-digit years, missing weekdays and zones, the order of
// asctime and of ISO 8601.  Pure; any thread.
#pragma once

#include "base/time.h"

#include <optional>
#include <string_view>

namespace mailcast::mime {

// nullopt when it is no date that exists.
std::optional<base::Time> parse_date(std::string_view text);

} // namespace mailcast::mime
