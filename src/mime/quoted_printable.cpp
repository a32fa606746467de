#include "mime/quoted_printable.h"

#include "base/ascii.h"

namespace mailcast::mime {

namespace {

// The octet of "=XX" at `at`, or -1.
int escape_at(std::string_view octets, std::size_t at) {
    if (at + 2 >= octets.size()) {
        return -1;
    }
    const int high = hex_value(octets[at + 1]);
    const int low = hex_value(octets[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void decode_line(std::string_view line, Output& output) {
    while (!line.empty()) {
        const std::size_t escape = line.find('=');
        output.append(line.substr(0, escape));
        if (escape == std::string_view::npos) {
            return;
        }
        const int value = escape_at(line, escape);
        if (value >= 0) {
            output.push(static_cast<char>(value));
            line.remove_prefix(escape + 3);
        } else if (escape + 1 < line.size() && line[escape + 1] == '\r') {
            line.remove_prefix(escape + 2); // a soft break of lines that end in a bare CR
        } else {
            output.push('=');
            line.remove_prefix(escape + 1);
        }
    }
}

} // namespace

int hex_value(char c) {
    if (base::is_digit(c)) {
        return c - '0';
    }
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void decode_quoted_printable(std::string_view octets, Output& output) {
    while (!octets.empty() && !output.is_full()) {
        const std::size_t end = octets.find('\n');
        std::string_view line = octets.substr(0, end);
        std::string_view line_break = end == std::string_view::npos ? "" : "\n";
        octets.remove_prefix(line.size() + line_break.size());
        if (line.ends_with('\r') && !line_break.empty()) {
            line.remove_suffix(1);
            line_break = "\r\n";
        }
        // RFC 2045, 6.7 (3) says that white space at the end of a line was added on the way.  In real mail
        // it was not (an unescaped "-- "), so it stays, but behind a soft break.
        std::string_view content = line;
        while (!content.empty() && base::is_blank(content.back())) {
            content.remove_suffix(1);
        }
        if (content.ends_with('=')) {
            line = content.substr(0, content.size() - 1);
            line_break = "";
        }
        decode_line(line, output);
        output.append(line_break);
    }
}

void decode_q(std::string_view octets, Output& output) {
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const char c = octets[at];
        if (c == '_') {
            output.push(' ');
            continue;
        }
        const int value = c == '=' ? escape_at(octets, at) : -1;
        if (value >= 0) {
            output.push(static_cast<char>(value));
            at += 2;
        } else {
            output.push(c);
        }
    }
}

} // namespace mailcast::mime
