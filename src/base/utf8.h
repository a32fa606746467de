// UTF-8: what is valid, what may be shown.  RFC 3629.
// Everything here is linear in the input and allocates at most one result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailcast::base {

// Length of the longest prefix that is valid UTF-8 (no overlong forms, no surrogates, <= U+10FFFF).
std::size_t valid_utf8_prefix(std::string_view text);

inline bool is_valid_utf8(std::string_view text) {
    return valid_utf8_prefix(text) == text.size();
}

// Appends the code point; what is no scalar value becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

// The code point at `at`, which is moved behind it.  A broken sequence gives U+FFFD and is skipped
// by its maximal valid prefix (Unicode 3.9, "substitution of maximal subparts").
std::uint32_t next_code_point(std::string_view text, std::size_t& at);

// Broken sequences become U+FFFD each; valid text is returned as it is.
std::string repaired_utf8(std::string_view text);

// The longest prefix of at most `max` octets that does not cut a code point of valid UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max);

// From space to tilde: safe everywhere, as most header fields are.
bool is_printable_ascii(std::string_view text);

// True for what must never reach a line of chat: C0 and C1 controls, DEL, line and paragraph
// separators, bidirectional embeddings, overrides and isolates, U+FEFF, interlinear marks and the
// mark of an object that is not there (U+FFFC).
bool is_unsafe_in_line(std::uint32_t code_point);

// One line that is safe to show: valid UTF-8, line breaks and tabs become single spaces, all other
// unsafe characters are left out.
std::string safe_line(std::string_view text);

// Several lines that are safe to show: as safe_line, but LF and tab stay; CRLF and CR become LF.
std::string safe_text(std::string_view text);

} // namespace mailcast::base
