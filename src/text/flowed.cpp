#include "text/flowed.h"

#include <algorithm>

namespace mailcast::text {

namespace {

struct Line {
    std::size_t depth = 0; // of quotation
    std::string_view text; // without quote marks and stuffing
    bool flows = false;    // the paragraph goes on in the next line
    bool is_signature = false;
};

// RFC 3676 4.5: logical quote depth, then one stuffed space, then the soft line end.
Line read_line(std::string_view line) {
    Line result;
    // "> > " is how programs quote that know nothing of this format.
    while (line.starts_with('>')) {
        ++result.depth;
        line.remove_prefix(line.starts_with("> >") ? 2 : 1);
    }
    if (line.starts_with(' ')) {
        line.remove_prefix(1);
    }
    result.text = line;
    result.is_signature = line == "-- "; // 4.3: never flowed, never joined
    result.flows = line.ends_with(' ') && !result.is_signature;
    return result;
}

} // namespace

std::string unwrap_flowed(std::string_view text, bool delsp) {
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    bool flowing = false; // the last line asked for more
    std::size_t depth = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const bool ended = end < text.size();
        const Line line = read_line(text.substr(0, end));
        text.remove_prefix(ended ? end + 1 : end);
        // 4.5: a change of depth ends a paragraph, whatever the space said; so does an empty line.
        if (flowing && (line.depth != depth || line.is_signature || line.text.empty())) {
            while (out.ends_with(' ')) {
                out.pop_back();
            }
            out.push_back('\n');
            flowing = false;
        }
        if (!flowing) {
            out.append(line.depth, '>');
            out += line.depth > 0 && !line.text.empty() ? " " : "";
        }
        std::string_view words = line.text;
        if (line.flows && delsp) {
            words.remove_suffix(1);
        }
        out += words;
        depth = line.depth;
        flowing = line.flows && !text.empty();
        if (!flowing && ended) {
            if (line.flows && out.ends_with(' ')) {
                out.pop_back();
            }
            out.push_back('\n');
        }
    }
    return out;
}

} // namespace mailcast::text
