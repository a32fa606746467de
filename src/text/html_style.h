// What a style attribute says about being seen.  Pure; any thread; linear.
#pragma once

#include <string_view>

namespace mailcast::text {

enum class FontSize { unsaid, zero, visible }; // zero: one pixel at most

enum class WhiteSpace {
    unsaid,
    collapse,
    lines, // line ends are kept
    all    // blanks, too
};

struct StyleFacts {
    bool hidden = false;      // display:none and its relatives
    bool displayed = false;   // display: with anything else
    bool office_hide = false; // mso-hide:all, which hides in Outlook only
    bool is_block = false;    // display: with what stands on lines of its own
    bool same_color = false;  // text in the color of what is behind it
    FontSize font_size = FontSize::unsaid;
    WhiteSpace white_space = WhiteSpace::unsaid;
};

StyleFacts read_style(std::string_view declarations);

} // namespace mailcast::text
