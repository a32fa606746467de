// What is said of a password that somebody gave.
#pragma once

#include <cstdint>

namespace mailcast::chat {

enum class PasswordAnswer : std::uint8_t {
    right,
    wrong,
    later, // too many are being checked: it was not looked at
};

} // namespace mailcast::chat
