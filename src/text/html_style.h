// What a style attribute says about being seen.  Pure; any thread; linear.
#pragma once

#include <string_view>

namespace mailcast::text {

enum class FontSize { unsaid, zero, visible };

struct StyleFacts {
    bool hidden = false;      // display:none and its relatives
    bool office_hide = false; // mso-hide:all, which hides in Outlook only
    FontSize font_size = FontSize::unsaid;
};

StyleFacts read_style(std::string_view declarations);

// True when the style sheet hides the class `name`.
bool sheet_hides_class(std::string_view sheet, std::string_view name);

} // namespace mailcast::text
