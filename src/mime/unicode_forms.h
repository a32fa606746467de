// The Unicode transformation formats beside UTF-8, into UTF-8.  Pure functions; any thread.
// RFC 2781 (UTF-16), RFC 2152 (UTF-7).  Each stops soon after `out` holds `max` octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailcast::mime {

enum class ByteOrder : std::uint8_t { little, big };

// By mark, else by where the zero octets stand, else big (RFC 2781, 4.3).
ByteOrder guess_utf16_order(std::string_view octets);

// A leading byte order mark is left out, and obeyed when it contradicts `order`.
void append_utf16(std::string& out, std::string_view octets, ByteOrder order, std::size_t max);

void append_utf32(std::string& out, std::string_view octets, std::size_t max);

// What is no correct shift sequence stays as it is.
void append_utf7(std::string& out, std::string_view octets, std::size_t max);

// Characters of two and more octets; stops at `enough`.  0 when the octets are no valid UTF-8.
std::size_t count_utf8_sequences(std::string_view octets, std::size_t enough);

// True when at least one character of two and more octets is valid UTF-8, or the last one is cut off.
bool has_utf8_sequence(std::string_view octets);

} // namespace mailcast::mime
