// text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 7.1.3) to plain text.
// Pure; any thread; linear; the result is at most twice as long as the input (quote marks).
#pragma once

#include <string>
#include <string_view>

namespace mailcast::text {

// Formatting goes, parameters go, <excerpt> becomes "> ", a single line end a space.
std::string enriched_to_text(std::string_view enriched);

// <nl>, <np> and <paragraph> break, <lt> is '<', <comment> goes, a line end is a space.
std::string richtext_to_text(std::string_view richtext);

} // namespace mailcast::text
