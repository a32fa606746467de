// File names that a sender gave, made safe to save under.  Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::delivery {

inline constexpr std::size_t max_file_name = 200; // octets of UTF-8

// The last component of the path that `name` may be, without controls, blanks in front, blanks and dots at
// its end; never a name that a system reserves (CON, NUL, COM1...); cut so that the extension stays.
// "" when nothing is left.  Signs that only some systems forbid ("why?.txt") stay: it is the name that the
// sender gave.
std::string safe_file_name(std::string_view name);

} // namespace mailcast::delivery
