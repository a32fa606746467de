#include "text/cut.h"

#include "base/octets.h"
#include "base/utf8.h"

#include <algorithm>

namespace mailcast::text {

std::size_t count_lines(std::string_view text) {
    return base::count_octets(text, '\n') + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

Cut cut_at_line(std::string_view text, std::size_t max_lines, std::size_t max_octets) {
    if (text.size() <= max_octets && text.size() <= max_lines) {
        return {.shown = text};
    }
    std::size_t end = 0; // behind the last line that fits
    std::size_t lines = 0;
    while (end < text.size() && lines < max_lines) {
        const std::size_t line_end = std::min(text.find('\n', end), text.size());
        if (line_end > max_octets) {
            break;
        }
        end = std::min(line_end + 1, text.size());
        ++lines;
    }
    if (end == text.size()) {
        return {.shown = text};
    }
    if (lines == 0 && max_lines > 0) {
        std::string_view start = base::utf8_prefix(text, max_octets);
        const std::size_t space = start.find_last_of(" \t");
        if (space != std::string_view::npos && space > start.size() / 2) {
            start = start.substr(0, space);
        }
        const std::string_view rest = text.substr(start.size());
        return {.shown = start, .lines_left = count_lines(rest), .octets_left = rest.size()};
    }
    const std::string_view rest = text.substr(end);
    std::string_view shown = text.substr(0, end);
    if (shown.ends_with('\n')) {
        shown.remove_suffix(1);
    }
    return {.shown = shown, .lines_left = count_lines(rest), .octets_left = rest.size()};
}

} // namespace mailcast::text
