// The mail that tells a person elsewhere what waits for her here: how much, since when, who wrote about what, and no more:
// what was written to her stays here.  Pure; any thread.
#pragma once

#include "base/time.h"
#include "chat/note.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

// What of her log counts: mail, and what others have said to her; not what she said herself, nor what the server says.
bool waits(const chat::Note& note, std::string_view own_uniform);

struct Waiting {
    std::string hostname;
    std::vector<std::shared_ptr<const chat::Note>> notes; // those that count, oldest first
    bool more = false;                                    // there are others behind the last
};

struct DigestText {
    std::string subject;
    std::string text; // UTF-8, LF
};

// At most so many are named one by one, the newest.
inline constexpr std::size_t most_named = 20;

// Of at least one note.
DigestText digest_of(const Waiting& waiting);

} // namespace mailcast::delivery
