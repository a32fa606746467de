// A person's own new words in an answer: quoted history and signature set aside.
// Nothing is set aside silently: the result says how many lines of which kind.
// Pure; any thread; linear in the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::text {

struct OwnWords {
    std::string text;                // what is left, without blank lines at its ends
    std::size_t quoted_lines = 0;    // "> ..." and the line that introduces it
    std::size_t history_lines = 0;   // "-----Original Message-----" and what follows
    std::size_t signature_lines = 0; // "-- " and what follows

    std::size_t trimmed() const { return quoted_lines + history_lines + signature_lines; }
};

// `text` is UTF-8 with LF, flowed lines already joined.
//   - A quote with own words behind it is what these words answer: its last lines stay (at most `most_answered`).
//   - A quote with nothing behind it goes, with the "On ... wrote:" above it.
//   - A forwarded mail is not history: it is what the person wants to be read.
//   - When nothing but quotes would be left out, that is, when there are no own words, the text stays whole.
OwnWords split_quotes(std::string_view text);

inline constexpr std::size_t most_answered = 6; // lines kept of a quote that is answered

// "4 lines of quotes, 2 lines of signature"; "" when nothing was trimmed.
std::string describe_trimmed(const OwnWords& words);

} // namespace mailcast::text
