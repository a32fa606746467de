// The two spellings in which values come in command lines: xtext (RFC 3461 4, XFORWARD and DSN) and
// base64 (RFC 4648 4, AUTH).  Strict; no input fails worse than "nothing".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailcast::smtp {

// Lower-case hexadecimal digits are taken too, and "=" as itself: XFORWARD peers send both.
std::optional<std::string> decode_xtext(std::string_view text);

// With padding, without white space.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace mailcast::smtp
