#include "store/text_place.h"

#include <algorithm>

namespace mailcast::store {

namespace {

constexpr int most_places = 4;
constexpr std::size_t probe_octets = 64;

// True when `text` stands at the front of `content`, a CRLF or a LF for each LF.
bool stands_at_front(std::string_view content, std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (!content.starts_with(text.substr(0, end))) {
            return false;
        }
        content.remove_prefix(end);
        text.remove_prefix(end);
        if (text.empty()) {
            break;
        }
        if (content.starts_with("\r\n")) {
            content.remove_prefix(2);
        } else if (content.starts_with('\n')) {
            content.remove_prefix(1);
        } else {
            return false;
        }
        text.remove_prefix(1);
    }
    return true;
}

} // namespace

std::optional<TextPlace> find_text(std::string_view content, std::string_view text) {
    if (text.size() < least_placed_text || text.find('\r') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view probe = text.substr(0, std::min(text.find('\n'), probe_octets));
    std::size_t at = content.find("\n\r\n");
    if (at == std::string_view::npos || probe.empty()) {
        return std::nullopt;
    }
    at += 3;
    for (int place = 0; place < most_places; ++place) {
        at = content.find(probe, at);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        if (stands_at_front(content.substr(at), text)) {
            return TextPlace{.offset = at, .octets = text.size()};
        }
        ++at;
    }
    return std::nullopt;
}

std::optional<std::string> text_at(std::string_view octets, std::size_t text_octets) {
    if (text_octets > octets.size()) {
        return std::nullopt;
    }
    std::string text;
    text.reserve(text_octets);
    while (text.size() < text_octets) {
        const std::size_t want = text_octets - text.size();
        const std::size_t end = octets.find('\r');
        const std::size_t run = std::min({end, octets.size(), want});
        text.append(octets.substr(0, run));
        octets.remove_prefix(run);
        if (text.size() == text_octets) {
            break;
        }
        if (!octets.starts_with("\r\n")) {
            return std::nullopt;
        }
        octets.remove_prefix(1);
    }
    return text;
}

} // namespace mailcast::store
