// The beginning of a text that fits, and how much is left.  Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailcast::text {

struct Cut {
    std::string_view shown; // a view into the text; ends without a line end when something is left
    std::size_t lines_left = 0;
    std::size_t octets_left = 0;

    bool is_cut() const { return octets_left > 0; }
};

// How many lines a text has: "" has none, the last needs no LF.
std::size_t count_lines(std::string_view text);

// At most `max_lines` whole lines and `max_octets` octets.  When already the first line is too long it is cut
// behind a word, or behind a character when there is no space; its rest counts as one line.
Cut cut_at_line(std::string_view text, std::size_t max_lines, std::size_t max_octets);

} // namespace mailcast::text
