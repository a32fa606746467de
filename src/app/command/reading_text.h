// How a mail would be read, as `parse` and `mail show` print it.  Never fails on content.  Pure.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::app {

// One object on one line, without the line end (DESIGN 5.2).
std::string reading_json(std::string_view octets);

std::string reading_text(std::string_view octets);

} // namespace mailcast::app
