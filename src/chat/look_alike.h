// Names that look alike.  Two names with one skeleton can be taken for one another: case, dots and the like, digits for
// letters ("4d4"), letters of other scripts and forms (Cyrillic, Greek, full width, mathematical, with accents) do not
// count in it.  After the idea of Unicode TR 39, section 4, for names that are written in ASCII here.
// Pure; any thread; linear.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::chat {

// "" when no letter or digit of the basic Latin alphabet is left: such a name imitates nobody.
std::string skeleton_of(std::string_view name);

} // namespace mailcast::chat
