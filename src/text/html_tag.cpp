#include "text/html_tag.h"

#include "base/ascii.h"

#include <array>

namespace mailcast::text {

namespace {

constexpr std::size_t none = std::string_view::npos;

constexpr bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

constexpr std::array<bool, 256> make_name_ends() {
    std::array<bool, 256> ends{};
    for (const char c : {' ', '\n', '\t', '\r', '\f', '=', '/', '>'}) {
        ends[static_cast<unsigned char>(c)] = true;
    }
    return ends;
}

constexpr std::array<bool, 256> name_ends = make_name_ends();

void keep_attribute(Tag& tag, std::string_view name, std::string_view value) {
    // The first of two attributes of one name counts.
    const auto keep = [&tag, value](std::string_view& slot) {
        if (slot.data() == nullptr) {
            slot = value;
            tag.has_attributes = true;
        }
    };
    const char first = base::to_lower(name.front());
    switch (name.size()) {
    case 2:
        if (first == 'i' && base::iequals(name, "id")) {
            keep(tag.id);
        }
        break;
    case 3:
        if (first == 'a' && base::iequals(name, "alt")) {
            keep(tag.alt);
        }
        break;
    case 4:
        if (first == 'h' && base::iequals(name, "href")) {
            keep(tag.href);
        } else if (first == 't' && base::iequals(name, "type") &&
                   base::iequals(value, "checkbox")) {
            tag.is_checkbox = tag.has_attributes = true;
        }
        break;
    case 5:
        if (first == 's' && base::iequals(name, "style")) {
            keep(tag.style);
        } else if (first == 's' && base::iequals(name, "start")) {
            keep(tag.start);
        } else if (first == 'c' && base::iequals(name, "class")) {
            keep(tag.class_names);
        } else if (first == 'v' && base::iequals(name, "value")) {
            keep(tag.value);
        }
        break;
    case 6:
        if (first == 'h' && base::iequals(name, "hidden")) {
            tag.hidden = tag.has_attributes = true;
        }
        break;
    case 7:
        if (first == 'c' && base::iequals(name, "checked")) {
            tag.checked = tag.has_attributes = true;
        }
        break;
    default:
        break;
    }
}

} // namespace

TagReader::Kind TagReader::read(std::size_t& at, Tag& tag) {
    const std::size_t start = at;
    const auto as_text = [&at, start] {
        at = start + 1;
        return Kind::text;
    };
    if (!tags_close_ || start + 1 >= html_.size()) {
        return as_text();
    }
    std::size_t name = start + 1;
    const char next = html_[name];
    if (next == '!' || next == '?') {
        return read_comment(at);
    }
    tag.clear();
    if (next == '/') {
        tag.closing = true;
        ++name;
        if (name >= html_.size()) {
            return as_text();
        }
    }
    if (!base::is_alpha(html_[name])) {
        // "</ div>" is nothing to browsers, and nothing to read either.
        constexpr std::size_t longest = 20;
        const std::size_t end = tag.closing ? html_.substr(name, longest).find('>') : none;
        if (end == none || html_.substr(name, end).contains('<')) {
            return as_text();
        }
        at = name + end + 1;
        return Kind::skip;
    }
    std::size_t end = name;
    bool address = false;
    while (end < html_.size() && !name_ends[static_cast<unsigned char>(html_[end])]) {
        address = address || html_[end] == '@' || html_[end] == ':';
        ++end;
    }
    // "<ada@example.org>" and "<https://...>" are what somebody meant to be read.
    if (address && !tag.closing) {
        const std::string_view written = html_.substr(name, end - name);
        if (written.contains('@') ||
            (written.ends_with(':') && end < html_.size() && html_[end] == '/')) {
            return as_text();
        }
    }
    tag.key = tag_key(html_.substr(name, end - name));
    std::size_t close = tag.closing ? html_.find('>', end) : read_attributes(end, tag);
    if (close == none) {
        close = html_.find('>', start);
        if (close == none) {
            tags_close_ = false;
            return as_text();
        }
        // All '>' that are left stand in quotes that make no sense.
        quotes_count_ = false;
    }
    at = close + 1;
    return Kind::tag;
}

TagReader::Kind TagReader::read_comment(std::size_t& at) {
    std::size_t end = none;
    if (comments_close_ && html_.substr(at).starts_with("<!--")) {
        // "<!-->" and "<!--->" are whole comments.
        end = html_.find("-->", at + 2);
        if (end != none) {
            at = end + 3;
            return Kind::skip;
        }
        comments_close_ = false;
    }
    end = html_.find('>', at);
    if (end == none) {
        tags_close_ = false;
        ++at;
        return Kind::text;
    }
    at = end + 1;
    return Kind::skip;
}

// Gives the offset of the '>' that ends the tag.
std::size_t TagReader::read_attributes(std::size_t at, Tag& tag) const {
    while (at < html_.size()) {
        const char c = html_[at];
        if (c == '>') {
            tag.self_closing = html_[at - 1] == '/';
            return at;
        }
        if (is_white(c) || c == '/' || c == '=') {
            ++at;
            continue;
        }
        const std::size_t name = at;
        while (at < html_.size() && !name_ends[static_cast<unsigned char>(html_[at])]) {
            ++at;
        }
        const std::size_t name_end = at;
        while (at < html_.size() && is_white(html_[at])) {
            ++at;
        }
        std::string_view value;
        if (at < html_.size() && html_[at] == '=') {
            at = read_value(at + 1, value);
        }
        keep_attribute(tag, html_.substr(name, name_end - name), value);
    }
    return none;
}

// Gives the offset behind the value.
std::size_t TagReader::read_value(std::size_t at, std::string_view& value) const {
    while (at < html_.size() && is_white(html_[at])) {
        ++at;
    }
    if (at >= html_.size()) {
        return at;
    }
    const char quote = html_[at];
    if (quotes_count_ && (quote == '"' || quote == '\'')) {
        const std::size_t end = html_.find(quote, at + 1);
        value = html_.substr(at + 1, end == none ? none : end - at - 1);
        // A quote that was never closed runs into the text: a '>' and then a '<' inside say so, or
        // the end of the page.
        const std::size_t closes = value.find('>');
        if (closes != none && (end == none || value.find('<') > closes)) {
            const bool text_inside = end == none || value.find('<', closes) != none;
            if (text_inside) {
                value = value.substr(0, closes);
                return at + 1 + closes;
            }
        }
        return end == none ? html_.size() : end + 1;
    }
    const std::size_t start = at;
    while (at < html_.size() && html_[at] != '>' && !is_white(html_[at])) {
        ++at;
    }
    value = html_.substr(start, at - start);
    return at;
}

std::size_t TagReader::find_closing(std::string_view name, std::size_t from) const {
    for (std::size_t at = html_.find("</", from); at != none; at = html_.find("</", at + 2)) {
        if (base::istarts_with(html_.substr(at + 2), name)) {
            return at;
        }
    }
    return none;
}

} // namespace mailcast::text
