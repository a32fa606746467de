#include "mime/header_line.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>

namespace mailcast::mime {

namespace {

// 3.6.8: ftext, any printable ASCII but the colon.
constexpr bool is_field_name_char(char c) {
    return c > ' ' && c < '\x7F' && c != ':';
}

constexpr std::array<std::string_view, 12> known_fields = {
    "from",     "to",          "subject",      "date",         "message-id", "received",
    "reply-to", "return-path", "mime-version", "delivered-to", "cc",         "sender"};

} // namespace

std::size_t field_name_length(std::string_view line, std::size_t& colon) {
    std::size_t length = 0;
    while (length < line.size() && is_field_name_char(line[length])) {
        ++length;
    }
    colon = length;
    while (colon < line.size() && base::is_blank(line[colon])) {
        ++colon;
    }
    return colon < line.size() && line[colon] == ':' ? length : 0;
}

bool is_mbox_line(std::string_view line) {
    return line.starts_with("From ") || line.starts_with(">From ");
}

bool is_lost_continuation(std::string_view value, std::string_view line) {
    return line.contains('=') && !line.starts_with("--") && base::trim(value).ends_with(';');
}

bool is_known_field(std::string_view name) {
    return base::istarts_with(name, "content-") ||
           std::ranges::any_of(
               known_fields, [name](std::string_view known) { return base::iequals(known, name); });
}

} // namespace mailcast::mime
