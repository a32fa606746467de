// Cuts input into command lines.  A line that is whole inside the input is returned in place; only the
// beginning of a line whose end has not come yet is kept, and no longer than needed.
//
// A line ends with CRLF and nothing else.  What follows a bare LF is not a line but part of one that is
// dropped up to the next CRLF, so that nothing behind a bare LF can ever be a command.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::smtp {

class LineReader {
  public:
    enum class Outcome {
        need_input,
        line,
        too_long, // told once; the rest of the line is skipped by the next calls
        bare_lf   // the same
    };

    struct Found {
        Outcome outcome;
        std::string_view line; // without CRLF; holds until the next call, or the input's end
    };

    // `limit` counts the CRLF (RFC 5321 4.5.3.1.4).
    Found next(std::string_view& input, std::size_t limit);

    // Forgets the kept beginning, and frees its memory.
    void clear();

  private:
    bool skip_line(std::string_view& input);

    std::string kept_;
    bool returned_kept_ = false;
    bool skipping_ = false;
    bool after_cr_ = false; // while skipping: the last octet was CR
};

} // namespace mailcast::smtp
