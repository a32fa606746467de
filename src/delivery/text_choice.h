// Which leaves of a mail are its text.  RFC 2046 5.1.  Pure; one thread at a time.
#pragma once

#include "mime/message.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::delivery {

// The mail must outlive it.
class TextChoice {
  public:
    // `max_text`: octets of one text.
    TextChoice(const mime::Message& message, std::size_t max_text);

    // False for a leaf of an alternative that was not chosen.
    bool is_chosen(std::size_t part) const { return left_out_.empty() || !left_out_[part]; }

    // The text of a text leaf, LF, ready to show, without white space at its end.
    std::string text(std::size_t part);

  private:
    void choose(std::size_t alternative);
    std::string make_text(const mime::Part& part) const;
    const std::string& remembered_text(std::size_t part);

    const mime::Message& message_;
    std::size_t max_text_;
    std::vector<std::size_t> ends_; // behind the last part inside each part
    std::vector<bool> left_out_;    // empty when there is one part only
    std::vector<std::pair<std::size_t, std::string>> remembered_; // read to choose, shown later
};

// text/plain or text/html that is meant to be read: no file name, not an attachment.
bool is_shown_text(const mime::Part& part);

// Any text/* that is meant to be read and that has no other meaning (calendar, vcard, style...).
bool is_readable(const mime::Part& part);

// Nothing but white space and characters that are not seen, of any script.
bool is_blank(std::string_view text);

// True for a plain text that only says that there is HTML.
bool is_stub(std::string_view plain, std::string_view from_html);

// Removes what must not be shown: controls but LF and tab, bidirectional overrides.
void make_safe(std::string& text);

} // namespace mailcast::delivery
