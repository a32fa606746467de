#include "irc/split.h"

#include "base/utf8.h"

#include <algorithm>

namespace mailcast::irc {

std::vector<std::string_view> split_line(std::string_view line, std::size_t room) {
    constexpr std::size_t longest_character = 4;
    room = std::max(room, longest_character);
    std::vector<std::string_view> pieces;
    while (line.size() > room) {
        std::string_view piece = base::utf8_prefix(line, room);
        // A blank too near to the beginning would make a piece of next to nothing.
        const auto blank = piece.rfind(' ');
        if (blank != std::string_view::npos && blank + 1 > room / 2) {
            piece = piece.substr(0, blank + 1);
        }
        if (piece.empty()) {
            piece = line.substr(0, room); // no UTF-8 after all: cut where it must be
        }
        pieces.push_back(piece);
        line.remove_prefix(piece.size());
    }
    if (!line.empty() || pieces.empty()) {
        pieces.push_back(line);
    }
    return pieces;
}

} // namespace mailcast::irc
