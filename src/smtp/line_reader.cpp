#include "smtp/line_reader.h"

namespace mailcast::smtp {

void LineReader::clear() {
    *this = LineReader{};
}

// True once the end of the line has come.
bool LineReader::skip_line(std::string_view& input) {
    while (!input.empty()) {
        const std::size_t lf = input.find('\n');
        if (lf == std::string_view::npos) {
            after_cr_ = input.back() == '\r';
            input = {};
            return false;
        }
        const bool crlf = lf == 0 ? after_cr_ : input[lf - 1] == '\r';
        input.remove_prefix(lf + 1);
        after_cr_ = false;
        if (crlf) {
            return true;
        }
    }
    return false;
}

LineReader::Found LineReader::next(std::string_view& input, std::size_t limit) {
    if (returned_kept_) {
        kept_ = {};
        returned_kept_ = false;
    }
    if (skipping_) {
        if (!skip_line(input)) {
            return {Outcome::need_input, {}};
        }
        skipping_ = false;
    }
    const std::size_t lf = input.find('\n');
    const bool ended = lf != std::string_view::npos;
    const std::string_view piece = input.substr(0, ended ? lf + 1 : input.size());
    const std::size_t size = kept_.size() + piece.size();
    if (size == 0) {
        return {Outcome::need_input, {}};
    }
    const char before_lf = piece.size() >= 2 ? piece[piece.size() - 2]
                           : kept_.empty()   ? '\0'
                                             : kept_.back();
    const bool crlf = ended && before_lf == '\r';
    if (ended ? size > limit : size >= limit) {
        after_cr_ = !ended && piece.back() == '\r';
        input.remove_prefix(piece.size());
        kept_ = {};
        skipping_ = !crlf;
        return {Outcome::too_long, {}};
    }
    input.remove_prefix(piece.size());
    if (ended && !crlf) {
        kept_ = {};
        skipping_ = true;
        after_cr_ = false;
        return {Outcome::bare_lf, {}};
    }
    if (ended && kept_.empty()) {
        return {Outcome::line, piece.substr(0, piece.size() - 2)};
    }
    kept_.append(piece);
    if (!ended) {
        return {Outcome::need_input, {}};
    }
    returned_kept_ = true;
    return {Outcome::line, std::string_view(kept_).substr(0, kept_.size() - 2)};
}

} // namespace mailcast::smtp
