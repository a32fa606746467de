// The content of a mail as it comes in: dot-unstuffing for DATA, and the check for bare line ends.
// Works in place: what is returned are views into the input, as long as no octet has to be taken out.
// RFC 5321 4.1.1.4, 4.5.2 and 2.3.8.
#pragma once

#include <string_view>

namespace mailcast::smtp {

// Finds the end of the content, and takes the dots out.
//
// "CRLF . CRLF" ends the content, and nothing else does: servers that take LF . LF, CR . CR and the like
// for an end let a sender put a second mail, with a forged envelope, into the first.  A dot is taken away
// where it follows a CRLF (or begins the content), and nowhere else.
class DotReader {
  public:
    enum class Outcome { need_input, bytes, end };

    struct Step {
        Outcome outcome;
        std::string_view bytes; // for Outcome::bytes, never empty
    };

    // Uses up `input` from its front; stops behind the end of the content.
    Step next(std::string_view& input);

  private:
    enum class At {
        line_start,
        dot,      // behind a dot that began the line, and is not part of the content
        dot_cr,   // behind such a dot and a CR that is withheld: one octet decides
        after_cr, // behind a CR that has been handed out
        text
    };

    Step scan(std::string_view& input);

    At at_ = At::line_start;
};

// Notices CR without LF and LF without CR, however the content is cut.
class LineEndCheck {
  public:
    // False from the first bare line end on.
    bool feed(std::string_view bytes);

    // To be asked at the end: a CR as the very last octet is bare, too.
    bool good() const { return good_ && !after_cr_; }

  private:
    bool good_ = true;
    bool after_cr_ = false;
};

} // namespace mailcast::smtp
