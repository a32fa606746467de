// The text between two tags of a page, and the text of an attribute: words, white space, character references,
// broken octets.  It is read once and written at once; nothing is kept.  One thread; linear.
#pragma once

#include "text/page_writer.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailcast::text {

// What becomes of white space.
enum class WhiteRule : std::uint8_t {
    collapse,    // all of it is one blank
    lines,       // line ends are kept, because a style says so
    all,         // blanks, too
    preformatted // in <pre>: as it stands
};

class TextReader {
  public:
    // The page and the writer must outlive the reader.
    TextReader(std::string_view html, PageWriter& writer) : html_(html), writer_(writer) {}

    // Writes the text from `at` to the next '<'.  Gives the offset of that, or the size of the page.
    std::size_t read(std::size_t at, WhiteRule rule);

    // Writes the text that stands for an image.
    void read_alternative(std::string_view alt);

  private:
    std::size_t read_plain(std::size_t at);
    std::size_t read_reference(std::size_t at);
    std::size_t read_white(std::size_t at, WhiteRule rule);
    std::size_t read_kept_white(std::size_t at, WhiteRule rule);
    std::size_t read_preformatted_white(std::size_t at);

    std::string_view html_;
    PageWriter& writer_;
};

} // namespace mailcast::text
