#include "text/cut.h"

#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mailcast::text {

namespace {

// Eight octets at a time: this runs over every mail.
std::size_t count_line_ends(std::string_view text) {
    constexpr std::uint64_t line_ends = 0x0A0A'0A0A'0A0A'0A0A;
    constexpr std::uint64_t low_bits = 0x7F7F'7F7F'7F7F'7F7F;
    std::size_t count = 0;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        word ^= line_ends; // an octet that is zero now was an LF
        const std::uint64_t others = ((word & low_bits) + low_bits) | word | low_bits;
        count += (((~others) >> 7U) * 0x0101'0101'0101'0101) >> 56U; // their sum
    }
    return count + static_cast<std::size_t>(std::ranges::count(text.substr(at), '\n'));
}

} // namespace

std::size_t count_lines(std::string_view text) {
    return count_line_ends(text) + (text.empty() || text.ends_with('\n') ? 0 : 1);
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
