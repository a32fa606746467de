#include "psyc/list.h"

#include "base/ascii.h"
#include "psyc/keyword.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mailcast::psyc {

namespace {

using Elements = std::expected<std::vector<ListElement>, Error>;

// Reads a value from its front.
class Cursor {
  public:
    explicit Cursor(std::string_view rest) : rest_(rest) {}

    bool at_end() const { return rest_.empty(); }

    bool take(char c) {
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view take_until(char delimiter) {
        return take_octets(std::min(rest_.find(delimiter), rest_.size()));
    }

    std::string_view take_keyword() {
        std::size_t size = 0;
        while (size < rest_.size() && is_keyword_octet(rest_[size])) {
            ++size;
        }
        return take_octets(size);
    }

    bool is_at_digit() const { return !rest_.empty() && base::is_digit(rest_.front()); }

    // Digits; none when there are none or the number is beyond what is left.
    std::optional<std::size_t> take_length() {
        std::size_t length = 0;
        const char* begin = rest_.data();
        const auto [end, error] = std::from_chars(begin, begin + rest_.size(), length);
        if (error != std::errc{} || !is_at_digit()) {
            return std::nullopt;
        }
        rest_.remove_prefix(static_cast<std::size_t>(end - begin));
        return length > rest_.size() ? std::nullopt : std::optional{length};
    }

    std::string_view take_octets(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

// [ "=" type ] ( [ length ] / ":" length ) [ SP value ], up to `delimiter` or the end.
std::optional<ListElement> take_element(Cursor& cursor, std::string_view default_type,
                                        char delimiter) {
    ListElement element;
    element.type = default_type;
    std::optional<std::size_t> length;
    const bool has_type = cursor.take('=');
    if (has_type) {
        element.type = cursor.take_keyword();
        if (element.type.empty()) {
            return std::nullopt;
        }
    }
    if (has_type ? cursor.take(':') : cursor.is_at_digit()) {
        length = cursor.take_length();
        if (!length) {
            return std::nullopt;
        }
    }
    if (cursor.take(' ')) {
        if (length && *length > cursor.rest().size()) {
            return std::nullopt;
        }
        element.value = length ? cursor.take_octets(*length) : cursor.take_until(delimiter);
    } else if (length.value_or(0) != 0) {
        return std::nullopt;
    }
    const bool ends = cursor.at_end() || cursor.rest().front() == delimiter;
    return ends ? std::optional{element} : std::nullopt;
}

Elements parse_typed(std::string_view value, std::size_t most) {
    Cursor cursor(value);
    const std::string_view type = cursor.take_keyword();
    std::vector<ListElement> elements;
    while (!cursor.at_end()) {
        if (!cursor.take('|')) {
            return std::unexpected(Error::list);
        }
        const auto element = take_element(cursor, type, '|');
        if (!element) {
            return std::unexpected(Error::list);
        }
        if (elements.size() == most) {
            return std::unexpected(Error::list_too_large);
        }
        elements.push_back(*element);
    }
    return elements;
}

Elements parse_old_text(std::string_view value, std::size_t most) {
    Cursor cursor(value);
    std::vector<ListElement> elements;
    while (cursor.take('|')) {
        if (elements.size() == most) {
            return std::unexpected(Error::list_too_large);
        }
        elements.push_back({{}, cursor.take_until('|'), {}});
    }
    return elements;
}

Elements parse_old_binary(std::string_view value, std::size_t most) {
    Cursor cursor(value);
    std::vector<ListElement> elements;
    do {
        const auto length = cursor.take_length();
        if (!length || !cursor.take(' ') || *length > cursor.rest().size()) {
            return std::unexpected(Error::list);
        }
        if (elements.size() == most) {
            return std::unexpected(Error::list_too_large);
        }
        elements.push_back({{}, cursor.take_octets(*length), {}});
    } while (cursor.take('|'));
    if (!cursor.at_end()) {
        return std::unexpected(Error::list);
    }
    return elements;
}

ListElement split_at_space(std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) {
        return {{}, line, {}};
    }
    return {{}, line.substr(0, space), line.substr(space + 1)};
}

Elements repeated_lines(const Packet& packet, const Modifier& first, std::size_t most) {
    std::vector<ListElement> elements;
    const Modifier* const end = packet.modifiers.data() + packet.modifiers.size();
    const Modifier* next = &first + 1;
    if (first.value.empty() && (next == end || !next->continues_list())) {
        return elements;
    }
    elements.push_back(split_at_space(first.value));
    for (; next != end && next->continues_list(); ++next) {
        if (next->operation != Operator::set && next->operation != Operator::assign) {
            continue; // "+" and "-" change the state, not this list
        }
        if (elements.size() == most) {
            return std::unexpected(Error::list_too_large);
        }
        elements.push_back(split_at_space(next->value));
    }
    return elements;
}

} // namespace

Elements parse_list(std::string_view value, std::size_t most) {
    if (value.empty()) {
        return std::vector<ListElement>{};
    }
    if (base::is_digit(value.front())) {
        return parse_old_binary(value, most);
    }
    if (value.front() == '|') {
        const std::size_t at = value.find_first_not_of('|');
        const bool typed = at != std::string_view::npos &&
                           (value[at] == ' ' || value[at] == '=' || base::is_digit(value[at]));
        return typed ? parse_typed(value, most) : parse_old_text(value, most);
    }
    return parse_typed(value, most);
}

std::expected<std::vector<DictEntry>, Error> parse_dict(std::string_view value, std::size_t most) {
    Cursor cursor(value);
    const std::string_view type = cursor.take_keyword();
    std::vector<DictEntry> entries;
    while (!cursor.at_end()) {
        if (!cursor.take('{')) {
            return std::unexpected(Error::list);
        }
        DictEntry entry;
        // "12 key" only when the space follows the digits; else the digits are the key's own.
        Cursor with_length = cursor;
        const auto length = with_length.take_length();
        if (length && with_length.take(' ') && *length <= with_length.rest().size()) {
            entry.key = with_length.take_octets(*length);
            cursor = with_length;
        } else {
            entry.key = cursor.take_until('}');
        }
        if (!cursor.take('}')) {
            return std::unexpected(Error::list);
        }
        const auto element = take_element(cursor, type, '{');
        if (!element) {
            return std::unexpected(Error::list);
        }
        if (entries.size() == most) {
            return std::unexpected(Error::list_too_large);
        }
        entry.element = *element;
        entries.push_back(entry);
    }
    return entries;
}

Elements list_of(const Packet& packet, std::string_view name, std::size_t most) {
    const Modifier* found = packet.find(name);
    if (found == nullptr) {
        return std::vector<ListElement>{};
    }
    return packet.generation == Generation::classic ? repeated_lines(packet, *found, most)
                                                    : parse_list(found->value, most);
}

} // namespace mailcast::psyc
