// What of a page is not to be seen, and where it ends: elements that the sender hid by an attribute, a style or a
// style sheet, and elements whose content is no text (<script>, <svg>).  Nothing is believed that would swallow
// the rest of the page.  Views into the page; bounded; one thread.  Linear but for an element whose color is its
// background's: for each of them the next 2,000 octets are looked at once more.
#pragma once

#include "text/html_element.h"
#include "text/html_sheet.h"
#include "text/html_style.h"
#include "text/html_tag.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace mailcast::text {

class HiddenParts {
  public:
    // The page and `tags`, which reads it, must outlive this.  `believes`: the sender's ways of hiding count.
    HiddenParts(std::string_view html, TagReader& tags, bool believes)
        : html_(html), tags_(tags), believes_(believes) {}

    // True when the element that `tag` opens is not to be seen.  `at` is behind the tag.
    bool hides(const Tag& tag, Element element, const StyleFacts& style, std::size_t at) const;

    // These move `at` from behind an opening tag to behind what is not to be seen.
    void skip(const Tag& tag, Element element, std::size_t& at); // any that hides() says
    void skip_dropped(const Tag& tag, std::size_t& at);          // Element::dropped
    void skip_raw(const Tag& tag, std::size_t& at);              // Element::raw; reads style sheets

    void note_hidden(bool is_hidden) { hid_something_ |= is_hidden; } // found by somebody else

    bool hid_something() const { return hid_something_; }

    const StyleSheet& sheet() const { return sheet_; }

  private:
    bool is_hidden(const Tag& tag, Element element, const StyleFacts& style) const;
    bool sets_color_inside(const Tag& tag, std::size_t at) const;

    std::string_view html_;
    TagReader& tags_;
    bool believes_;
    bool hid_something_ = false;
    StyleSheet sheet_;
    std::array<bool, 4> never_closed_{}; // raw elements for which no end tag is left
    bool dropped_close_ = true;          // false: one of them has no end tag; their text is shown
};

} // namespace mailcast::text
