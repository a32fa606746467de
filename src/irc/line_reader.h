// Cuts what an IRC client sends into lines.  A line that is whole inside the input is returned in place; only the
// beginning of a line whose end has not come yet is kept.  A line ends with LF, with or without CR before it.
// Bounds: longest_tags octets of tags and longest_line of the rest; a line beyond is dropped, never the circuit.
// Pure; one owner.  RFC 1459 2.3, IRCv3 message-tags ("Size limit").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::irc {

inline constexpr std::size_t longest_line = 512;  // octets with CRLF, without tags
inline constexpr std::size_t longest_tags = 8191; // octets from '@' to the blank behind the tags

class LineReader {
  public:
    enum class Outcome {
        need_input,
        line,
        too_long, // told once; the rest of the line is skipped by the next calls
    };

    struct Found {
        Outcome outcome = Outcome::need_input;
        std::string_view line; // without its end; holds until the next call, or the input's end
    };

    Found next(std::string_view& input);

  private:
    std::string kept_;
    bool returned_kept_ = false;
    bool skipping_ = false;
};

} // namespace mailcast::irc
