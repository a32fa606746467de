#include "mime/line_walk.h"

namespace mailcast::mime {

namespace {

char line_end_of(std::string_view octets) {
    const std::size_t line_feed = octets.find('\n');
    const std::string_view head = octets.substr(0, std::min<std::size_t>(line_feed, 65'536));
    const std::size_t carriage = head.find('\r');
    if (carriage == std::string_view::npos || carriage + 1 >= head.size()) {
        return '\n';
    }
    if (line_feed != std::string_view::npos &&
        octets.find_first_not_of("\r\n", line_feed) != std::string_view::npos) {
        return '\n';
    }
    return '\r';
}

} // namespace

LineWalk::LineWalk(std::string_view octets, std::function<void(std::size_t)> passed)
    : octets_(octets), passed_(std::move(passed)), eol_(line_end_of(octets)) {}

Line LineWalk::line_at(std::size_t at) {
    const std::size_t end = find_end(at);
    std::string_view text = octets_.substr(at, end - at);
    while (text.ends_with('\r')) { // two of them where text was written as text once more
        text.remove_suffix(1);
    }
    return {.text = text, .next = std::min(end + 1, octets_.size())};
}

std::size_t LineWalk::end_before(std::size_t line_start) const {
    std::size_t end = line_start;
    if (end > 0 && octets_[end - 1] == eol_) {
        --end;
        if (eol_ == '\n' && end > 0 && octets_[end - 1] == '\r') {
            --end;
        }
    }
    return end;
}

} // namespace mailcast::mime
