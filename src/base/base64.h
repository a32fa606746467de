// Base64 out (RFC 4648 4), with padding, on one line.  Readers differ in what they forgive and stand where they are
// used.  Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::base {

std::string encode_base64(std::string_view octets);

} // namespace mailcast::base
