#include "irc/line.h"

#include "base/utf8.h"
#include "irc/line_reader.h"
#include "irc/message.h"

#include <algorithm>

namespace mailcast::irc {

namespace {

constexpr std::size_t longest_word = 250; // octets; no name of ours or from outside needs more
constexpr std::string_view action_begin = "\x01"
                                          "ACTION ";
constexpr std::string_view action_end = "\x01";

// The line up to where the text begins.
std::string head_of(const Line& line) {
    std::string head;
    if (!line.source.empty()) {
        head += ':';
        head += safe_word(line.source);
        head += ' ';
    }
    head += line.command;
    for (const std::string_view word : line.words) {
        head += ' ';
        head += safe_word(word);
    }
    if (line.saying != Saying::none) {
        head += " :";
    }
    if (line.saying == Saying::action) {
        head += action_begin;
    }
    return head;
}

std::size_t room_behind(const std::string& head, const Line& line) {
    const std::size_t used =
        head.size() + 2 + (line.saying == Saying::action ? action_end.size() : 0);
    return used < longest_line ? longest_line - used : 0;
}

} // namespace

std::string safe_word(std::string_view word) {
    std::string out = base::safe_line(word);
    std::ranges::replace(out, ' ', '_');
    if (out.starts_with(':')) {
        out.front() = '_';
    }
    if (out.size() > longest_word) {
        out.resize(base::utf8_prefix(out, longest_word).size());
    }
    return out.empty() ? "*" : out;
}

std::size_t room_for_text(const Line& line) {
    return room_behind(head_of(line), line);
}

void append_line(std::string& out, const Tags& tags, const Line& line) {
    char before = '@';
    for (const auto& [key, value] : tags) {
        out += before;
        before = ';';
        out += key;
        if (!value.empty()) {
            out += '=';
            out += escaped_tag(base::safe_line(value));
        }
    }
    if (!tags.empty()) {
        out += ' ';
    }
    const std::string head = head_of(line);
    out += head;
    if (line.saying != Saying::none) {
        const std::string text = base::safe_line(line.text);
        out += base::utf8_prefix(text, room_behind(head, line));
        if (line.saying == Saying::action) {
            out += action_end;
        }
    }
    out += "\r\n";
}

} // namespace mailcast::irc
