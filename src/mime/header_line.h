// What a line of a header section looks like, by itself: a field, an mbox separator, a continuation that has lost
// its blank.  RFC 5322, 2.2, 3.6.8 and 4.5.  Pure; any thread; linear in the line.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailcast::mime {

// Lines are without their end.

// Length of the field name that the line starts with, with the offset of the colon in `colon`: obsolete syntax
// (4.5) allows blanks in front of it.  0 when the line starts with no name and colon.
std::size_t field_name_length(std::string_view line, std::size_t& colon);

// "From ada@example.org Mon Nov ...", also as it is quoted.
bool is_mbox_line(std::string_view line);

// `value` is that of the field so far: "Content-Type: multipart/mixed;", then a line "boundary=x".
bool is_lost_continuation(std::string_view value, std::string_view line);

// Fields whose presence behind a broken line shows that the header section goes on.
bool is_known_field(std::string_view name);

} // namespace mailcast::mime
