// format=flowed: soft line ends taken back.  RFC 3676.
// Pure; any thread; linear; the result is never longer than twice the input.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::text {

// `text` has LF.  `delsp` is the parameter DelSp=yes (RFC 3676 4.1).  Quote depth stays, written as "> "
// for each level; space-stuffing goes; the signature line "-- " stays as it is.
std::string unwrap_flowed(std::string_view text, bool delsp);

} // namespace mailcast::text
