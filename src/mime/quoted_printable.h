// Quoted-printable as it is really sent: what is no correct escape stays as it is.  RFC 2045, 6.7.
#pragma once

#include "mime/output.h"

#include <string_view>

namespace mailcast::mime {

// `octets` are whole lines (the last may lack its end), so a body may be decoded in several calls.
void decode_quoted_printable(std::string_view octets, Output& output);

// RFC 2047, 4.2: the Q encoding of words in header fields.
void decode_q(std::string_view octets, Output& output);

// 0 to 15, or -1.
int hex_value(char c);

} // namespace mailcast::mime
