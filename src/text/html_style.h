// What a style attribute says about being seen.  Pure; any thread; linear.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailcast::text {

enum class FontSize : std::uint8_t { unsaid, zero, visible }; // zero: one pixel at most

enum class WhiteSpace : std::uint8_t {
    unsaid,
    collapse,
    lines, // line ends are kept
    all    // blanks, too
};

// The room that a style leaves above or below an element.
enum class Margin : std::uint8_t { unsaid, none, some };

struct StyleFacts {
    bool hidden = false;      // display:none and its relatives
    bool displayed = false;   // display: with anything else
    bool office_hide = false; // mso-hide:all, which hides in Outlook only
    bool is_block = false;    // display: with what stands on lines of its own
    bool same_color = false;  // text in the color of what is behind it
    FontSize font_size = FontSize::unsaid;
    WhiteSpace white_space = WhiteSpace::unsaid;
    bool is_ruled_off = false;     // a line above it
    Margin above = Margin::unsaid; // padding is room, too
    Margin below = Margin::unsaid;

    bool says_margin() const { return above != Margin::unsaid || below != Margin::unsaid; }

    bool is_tight() const { return above == Margin::none && below == Margin::none; }
};

// `above` and `below` are found out for those who ask only: margins stand in most styles.
enum class Margins { unasked, asked };

StyleFacts read_style(std::string_view declarations, Margins margins);

} // namespace mailcast::text
