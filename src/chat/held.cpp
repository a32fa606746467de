#include "chat/held.h"

namespace mailcast::chat {

std::optional<HeldVerdict> parse_held_verdict(std::string_view word) {
    if (word == "release" || word == "accept") {
        return HeldVerdict::release;
    }
    if (word == "always") {
        return HeldVerdict::always;
    }
    if (word == "never") {
        return HeldVerdict::never;
    }
    return std::nullopt;
}

} // namespace mailcast::chat
