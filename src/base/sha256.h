// SHA-256 (FIPS 180-4), for names that nobody can make a second time on purpose, and HMAC (RFC 2104) with it.  Passwords
// have their own way (net/passwords).
// Pure; any thread; linear.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mailcast::base {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view octets);

Sha256 hmac_sha256(std::string_view key, std::string_view text);

} // namespace mailcast::base
