#include "text/page_writer.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace mailcast::text {

namespace {

constexpr std::string_view cell_separator = " | ";
constexpr std::string_view rule_line = "--------------------";
constexpr unsigned most_breaks = 2;
constexpr unsigned most_preformatted_breaks = 6;
constexpr std::size_t most_hard_spaces = 80;

constexpr std::uint32_t zero_width_non_joiner = 0x200C;
constexpr std::uint32_t zero_width_joiner = 0x200D;

// Characters that take no room and that mass mail pads its previews with.
bool is_padding(std::uint32_t c) {
    return c == 0xAD || c == 0x34F || c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0x180E ||
           c == 0x115F || c == 0x1160 || c == 0x3164 || (c >= 0x17B4 && c <= 0x17B5);
}

bool is_wide_space(std::uint32_t c) {
    return (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x1680;
}

constexpr bool is_letter(char c) {
    return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

void PageWriter::put(std::string_view octets) {
    if (octets.size() > limit_ - std::min(out_.size(), limit_)) {
        octets = base::utf8_prefix(octets, limit_ - std::min(out_.size(), limit_));
        full_ = true;
    }
    out_.append(octets);
}

void PageWriter::begin_text(char first) {
    if (waiting_) {
        flush(first);
    }
}

void PageWriter::word(std::string_view ascii) {
    joiner_ = 0;
    begin_text(ascii.front());
    put(ascii);
}

void PageWriter::code_point(std::uint32_t c) {
    if (c == 0xA0) {
        // "&nbsp; &nbsp; " is how programs indent: the spaces between count, too.
        const std::size_t count = space_ && hard_spaces_ > 0 ? 2 : 1;
        hard_spaces_ = std::min(hard_spaces_ + count, most_hard_spaces);
        space_ = false;
        waiting_ = true;
        return;
    }
    if (is_wide_space(c)) {
        space();
        return;
    }
    if (is_padding(c)) {
        return;
    }
    if (c == zero_width_joiner || c == zero_width_non_joiner) {
        // It means something only between two letters or signs of other scripts; runs are padding.
        const bool after_letter = !waiting_ && !out_.empty() &&
                                  static_cast<unsigned char>(out_.back()) >= 0x80 && joiner_ == 0;
        joiner_ = after_letter ? c : 0;
        return;
    }
    if (base::is_unsafe_in_line(c)) {
        return;
    }
    const bool joins = joiner_ != 0 && !waiting_ && c >= 0x80;
    begin_text('\x80');
    std::string octets;
    if (joins) {
        base::append_utf8(octets, joiner_);
    }
    base::append_utf8(octets, c);
    joiner_ = 0;
    put(octets);
}

void PageWriter::line_break() {
    space_ = false;
    hard_spaces_ = 0;
    if (separator_ == none) {
        breaks_ = std::min(breaks_ + 1, most_breaks);
    }
    waiting_ = true;
}

void PageWriter::preformatted_line_end() {
    space_ = false;
    hard_spaces_ = 0;
    breaks_ = std::min(breaks_ + 1, most_preformatted_breaks);
    waiting_ = true;
}

void PageWriter::preformatted_space(std::size_t count) {
    hard_spaces_ = std::min(hard_spaces_ + count, most_hard_spaces);
    in_preformatted_ = true;
    waiting_ = true;
}

void PageWriter::append_target(std::string_view target) {
    put(out_.empty() ? "<" : " <");
    put(target);
    put(">");
    after_target_ = waiting_ = true;
}

void PageWriter::rule() {
    block(1);
    rule_ = true;
}

void PageWriter::block(unsigned breaks) {
    // "<div>&nbsp;</div>" is how programs write an empty line; in the first cell of a row it is an empty cell.
    if (hard_spaces_ > 0 && breaks_ > 0 && !row_is_fresh_) {
        breaks = most_breaks;
    }
    space_ = false;
    hard_spaces_ = 0;
    // At the start of a cell or item there is nothing to break away from.
    if (separator_ == none) {
        breaks_ = std::max(breaks_, breaks);
    }
    waiting_ = true;
}

void PageWriter::begin_quote() {
    block(1);
    push(Kind::quote, "> ");
}

void PageWriter::end_quote() {
    close(Kind::quote);
    block(1);
}

void PageWriter::begin_list(bool ordered, int first_number) {
    const bool nested = depth_ > 0 && frames_[depth_ - 1].kind == Kind::list;
    const bool inside_item = find(Kind::item) != none || nested;
    block(inside_item ? 1 : 2);
    if (push(Kind::list, nested ? "  " : "")) {
        frames_[depth_ - 1].ordered = ordered;
        frames_[depth_ - 1].next_number = first_number;
    }
}

void PageWriter::end_list() {
    close(Kind::list);
    block(find(Kind::item) != none ? 1 : 2);
}

void PageWriter::begin_item(int number) {
    const std::size_t list = find(Kind::list);
    block(1);
    if (list == none) {
        marker_ = "* ";
        marker_at_ = prefix_.size();
        return;
    }
    pop_to(list + 1);
    std::string marker = "* ";
    if (frames_[list].ordered) {
        if (number != 0) {
            frames_[list].next_number = number;
        }
        marker = std::to_string(frames_[list].next_number) + ". ";
        if (frames_[list].next_number < 1'000'000'000) {
            ++frames_[list].next_number;
        }
    }
    const std::size_t before = prefix_.size();
    if (push(Kind::item, std::string(marker.size(), ' '))) {
        marker_ = marker;
        marker_at_ = before;
    }
}

void PageWriter::end_item() {
    close(Kind::item);
    block(1);
}

void PageWriter::begin_definition() {
    end_definition();
    push(Kind::definition, "  ");
}

// A <dd> ends with the next <dt> or <dd>, its end tag may be missing.
void PageWriter::end_definition() {
    block(1);
    if (depth_ > 0 && frames_[depth_ - 1].kind == Kind::definition) {
        pop_to(depth_ - 1);
    }
}

void PageWriter::begin_table() {
    block(1);
    if (push(Kind::table, "")) {
        row_is_fresh_ = true;
    }
}

void PageWriter::end_table() {
    const std::size_t table = find(Kind::table);
    if (ignored_[static_cast<std::size_t>(Kind::table)] == 0 && table != none) {
        end_row(table);
    }
    close(Kind::table);
    block(1);
}

void PageWriter::row() {
    const std::size_t table = find(Kind::table);
    if (table == none) {
        block(1);
        return;
    }
    pop_to(table + 1);
    frames_[table].has_columns |= stands_in_columns(table);
    end_row(table);
    block(1);
    frames_[table].first_line = 0;
    row_is_fresh_ = waiting_ = true;
}

void PageWriter::cell() {
    const std::size_t table = find(Kind::table);
    if (table == none) {
        space();
        return;
    }
    pop_to(table + 1);
    if (frames_[table].first_line == 0) {
        return;
    }
    space_ = false;
    hard_spaces_ = 0;
    // In a table of columns the next cell stands beside the last line of one with a second line.
    const std::size_t lines = line_ - frames_[table].first_line + 1;
    const std::size_t most = frames_[table].has_columns ? most_cell_lines : 1;
    if (lines <= most && out_.size() - line_start_ <= longest_row && !rule_) {
        breaks_ = 0;
        separator_ = table;
        waiting_ = true;
    } else {
        end_row(table);
        block(1);
    }
}

// The open row has cells side by side.
bool PageWriter::stands_in_columns(std::size_t table) const {
    return std::ranges::any_of(
        separators_, [table](const Separator& separator) { return separator.frame == table; });
}

// The separators of this row, and of rows inside it, stay as they are.
void PageWriter::end_row(std::size_t table) {
    while (!separators_.empty() && separators_.back().frame >= table) {
        separators_.pop_back();
    }
    if (separator_ != none && separator_ >= table) {
        separator_ = none;
    }
}

std::size_t PageWriter::find(Kind kind) const {
    for (std::size_t i = depth_; i-- > 0;) {
        if (frames_[i].kind == kind) {
            return i;
        }
        // What is in a cell cannot close what is around the table; items belong to the nearest
        // list.
        if (frames_[i].kind == Kind::table) {
            return none;
        }
    }
    return none;
}

bool PageWriter::push(Kind kind, std::string_view prefix) {
    if (depth_ == most_frames) {
        ++ignored_[static_cast<std::size_t>(kind)];
        return false;
    }
    Frame& frame = frames_[depth_++];
    frame = Frame{};
    frame.kind = kind;
    frame.prefix = prefix_.size();
    if (prefix_.size() + prefix.size() <= longest_prefix) {
        prefix_ += prefix;
    }
    return true;
}

void PageWriter::pop_to(std::size_t frame) {
    if (frame < depth_) {
        prefix_.resize(frames_[frame].prefix);
        depth_ = frame;
        if (!marker_.empty() && marker_at_ >= prefix_.size()) {
            marker_.clear();
            hard_spaces_ = 0; // an empty item is no empty line
        }
    }
}

void PageWriter::close(Kind kind) {
    std::size_t& ignored = ignored_[static_cast<std::size_t>(kind)];
    if (ignored > 0) {
        --ignored;
        return;
    }
    const std::size_t frame = find(kind);
    if (frame != none) {
        pop_to(frame);
    }
}

// The part of the prefix that also stands on a blank line.
std::size_t PageWriter::quote_prefix() const {
    const std::size_t last = prefix_.find_last_of('>');
    return last == std::string::npos ? 0 : last + 1;
}

// Writes what waits in front of `first`.
void PageWriter::flush(char first) {
    waiting_ = false;
    const bool starts_line = out_.empty() || breaks_ > 0 || !marker_.empty();
    if (rule_ && !out_.empty()) {
        new_line(std::max(breaks_, 1U));
        put(rule_line);
        breaks_ = 1;
    }
    rule_ = false;
    if (starts_line) {
        new_line(std::max(breaks_, 1U));
        const std::size_t indent = hard_spaces_ + (space_ && hard_spaces_ > 0 ? 1U : 0U);
        if (in_preformatted_ || indent > 1) {
            put(std::string(indent, ' '));
        }
    } else if (separator_ != none) {
        if (separators_.size() < most_separators) {
            separators_.push_back({.at = out_.size(), .frame = separator_});
        }
        put(cell_separator);
    } else if (in_preformatted_ && hard_spaces_ > 0) {
        put(std::string(hard_spaces_, ' '));
    } else if (space_ || hard_spaces_ > 0 || (after_target_ && is_letter(first))) {
        put(" "); // "<https://example.org/>" and a word that follows at once are not one
    }
    breaks_ = 0;
    hard_spaces_ = 0;
    space_ = false;
    after_target_ = false;
    in_preformatted_ = false;
    separator_ = none;
    if (row_is_fresh_) {
        row_is_fresh_ = false;
        for (std::size_t i = 0; i < depth_; ++i) {
            if (frames_[i].kind == Kind::table && frames_[i].first_line == 0) {
                frames_[i].first_line = line_;
            }
        }
    }
}

void PageWriter::new_line(unsigned count) {
    const std::size_t quote = quote_prefix();
    if (!out_.empty()) {
        break_row();
        put("\n");
        ++line_;
        const std::size_t blank = std::min(quote, last_quote_prefix_);
        for (unsigned i = 1; i < count; ++i) {
            put(std::string_view(prefix_).substr(0, blank));
            put("\n");
            ++line_;
        }
    }
    last_quote_prefix_ = quote;
    line_start_ = out_.size();
    if (marker_.empty()) {
        put(prefix_);
    } else {
        const std::string_view prefix = prefix_;
        put(prefix.substr(0, std::min(marker_at_, prefix.size())));
        put(marker_);
        put(prefix.substr(std::min(marker_at_ + marker_.size(), prefix.size())));
        marker_.clear();
    }
}

// A row whose cells go on over several lines reads better with each cell on lines of its own.
void PageWriter::break_row() {
    if (separators_.empty()) {
        return;
    }
    const std::string line_prefix = prefix_;
    const std::size_t first = separators_.front().at;
    const std::string tail = out_.substr(first);
    const std::size_t old_mark = mark_;
    out_.resize(first);
    for (std::size_t i = 0; i < separators_.size(); ++i) {
        const std::size_t from = separators_[i].at + cell_separator.size() - first;
        const std::size_t to =
            i + 1 < separators_.size() ? separators_[i + 1].at - first : tail.size();
        if (old_mark >= separators_[i].at + cell_separator.size()) {
            mark_ = mark_ - cell_separator.size() + 1 + line_prefix.size();
        }
        put("\n");
        put(line_prefix);
        ++line_;
        put(std::string_view(tail).substr(std::min(from, tail.size()), to > from ? to - from : 0));
    }
    separators_.clear();
    mark_ = std::min(mark_, out_.size());
}

std::string_view PageWriter::text_since_mark() const {
    std::string_view text = std::string_view(out_).substr(std::min(mark_, out_.size()));
    constexpr std::string_view around = " \n>|*";
    const std::size_t first = text.find_first_not_of(around);
    if (first == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(first);
    return text;
}

std::string PageWriter::finish() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) {
        out_.pop_back();
    }
    return std::move(out_);
}

} // namespace mailcast::text
