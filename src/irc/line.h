// Lines of IRC to be sent.  append_line() is the one place where words become octets on a circuit: nothing that it
// is given can end a line, begin another, be a CTCP, a colour or a change of direction.  Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::irc {

using Tags =
    std::vector<std::pair<std::string_view, std::string>>; // keys are ours; values are escaped here

// How the last parameter is said.
enum class Saying {
    none,   // there is none: all parameters are words
    text,   // behind a colon
    action, // "/me": the one CTCP that we send, and only of what a person said to be one
};

struct Line {
    std::string_view source{}; // "" for none
    std::string_view command;
    std::span<const std::string_view> words{}; // parameters without blanks
    Saying saying = Saying::none;
    std::string_view text{}; // the last parameter
};

// With CRLF.  A text that does not fit into 512 octets is cut at a UTF-8 border: split before (split.h).
void append_line(std::string& out, const Tags& tags, const Line& line);

// What becomes of a word: no blanks, no colon first, not empty, nothing unsafe, a bounded length.
std::string safe_word(std::string_view word);

// Octets that are left for text in a line with this source, command and words, CRLF counted.
std::size_t room_for_text(const Line& line);

} // namespace mailcast::irc
