// Cuts text into pieces that fit into lines: at a blank when there is one, never inside a character.  Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace mailcast::irc {

// One line of valid UTF-8 into pieces of at most `room` octets each (at least 4).  The blank at a cut belongs to
// the piece before it, so that the pieces joined are the line again.  An empty line gives one empty piece.
std::vector<std::string_view> split_line(std::string_view line, std::size_t room);

} // namespace mailcast::irc
