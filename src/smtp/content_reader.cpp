#include "smtp/content_reader.h"

#include <cstddef>

namespace mailcast::smtp {

DotReader::Step DotReader::next(std::string_view& input) {
    while (!input.empty()) {
        switch (at_) {
        case At::line_start:
            if (input.front() != '.') {
                return scan(input);
            }
            input.remove_prefix(1);
            at_ = At::dot;
            break;
        case At::dot:
            // "If the first character is a period and there are other characters on the line, the first
            // character is deleted": also when these are a bare CR or a bare LF.
            if (input.front() != '\r') {
                at_ = At::text;
                return scan(input);
            }
            input.remove_prefix(1);
            at_ = At::dot_cr;
            break;
        case At::dot_cr:
            if (input.front() == '\n') {
                input.remove_prefix(1);
                at_ = At::line_start;
                return {Outcome::end, {}};
            }
            at_ = At::after_cr;
            return {Outcome::bytes, "\r"};
        case At::after_cr:
        case At::text:
            return scan(input);
        }
    }
    return {Outcome::need_input, {}};
}

// Hands out all up to the next dot behind a CRLF.  One memchr a line; no octet is looked at by itself.
DotReader::Step DotReader::scan(std::string_view& input) {
    std::size_t from = 0;
    for (;;) {
        const std::size_t lf = input.find('\n', from);
        if (lf == std::string_view::npos) {
            at_ = input.back() == '\r' ? At::after_cr : At::text;
            break;
        }
        const bool crlf = lf == 0 ? at_ == At::after_cr : input[lf - 1] == '\r';
        from = lf + 1;
        if (from == input.size()) {
            at_ = crlf ? At::line_start : At::text;
            break;
        }
        if (crlf && input[from] == '.') {
            const std::string_view bytes = input.substr(0, from);
            input.remove_prefix(from + 1);
            at_ = At::dot;
            return {Outcome::bytes, bytes};
        }
    }
    const std::string_view bytes = input;
    input = {};
    return {Outcome::bytes, bytes};
}

bool LineEndCheck::feed(std::string_view bytes) {
    if (bytes.empty() || !good_) {
        return good_;
    }
    if (after_cr_ && bytes.front() != '\n') {
        return good_ = false;
    }
    bool after_cr = after_cr_;
    std::size_t from = 0;
    while (from < bytes.size()) {
        const std::size_t lf = bytes.find('\n', from);
        const bool ended = lf != std::string_view::npos;
        const std::string_view line = bytes.substr(from, ended ? lf - from : lf);
        const std::size_t cr = line.find('\r');
        if (cr != std::string_view::npos && cr + 1 != line.size()) {
            return good_ = false;
        }
        const bool ends_with_cr = line.empty() ? after_cr : cr != std::string_view::npos;
        if (ended && !ends_with_cr) {
            return good_ = false;
        }
        if (!ended) {
            after_cr_ = ends_with_cr;
            return true;
        }
        after_cr = false;
        from = lf + 1;
    }
    after_cr_ = false;
    return true;
}

} // namespace mailcast::smtp
