// Targets of links as they are shown.  Pure; any thread; linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::text {

// `href` as it stands in the page.  The target ready to stand between angle brackets in a line of
// text: references decoded, nothing in it that could end or forge the line.  "" for what leads
// nowhere outside the mail ("#top", "cid:", "javascript:", relative paths) and for what is longer
// than `max` octets. "mailto:" is left out before a plain address.
std::string shown_target(std::string_view href, std::size_t max);

// True when the text of a link already tells its target.
bool says_target(std::string_view text, std::string_view target);

} // namespace mailcast::text
