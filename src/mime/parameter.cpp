#include "mime/parameter.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "mime/encoded_word.h"
#include "mime/quoted_printable.h"

#include <algorithm>
#include <charconv>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool is_white(char c) {
    return base::is_blank(c) || c == '\r' || c == '\n';
}

constexpr bool is_name_char(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '=' && c != ';' && c != '"' && c != '(' &&
           c != ')' && c != ',' && c != '\x7F';
}

// Walks over one field.  Searches that fail are remembered, so that all of them together are linear.
class Cursor {
  public:
    explicit Cursor(std::string_view field) : field_(field) {}

    bool at_end() const { return at_ >= field_.size(); }

    char here() const { return field_[at_]; }

    void step() { ++at_; }

    void skip_white() {
        while (!at_end() && is_white(here())) {
            ++at_;
        }
    }

    // White space and comments (nested, counted).  A comment without an end is no comment.
    void skip_blanks() {
        for (skip_white(); !at_end() && here() == '(' && skip_comment(); skip_white()) {
        }
    }

    // To the semicolon; one within a comment does not count.
    std::size_t skip_value() {
        while (!at_end() && here() != ';') {
            if (here() != '(' || !skip_comment()) {
                ++at_;
            }
        }
        return at_;
    }

    std::string_view name() {
        const std::size_t start = at_;
        while (!at_end() && is_name_char(here())) {
            ++at_;
        }
        return field_.substr(start, at_ - start);
    }

    void skip_past_semicolon() {
        const std::size_t end = field_.find(';', at_);
        at_ = end == npos ? field_.size() : end + 1;
    }

    // What is between the quotes; stands at the opening one.  Without a closing quote: up to the
    // semicolon or line end.
    std::string_view quoted() {
        const std::size_t start = ++at_;
        if (quotes_close_) {
            for (std::size_t end = start; end < field_.size(); ++end) {
                if (field_[end] == '\\') {
                    ++end;
                } else if (field_[end] == '"') {
                    at_ = end + 1;
                    return field_.substr(start, end - start);
                }
            }
            quotes_close_ = false;
        }
        at_ = std::min(field_.find_first_of(";\r\n", start), field_.size());
        return base::trim(field_.substr(start, at_ - start));
    }

    // Up to the semicolon; or to a blank, when another "name=" follows it (a semicolon was forgotten).
    std::string_view bare() {
        const std::size_t start = at_;
        while (!at_end() && here() != ';') {
            if (!is_white(here())) {
                ++at_;
                continue;
            }
            const std::size_t blank = at_;
            skip_white();
            const std::size_t word = at_;
            const std::string_view next = name();
            if (!next.empty() && !at_end() && here() == '=') {
                at_ = word;
                return field_.substr(start, blank - start);
            }
        }
        return base::trim(field_.substr(start, at_ - start));
    }

  private:
    bool skip_comment() {
        if (!comments_close_) {
            return false;
        }
        std::size_t depth = 0;
        for (std::size_t end = at_; end < field_.size(); ++end) {
            const char c = field_[end];
            if (c == '\\') {
                ++end;
            } else if (c == '(') {
                ++depth;
            } else if (c == ')' && --depth == 0) {
                at_ = end + 1;
                return true;
            }
        }
        comments_close_ = false;
        return false;
    }

    std::string_view field_;
    std::size_t at_ = 0;
    bool quotes_close_ = true;
    bool comments_close_ = true;
};

std::string unquoted(std::string_view value, bool is_quoted) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (is_quoted && value[i] == '\\' && i + 1 < value.size()) {
            ++i;
        }
        out.push_back(value[i]);
    }
    return out;
}

void append_percent_decoded(std::string& out, std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '%' && i + 2 < value.size()) {
            const int high = hex_value(value[i + 1]);
            const int low = hex_value(value[i + 2]);
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        out.push_back(value[i]);
    }
}

} // namespace

void ParameterList::read(std::string_view field, const ParameterLimits& limits) {
    limits_ = limits;
    parameters_.clear();
    parameters_.reserve(4);
    over_limit_ = false;

    const std::size_t value_end = Cursor(field).skip_value();
    const std::size_t semicolon = value_end == field.size() ? npos : value_end;
    value_ = base::trim(field.substr(0, semicolon));
    if (const std::size_t comment = value_.find('('); comment != npos && comment > 0) {
        value_ = base::trim(value_.substr(0, comment));
    }
    if (semicolon == npos) {
        // "text/plain charset=utf-8": a semicolon was forgotten.
        const std::size_t blank = base::find_any(value_, ' ', '\t', '\r', '\n');
        if (blank == npos || field.find('=', blank) == npos) {
            return;
        }
        field.remove_prefix(field.find(value_) + blank);
        value_ = value_.substr(0, blank);
    } else {
        field.remove_prefix(semicolon + 1);
    }

    for (Cursor cursor(field); !cursor.at_end();) {
        cursor.skip_blanks();
        Parameter parameter;
        parameter.name = cursor.name();
        cursor.skip_blanks();
        if (cursor.at_end()) {
            break;
        }
        if (parameter.name.empty() || cursor.here() != '=') {
            cursor.skip_past_semicolon();
            continue;
        }
        cursor.step();
        cursor.skip_blanks();
        parameter.is_quoted = !cursor.at_end() && cursor.here() == '"';
        parameter.value = parameter.is_quoted ? cursor.quoted() : cursor.bare();
        cursor.skip_blanks();
        if (!cursor.at_end() && cursor.here() == ';') {
            cursor.step();
        }
        if (parameters_.size() == limits.parameters) {
            over_limit_ = true;
            return;
        }
        // RFC 2231, 3 and 4: name*, name*0, name*0*
        if (parameter.name.ends_with('*')) {
            parameter.is_extended = true;
            parameter.name.remove_suffix(1);
        }
        if (const std::size_t star = parameter.name.find('*'); star != npos) {
            const std::string_view digits = parameter.name.substr(star + 1);
            int section = 0;
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), section);
            if (error == std::errc{} && end == digits.data() + digits.size() && section >= 0) {
                parameter.section = section;
                parameter.name = parameter.name.substr(0, star);
            }
        }
        parameters_.push_back(parameter);
    }
}

bool ParameterList::has(std::string_view name) const {
    return std::ranges::any_of(parameters_,
                               [&](const Parameter& p) { return base::iequals(p.name, name); });
}

const ParameterList::Parameter* ParameterList::plain(std::string_view name) const {
    for (const Parameter& parameter : parameters_) {
        if (parameter.section < 0 && !parameter.is_extended &&
            base::iequals(parameter.name, name)) {
            return &parameter;
        }
    }
    return nullptr;
}

// Of "name*=...", or of "name*0=..." and those that follow it in the order of their numbers, however
// they stand in the field.  A missing piece does not take away the rest.
std::string ParameterList::joined(std::string_view name, TextDecoder& decoder) const {
    std::vector<const Parameter*> pieces;
    for (const Parameter& parameter : parameters_) {
        if ((parameter.section >= 0 || parameter.is_extended) &&
            base::iequals(parameter.name, name)) {
            pieces.push_back(&parameter);
        }
    }
    std::ranges::sort(pieces, [](const Parameter* a, const Parameter* b) {
        return a->section != b->section ? a->section < b->section : a < b;
    });
    std::string_view label;
    std::string octets;
    bool is_first = true;
    int last = -2;
    for (const Parameter* piece : pieces) {
        if (piece->section == last) {
            continue; // twice the same: the first counts
        }
        if (last == -1) {
            break; // the whole value and pieces of it: the whole counts
        }
        last = piece->section;
        std::string_view value = piece->value;
        if (piece->is_extended) {
            if (is_first) {
                const std::size_t language = value.find('\'');
                const std::size_t text = language == npos ? npos : value.find('\'', language + 1);
                if (text != npos) {
                    label = value.substr(0, language);
                    value.remove_prefix(text + 1);
                }
            }
            append_percent_decoded(octets, value);
        } else {
            octets += unquoted(value, piece->is_quoted);
        }
        is_first = false;
    }
    if (octets.find("=?") != npos && label.empty()) {
        return decode_field_text(octets, decoder, limits_.text, Blanks::keep);
    }
    std::string out;
    decoder.append(out, octets, label, limits_.text);
    std::erase_if(out, [](char c) { return c == '\r' || c == '\n'; });
    return out;
}

std::string ParameterList::token(std::string_view name, TextDecoder& decoder) const {
    const Parameter* parameter = plain(name);
    if (parameter == nullptr) {
        return has(name) ? joined(name, decoder) : std::string{};
    }
    std::string_view value = parameter->value.substr(0, limits_.text);
    if (!parameter->is_quoted) {
        value = value.substr(0, base::find_any(value, ' ', '\t', '\r', '\n'));
    }
    std::string out = unquoted(value, parameter->is_quoted);
    std::erase_if(out, [](char c) { return c == '\r' || c == '\n'; });
    return out;
}

std::optional<std::string> ParameterList::text(std::string_view name, TextDecoder& decoder) const {
    if (!has(name)) {
        return std::nullopt;
    }
    const bool has_pieces = std::ranges::any_of(parameters_, [&](const Parameter& p) {
        return (p.section >= 0 || p.is_extended) && base::iequals(p.name, name);
    });
    if (has_pieces) {
        return joined(name, decoder);
    }
    const Parameter* parameter = plain(name);
    return decode_field_text(unquoted(parameter->value, parameter->is_quoted), decoder,
                             limits_.text, Blanks::keep);
}

} // namespace mailcast::mime
