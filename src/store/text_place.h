// Most mail is plain text, which stands word for word in its content: then the text of the Note is not
// stored a second time, only where it stands.  Halves the row of a small mail.  Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::store {

struct TextPlace {
    std::size_t offset = 0; // in the content
    std::size_t octets = 0; // of the text, which has LF where the content has CRLF

    bool operator==(const TextPlace&) const = default;
};

// Texts shorter than this are stored as they are.
inline constexpr std::size_t least_placed_text = 128;

// Linear in the content; looks at a few places only, so it may miss a text that is there.
std::optional<TextPlace> find_text(std::string_view content, std::string_view text);

// The octets of content from place.offset on are given, as many as there are or at least 2 * place.octets.
// nullopt when they are too few: the row is damaged.
std::optional<std::string> text_at(std::string_view octets, std::size_t text_octets);

} // namespace mailcast::store
