// What a style attribute says about being seen.  Pure; any thread; linear.
#pragma once

#include <string_view>

namespace mailcast::text {

enum class FontSize { unsaid, zero, visible }; // zero: one pixel at most

struct StyleFacts {
    bool hidden = false;      // display:none and its relatives
    bool displayed = false;   // display: with anything else
    bool office_hide = false; // mso-hide:all, which hides in Outlook only
    FontSize font_size = FontSize::unsaid;
};

StyleFacts read_style(std::string_view declarations);

} // namespace mailcast::text
