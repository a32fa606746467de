// Generation 1.0: routing header, length, entity header, method, body.
#include "psyc/keyword.h"
#include "psyc/scan.h"

#include <algorithm>
#include <limits>

namespace mailcast::psyc {

namespace {

// Digits of a length; 2^64 has 20.  More are an attack.
constexpr std::size_t length_digits = 20;

constexpr bool is_operator(char c) {
    return c == ':' || c == '=' || c == '+' || c == '-' || c == '?' || c == '!' || c == '@';
}

// The end of the digits that begin at `at`, at most one more than a length may have.
std::size_t skip_digits(std::string_view octets, std::size_t at) {
    const std::size_t last = std::min(octets.size(), at + length_digits + 1);
    while (at < last && base::is_digit(octets[at])) {
        ++at;
    }
    return at;
}

// A number that would not fit is as good as the largest: both are beyond every limit.
std::size_t to_length(std::string_view digits) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    std::size_t value = 0;
    for (const char c : digits) {
        const auto digit = static_cast<std::size_t>(c - '0');
        if (value > (most - digit) / 10) {
            return most;
        }
        value = value * 10 + digit;
    }
    return value;
}

// Reads one packet; `octets` ends with the content when the length of that is known.
class Reader {
  public:
    Reader(Scan& scan, std::string_view octets, const Limits& limits)
        : scan_(scan), octets_(octets), limits_(limits) {}

    ScanResult run() {
        for (;;) {
            ScanResult step = true;
            switch (scan_.state) {
            case ScanState::routing:
            case ScanState::entity:
                step = read_line();
                break;
            case ScanState::content:
                return read_content();
            case ScanState::body:
                return read_body();
            }
            if (!step || !*step || scan_.end != 0) {
                return step;
            }
        }
    }

  private:
    Bound packet_bound() const {
        Bound bound{limits_.packet_octets, Error::packet_too_large};
        if (scan_.has_content && !explicit_) {
            // Two octets for the "|" and its line feed.
            bound.narrow(scan_.content + limits_.content_without_length + 2,
                         Error::content_needs_length);
        }
        return bound;
    }

    Bound line_bound() const {
        Bound bound = packet_bound();
        bound.narrow(scan_.line + limits_.line_octets, Error::line_too_long);
        return bound;
    }

    // Not all is there that must be read up to `searched`.
    ScanResult wait(const Bound& bound, std::size_t searched) {
        if (bound.is_passed_by(octets_.size())) {
            return std::unexpected(bound.error);
        }
        scan_.seen = searched;
        return false;
    }

    void end_line(std::size_t next) {
        scan_.line = next;
        scan_.seen = next;
        scan_.name_end = 0;
        scan_.needed = 0;
    }

    // The usual line, "operator name TAB value LF", whole and within every limit.  False for all else, which
    // read_line() then tells from what is wrong.
    bool read_usual() {
        const std::size_t line = scan_.line;
        if (line == octets_.size() || scan_.seen != line || !is_operator(octets_[line]) ||
            scan_.modifiers.size() == limits_.modifiers || (scan_.has_content && !explicit_)) {
            return false;
        }
        const std::size_t name_end = keyword_end(octets_, line + 1);
        if (name_end == line + 1 || name_end == octets_.size() || octets_[name_end] != '\t') {
            return false;
        }
        const std::size_t line_feed = octets_.find('\n', name_end);
        if (line_feed == std::string_view::npos || line_feed - line >= limits_.line_octets ||
            line_feed - name_end > limits_.value_octets || line_feed >= limits_.packet_octets) {
            return false;
        }
        scan_.name_end = name_end;
        add_modifier(name_end + 1, line_feed);
        end_line(line_feed + 1);
        return true;
    }

    ScanResult read_line() {
        while (read_usual()) {
        }
        if (scan_.line == octets_.size()) {
            return false;
        }
        const char first = octets_[scan_.line];
        if (is_operator(first)) {
            return read_modifier();
        }
        if (first == '|' && !explicit_) {
            return read_delimiter();
        }
        if (scan_.state == ScanState::entity) {
            return is_keyword_octet(first) ? read_method() : std::unexpected(Error::end);
        }
        if (first == '\n') {
            begin_content(scan_.line + 1);
            scan_.state = ScanState::entity;
            return true;
        }
        return base::is_digit(first) ? read_length() : std::unexpected(Error::end);
    }

    void begin_content(std::size_t at) {
        scan_.has_content = true;
        scan_.content = at;
        end_line(at);
    }

    ScanResult read_delimiter() {
        const std::size_t end = scan_.line + 2;
        if (const Bound bound = packet_bound(); bound.is_passed_by(end)) {
            return std::unexpected(bound.error);
        }
        if (octets_.size() < end) {
            return false;
        }
        if (octets_[end - 1] != '\n') {
            return std::unexpected(Error::end);
        }
        scan_.end = end;
        return true;
    }

    ScanResult read_length() {
        const Bound bound = line_bound();
        const std::size_t at = skip_digits(octets_, scan_.line);
        if (bound.is_passed_by(at)) {
            return std::unexpected(bound.error);
        }
        if (at - scan_.line > length_digits) {
            return std::unexpected(Error::length);
        }
        if (at == octets_.size()) {
            return wait(bound, scan_.line);
        }
        if (octets_[at] != '\n') {
            return std::unexpected(Error::length);
        }
        const std::size_t length = to_length(octets_.substr(scan_.line, at - scan_.line));
        // Refused here, before anything of it is kept.
        if (at + 3 > limits_.packet_octets || length > limits_.packet_octets - (at + 3)) {
            return std::unexpected(Error::packet_too_large);
        }
        begin_content(at + 1);
        scan_.has_content = length != 0;
        scan_.needed = scan_.content + length + 2;
        scan_.state = ScanState::content;
        return true;
    }

    // Content with its length is read when it is whole.
    ScanResult read_content() {
        const std::size_t content_end = scan_.needed - 2;
        if (octets_.size() > content_end && octets_[content_end] != '|') {
            return std::unexpected(Error::end);
        }
        if (octets_.size() < scan_.needed) {
            return false;
        }
        if (octets_[content_end + 1] != '\n') {
            return std::unexpected(Error::end);
        }
        const std::size_t packet_end = scan_.needed;
        Reader content(scan_, octets_.substr(0, content_end), limits_);
        content.explicit_ = true;
        scan_.state = ScanState::entity;
        while (scan_.state == ScanState::entity && scan_.line != content_end) {
            const ScanResult step = content.read_line();
            if (!step) {
                return step;
            }
            if (!*step && scan_.line != content_end) {
                return std::unexpected(Error::length);
            }
        }
        scan_.end = packet_end;
        return true;
    }

    ScanResult read_modifier() {
        const Bound bound = line_bound();
        const std::size_t name_begin = scan_.line + 1;
        if (scan_.name_end == 0) {
            const std::size_t at = keyword_end(octets_, std::max(scan_.seen, name_begin));
            if (bound.is_passed_by(at)) {
                return std::unexpected(bound.error);
            }
            if (at == octets_.size()) {
                return wait(bound, at);
            }
            if (at == name_begin) {
                return read_sync(bound);
            }
            scan_.name_end = at;
            scan_.seen = at;
        }
        if (scan_.modifiers.size() == limits_.modifiers) {
            return std::unexpected(Error::too_many_modifiers);
        }
        const char delimiter = octets_[scan_.name_end];
        if (delimiter == '\t') {
            return read_simple(bound);
        }
        if (delimiter == '\n') {
            // "[:_name LF]", a variable that is unset; taken like an empty value.
            if (bound.is_passed_by(scan_.name_end + 1)) {
                return std::unexpected(bound.error);
            }
            add_modifier(scan_.name_end, scan_.name_end);
            end_line(scan_.name_end + 1);
            return true;
        }
        if (delimiter == ' ' && scan_.state == ScanState::entity) {
            return read_binary(bound);
        }
        return std::unexpected(Error::modifier_tab);
    }

    // A line with nothing but the operator: possible only in front of the entity modifiers.
    ScanResult read_sync(const Bound& bound) {
        const char operation = octets_[scan_.line];
        const bool may_stand = scan_.state == ScanState::entity && scan_.entity_modifiers == 0 &&
                               (operation == '=' || operation == '?') &&
                               octets_[scan_.line + 1] == '\n';
        if (!may_stand) {
            return std::unexpected(Error::modifier_name);
        }
        if (bound.is_passed_by(scan_.line + 2)) {
            return std::unexpected(bound.error);
        }
        (operation == '=' ? scan_.resets_state : scan_.asks_for_state) = true;
        end_line(scan_.line + 2);
        return true;
    }

    void add_modifier(std::size_t value_begin, std::size_t value_end) {
        const bool entity = scan_.state == ScanState::entity;
        scan_.entity_modifiers += entity ? 1 : 0;
        ScannedModifier& modifier = scan_.modifiers.emplace_back();
        modifier.name = make_span(scan_.line + 1, scan_.name_end);
        modifier.value = make_span(value_begin, value_end);
        modifier.operation = static_cast<Operator>(octets_[scan_.line]);
        modifier.layer = entity ? Layer::entity : Layer::routing;
    }

    ScanResult read_simple(const Bound& bound) {
        const std::size_t value = scan_.name_end + 1;
        const std::size_t line_feed = octets_.find('\n', std::max(scan_.seen, value));
        if (line_feed == std::string_view::npos) {
            return wait(bound, octets_.size());
        }
        if (bound.is_passed_by(line_feed + 1)) {
            return std::unexpected(bound.error);
        }
        if (line_feed - value > limits_.value_octets) {
            return std::unexpected(Error::value_too_long);
        }
        add_modifier(value, line_feed);
        end_line(line_feed + 1);
        return true;
    }

    ScanResult read_binary(const Bound& bound) {
        const std::size_t digits = scan_.name_end + 1;
        const std::size_t tab = skip_digits(octets_, digits);
        if (bound.is_passed_by(tab)) {
            return std::unexpected(bound.error);
        }
        if (tab - digits > length_digits) {
            return std::unexpected(Error::modifier_length);
        }
        if (tab == octets_.size()) {
            return wait(bound, scan_.seen);
        }
        if (tab == digits) {
            return std::unexpected(Error::modifier_length);
        }
        if (octets_[tab] != '\t') {
            return std::unexpected(Error::modifier_tab);
        }
        const std::size_t length = to_length(octets_.substr(digits, tab - digits));
        if (length > limits_.value_octets) {
            return std::unexpected(Error::value_too_long);
        }
        const std::size_t end = tab + 1 + length + 1; // behind the line feed
        if (explicit_ && end > octets_.size()) {
            return std::unexpected(Error::modifier_length);
        }
        if (const Bound all = packet_bound(); all.is_passed_by(end)) {
            return std::unexpected(all.error);
        }
        if (octets_.size() < end) {
            scan_.needed = end;
            return false;
        }
        if (octets_[end - 1] != '\n') {
            return std::unexpected(Error::modifier_newline);
        }
        add_modifier(tab + 1, end - 1);
        end_line(end);
        return true;
    }

    ScanResult read_method() {
        const Bound bound = line_bound();
        const std::size_t at = keyword_end(octets_, scan_.seen);
        if (bound.is_passed_by(at)) {
            return std::unexpected(bound.error);
        }
        if (at == octets_.size()) {
            return wait(bound, at);
        }
        if (octets_[at] != '\n') {
            return std::unexpected(Error::method);
        }
        if (bound.is_passed_by(at + 1)) {
            return std::unexpected(bound.error);
        }
        scan_.method = make_span(scan_.line, at);
        end_line(at + 1);
        scan_.state = ScanState::body;
        if (!explicit_) {
            scan_.seen = at; // a "|" right behind the method line ends an empty body
            return true;
        }
        // The last line feed of the content is not part of the body.
        if (octets_.back() != '\n') {
            return std::unexpected(Error::length);
        }
        scan_.body = make_span(at + 1, std::max(at + 1, octets_.size() - 1));
        return true;
    }

    // Without a length the body ends at the first LF "|" LF.
    ScanResult read_body() {
        const Bound bound = packet_bound();
        const std::size_t found = octets_.find("\n|\n", scan_.seen);
        if (found == std::string_view::npos) {
            return wait(bound, std::max(scan_.seen, octets_.size() - 2));
        }
        if (bound.is_passed_by(found + 3)) {
            return std::unexpected(bound.error);
        }
        scan_.body = make_span(scan_.line, std::max(found, scan_.line));
        scan_.end = found + 3;
        return true;
    }

    Scan& scan_;
    std::string_view octets_;
    const Limits& limits_;
    bool explicit_ = false; // the length of the content is known
};

} // namespace

ScanResult scan_v1(Scan& scan, std::string_view octets, const Limits& limits) {
    return Reader(scan, octets, limits).run();
}

} // namespace mailcast::psyc
