#include "base/ascii.h"
#include "mime/defect.h"
#include "mime/header_line.h"
#include "mime/line_walk.h"
#include "mime/message.h"
#include "mime/part_header.h"

#include <algorithm>
#include <vector>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// How far is looked for a known field behind a line of a header section that is none.
constexpr std::size_t garbage_window = 8'192;

} // namespace

// Walks once over the octets.  `open_` are the multiparts that the current place is within, the outermost
// first; nothing here calls itself.
class MessageParser {
  public:
    MessageParser(std::string_view octets, const Options& options)
        : octets_(octets), lines_(octets, options.passed), reader_(message_.limits_, defects_) {
        message_.limits_ = options.limits;
        message_.octets_ = octets;
        message_.passed_ = options.passed;
    }

    Message run() {
        if (lines_.ends_in_cr()) {
            defects_.add(Defect::bare_cr_lines);
        }
        message_.fields_.reserve(32);
        message_.parts_.reserve(3); // a text in two forms
        const std::size_t at = begin_part(skip_prologue(), no_parent);
        read_parts(at);
        if (open_.size() == 1 && !open_.front().has_parts && !open_.front().boundary.empty()) {
            // The boundary that the header names is nowhere: perhaps another one is.
            std::string boundary;
            boundary.swap(open_.front().boundary);
            read_parts(open_.front().body);
            if (!open_.empty() && open_.front().boundary.empty()) {
                open_.front().boundary.swap(boundary);
            }
        }
        finish(octets_.size());
        for (Part& part : message_.parts_) {
            settle(part);
            if (message_.header_charset_.empty()) {
                message_.header_charset_ = part.charset;
            }
        }
        message_.defects_ = defects_.texts();
        return std::move(message_);
    }

  private:
    static constexpr std::size_t no_parent = npos;

    // A multipart that has been entered.
    struct Open {
        std::size_t part = 0;
        std::string boundary; // "" when it names none: then the first that looks like one is taken
        std::size_t body = 0;
        std::size_t closing = 0; // where the closing delimiter begins
        std::size_t end = 0;     // behind it
        bool has_parts = false;
        bool is_closed = false;
    };

    // A line that ends a part.
    struct Delimiter {
        std::size_t level = npos; // in open_
        bool is_closing = false;
    };

    void read_parts(std::size_t at) {
        while (at < octets_.size() && !open_.empty()) {
            at = next_delimiter(at);
        }
    }

    // Empty lines, mbox lines and continuations that stand before the first field.
    std::size_t skip_prologue() {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        const std::size_t start = octets_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
        std::size_t at = start;
        bool has_blank = false;
        while (at < octets_.size()) {
            const Line line = lines_.line_at(at);
            if (base::trim(line.text).empty()) {
                has_blank = true;
            } else {
                std::size_t colon = 0;
                if (has_blank && !is_mbox_line(line.text) &&
                    !is_known_field(line.text.substr(0, field_name_length(line.text, colon)))) {
                    return start; // a body without a header
                }
                break;
            }
            at = line.next;
        }
        if (has_blank) {
            defects_.add(Defect::blank_start);
        }
        return at;
    }

    // Reads the header section at `at` and opens or notes the part.  Returns where its body begins.
    std::size_t begin_part(std::size_t at, std::size_t parent) {
        const std::size_t index = message_.parts_.size();
        Part& part = message_.parts_.emplace_back();
        std::string_view default_type = "text/plain";
        if (parent == no_parent) {
            part.parent = 0;
        } else {
            part.parent = parent;
            part.depth = message_.parts_[parent].depth + 1;
            // RFC 2046, 5.1.5
            if (message_.parts_[parent].type == "multipart/digest") {
                default_type = "message/rfc822";
            }
        }
        ContentFields fields;
        const std::size_t body = read_header(at, parent == no_parent, fields);
        part.header = octets_.substr(at, body - at);
        part.body = octets_.substr(body, 0);
        std::string boundary = reader_.read(fields, default_type, part);
        current_ = index;
        if (!part.is_multipart()) {
            return body;
        }
        if (open_.size() >= message_.limits_.depth) {
            defects_.add(Defect::too_deep);
            part.type = "application/octet-stream";
            return body;
        }
        if (boundary.empty()) {
            defects_.add(Defect::no_boundary);
        }
        open_.push_back({.part = index, .boundary = std::move(boundary), .body = body});
        return body;
    }

    // Moves from `at` (a line start) to behind the next delimiter, or to the end.
    std::size_t next_delimiter(std::size_t at) {
        for (;;) {
            if (octets_.compare(at, 2, "--") == 0) {
                const Line line = lines_.line_at(at);
                const bool is_known = open_.empty() || !open_.back().boundary.empty();
                if (const Delimiter delimiter = match(line); delimiter.level != npos) {
                    if (!is_known && !open_.back().boundary.empty()) {
                        // It was guessed here; parts without fields may stand before.
                        at = open_.back().body;
                        continue;
                    }
                    return cross(delimiter, at, line.next);
                }
            }
            // Lines in between are not even looked at, but for their first two octets.
            do {
                at = lines_.find_end(at) + 1;
                if (at + 2 >= octets_.size()) {
                    return octets_.size();
                }
                lines_.tell(at);
            } while (octets_[at] != '-' || octets_[at + 1] != '-');
        }
    }

    Delimiter match(const Line& line) {
        std::string_view rest = line.text.substr(2);
        while (!rest.empty() && base::is_blank(rest.back())) {
            rest.remove_suffix(1);
        }
        for (std::size_t level = open_.size(); level-- > 0;) {
            Open& open = open_[level];
            if (open.is_closed || open.boundary.empty()) {
                continue;
            }
            if (rest == open.boundary) {
                return {.level = level, .is_closing = false};
            }
            if (rest.size() == open.boundary.size() + 2 && rest.ends_with("--") &&
                rest.starts_with(open.boundary)) {
                return {.level = level, .is_closing = true};
            }
        }
        if (!open_.empty() && open_.back().boundary.empty() && !open_.back().is_closed &&
            !rest.empty() && rest.size() <= 70 && !rest.ends_with("--") &&
            base::istarts_with(octets_.substr(line.next), "content-")) {
            open_.back().boundary = rest;
            defects_.add(Defect::boundary_guessed);
            return {.level = open_.size() - 1, .is_closing = false};
        }
        return {};
    }

    std::size_t cross(const Delimiter& delimiter, std::size_t at, std::size_t next) {
        if (!delimiter.is_closing && message_.parts_.size() >= message_.limits_.parts) {
            defects_.add(Defect::too_many_parts);
            finish(octets_.size());
            return octets_.size();
        }
        // The line break in front of a delimiter belongs to it (RFC 2046, 5.1.1).
        end_current(lines_.end_before(at));
        while (open_.size() > delimiter.level + 1) {
            end_multipart(lines_.end_before(at));
        }
        Open& open = open_[delimiter.level];
        if (!open.has_parts && !delimiter.is_closing) {
            open.has_parts = true;
            message_.parts_[open.part].preamble =
                octets_.substr(open.body, std::max(lines_.end_before(at), open.body) - open.body);
        }
        if (delimiter.is_closing) {
            open.is_closed = true;
            open.closing = at;
            open.end = next;
            if (delimiter.level == 0) {
                finish(octets_.size());
                return octets_.size();
            }
            return next;
        }
        return begin_part(next, open.part);
    }

    void end_current(std::size_t end) {
        if (current_ == npos) {
            return;
        }
        Part& part = message_.parts_[current_];
        current_ = npos;
        if (!open_.empty() &&
            open_.back().part == static_cast<std::size_t>(&part - message_.parts_.data())) {
            return; // a multipart; it ends with its parent's delimiter
        }
        set_body(part, end);
    }

    void set_body(Part& part, std::size_t end) const {
        const auto begin = static_cast<std::size_t>(part.body.data() - octets_.data());
        part.body = octets_.substr(begin, std::max(end, begin) - begin);
    }

    void end_multipart(std::size_t end) {
        const Open& open = open_.back();
        Part& part = message_.parts_[open.part];
        set_body(part, end);
        if (open.is_closed) {
            part.epilogue = octets_.substr(open.end, std::max(end, open.end) - open.end);
        } else if (open.has_parts) {
            defects_.add(Defect::no_closing_boundary);
        }
        if (!open.has_parts) {
            const bool is_empty =
                open.is_closed &&
                base::trim(octets_.substr(open.body, open.closing - open.body)).empty() &&
                base::trim(part.epilogue).empty();
            if (is_empty) {
                part.body = part.body.substr(0, 0); // a delimiter alone is no text
            } else if (!open.boundary.empty()) {
                defects_.add(Defect::boundary_not_found);
            }
            become_text(part);
        }
        open_.pop_back();
    }

    // A multipart in which no part was found is shown as what it looks like: nothing may be lost.
    void become_text(Part& part) const {
        const std::string_view start = base::trim(part.body.substr(0, 256));
        const bool is_html =
            base::istarts_with(start, "<html") || base::istarts_with(start, "<!doctype html") ||
            base::istarts_with(start, "<body") || base::istarts_with(start, "<div");
        part.type = is_html ? "text/html" : "text/plain";
        part.preamble = {};
    }

    void finish(std::size_t end) {
        end_current(end);
        while (!open_.empty()) {
            end_multipart(end);
        }
    }

    void settle(Part& part) {
        if (part.is_multipart() && part.encoding != Encoding::identity) {
            defects_.add(Defect::encoded_multipart); // RFC 2045, 6.4 forbids it
            part.encoding = Encoding::identity;
        }
    }

    // Reads fields up to the empty line.  Returns where the body begins.
    std::size_t read_header(std::size_t at, bool is_top, ContentFields& content) {
        const std::size_t start = at;
        Field field;
        bool has_field = false; // `field` is being read
        bool any_field = false;
        bool is_reading = true; // false past a limit
        std::size_t value_begin = 0;
        const auto end_field = [&] {
            if (has_field) {
                take_field(field, is_top, content);
            }
            has_field = false;
        };
        while (at < octets_.size()) {
            const Line line = lines_.line_at(at);
            if (line.text.empty()) {
                end_field();
                return line.next;
            }
            if (is_reading && line.next - start > message_.limits_.header_octets) {
                defects_.add(Defect::too_long_header);
                end_field();
                is_reading = false;
            }
            std::size_t colon = 0;
            if (base::is_blank(line.text.front())) {
                if (has_field) {
                    field.value = octets_.substr(value_begin, at + line.text.size() - value_begin);
                } else if (!any_field) {
                    defects_.add(Defect::starts_with_continuation);
                }
            } else if (const std::size_t name = field_name_length(line.text, colon); name > 0) {
                if (line.text.starts_with("--") && match(line).level != npos) {
                    defects_.add(Defect::no_header_end);
                    end_field();
                    return at;
                }
                end_field();
                any_field = true;
                if (is_reading) {
                    has_field = true;
                    value_begin = at + colon + 1;
                    field = {.name = line.text.substr(0, name),
                             .value = line.text.substr(colon + 1)};
                }
            } else if (line.text.starts_with("--") && match(line).level != npos) {
                defects_.add(Defect::no_header_end);
                end_field();
                return at;
            } else if (is_top && is_mbox_line(line.text)) {
                if (any_field) {
                    defects_.add(Defect::mbox_line);
                }
                end_field();
            } else if (has_field && is_lost_continuation(field.value, line.text)) {
                defects_.add(Defect::garbage_in_header);
                field.value = octets_.substr(value_begin, at + line.text.size() - value_begin);
            } else if (any_field && !line.text.starts_with("--") &&
                       (line.text.front() == ':' || goes_on_after(line.next))) {
                defects_.add(Defect::garbage_in_header);
                end_field();
            } else {
                if (any_field || is_top) {
                    defects_.add(Defect::no_header_end);
                }
                end_field();
                return at;
            }
            at = line.next;
        }
        end_field();
        return octets_.size();
    }

    void take_field(const Field& field, bool is_top, ContentFields& content) {
        content.offer(field.name, field.value);
        if (!is_top) {
            return;
        }
        if (message_.fields_.size() < message_.limits_.fields) {
            message_.fields_.push_back(field);
        } else {
            defects_.add(Defect::too_many_fields);
        }
    }

    // True when a well-known field follows before the next empty line: then the line before was an
    // accident within the header, and not the first of the body.
    bool goes_on_after(std::size_t at) {
        if (at < known_field_) {
            return true; // found for an earlier line
        }
        const std::size_t limit = std::min(octets_.size(), at + garbage_window);
        while (at < limit) {
            const Line line = lines_.line_at(at);
            if (line.text.empty()) {
                return false;
            }
            std::size_t colon = 0;
            const std::size_t name = field_name_length(line.text, colon);
            if (name > 0 && is_known_field(line.text.substr(0, name))) {
                known_field_ = at + 1;
                return true;
            }
            at = line.next;
        }
        return false;
    }

    Message message_;
    std::string_view octets_;
    LineWalk lines_;
    DefectSet defects_;
    PartHeaderReader reader_;
    std::vector<Open> open_;
    std::size_t current_ = npos;  // the part whose end has not been seen
    std::size_t known_field_ = 0; // behind the start of the last one that goes_on_after() found
};

Message parse(std::string_view octets, const Options& options) {
    return MessageParser(octets, options).run();
}

} // namespace mailcast::mime
