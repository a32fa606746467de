// Character references of HTML: "&amp;", "&#8217;", "&copy" without a semicolon.
// All names of HTML 4 and the common ones of HTML 5.  Pure; any thread; constant time for each.
// WHATWG HTML 13.2.5.72 ff.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailcast::text {

struct CharacterReference {
    std::uint32_t code_point = 0;
    std::size_t length = 0; // octets from the '&' on; 0 when it is none and '&' stands for itself
};

// `html` starts with '&'.  In an attribute "&copy=1" and "&lang2" are left alone, as browsers do:
// they are parts of links.
CharacterReference read_reference(std::string_view html, bool in_attribute);

} // namespace mailcast::text
