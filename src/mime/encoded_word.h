// Text of header fields: RFC 2047 encoded words in all the broken forms they come in, raw 8 bit, folds.
// Linear in the input; the result is valid UTF-8.
#pragma once

#include "mime/charset.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::mime {

enum class Blanks : std::uint8_t {
    collapse, // runs of space, tab, CR, LF become one space, ends are trimmed
    keep      // only the line breaks of folds are taken out (file names)
};

// At most `max` octets.
std::string decode_field_text(std::string_view raw, TextDecoder& decoder, std::size_t max,
                              Blanks blanks = Blanks::collapse);

// One encoded word: "=?label?encoding?text?=".  One that is cut off is none.  Views.
struct EncodedWord {
    std::string_view label; // without the language of RFC 2231, 5
    bool is_base64 = false;
    std::string_view text;
    std::size_t length = 0;
};

// Finds encoded words in one field; `raw` must outlive it.  Asked at growing places it is linear in all:
// what it learned of the ends of words it keeps.
class EncodedWordFinder {
  public:
    explicit EncodedWordFinder(std::string_view raw) : raw_(raw) {}

    // The word that starts at `at`.
    std::optional<EncodedWord> word_at(std::size_t at);

  private:
    std::size_t next_word(std::size_t from) const;

    std::string_view raw_;
    std::size_t next_end_ = 0;   // of a "?=", npos when there is no more
    std::size_t next_begin_ = 0; // of a word behind white space, npos when there is no more
};

// Runs of space, tab, CR and LF become one space, ends are trimmed; in place.
void collapse_blanks(std::string& text);

} // namespace mailcast::mime
