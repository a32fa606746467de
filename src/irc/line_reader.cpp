#include "irc/line_reader.h"

namespace mailcast::irc {

namespace {

constexpr std::size_t longest = longest_tags + longest_line;

// What may stand before the end of the line, when it begins so.
bool fits(std::string_view line) {
    if (!line.starts_with('@')) {
        return line.size() + 2 <= longest_line;
    }
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) {
        return line.size() < longest_tags;
    }
    return blank + 1 <= longest_tags && line.size() - blank - 1 + 2 <= longest_line;
}

} // namespace

LineReader::Found LineReader::next(std::string_view& input) {
    if (returned_kept_) {
        kept_ = {};
        returned_kept_ = false;
    }
    for (;;) {
        const auto end = input.find('\n');
        const bool ended = end != std::string_view::npos;
        const std::string_view piece = input.substr(0, end);
        if (skipping_) {
            input.remove_prefix(ended ? end + 1 : input.size());
            skipping_ = !ended;
            if (!ended) {
                return {};
            }
            continue;
        }
        if (!ended) {
            input = {};
            if (kept_.size() + piece.size() > longest) {
                kept_ = {};
                skipping_ = true;
                return {.outcome = Outcome::too_long, .line = {}};
            }
            kept_.append(piece);
            return {};
        }
        input.remove_prefix(end + 1);
        std::string_view line = piece;
        if (!kept_.empty()) {
            if (kept_.size() + piece.size() > longest) {
                kept_ = {};
                return {.outcome = Outcome::too_long, .line = {}};
            }
            kept_.append(piece);
            returned_kept_ = true;
            line = kept_;
        }
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!fits(line)) {
            return {.outcome = Outcome::too_long, .line = {}};
        }
        return {.outcome = Outcome::line, .line = line};
    }
}

} // namespace mailcast::irc
