// Names of IRC: what is a nick, what is a channel, how names are compared (CASEMAPPING=ascii).  Pure; any thread.
// RFC 2812 2.3.1, 1.3.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::irc {

inline constexpr std::size_t longest_nick = 64;    // octets, NICKLEN
inline constexpr std::size_t longest_channel = 64; // octets with '#', CHANNELLEN

bool is_nick(std::string_view text);

// With its '#'.
bool is_channel(std::string_view text);

std::string folded(std::string_view name);

// "ada@phone" to account and client; the client is "" without '@'.
struct Login {
    std::string account;
    std::string client;
};

Login split_login(std::string_view text);

// '*' and '?' stand for something, compared folded.
bool matches_mask(std::string_view mask, std::string_view text);

} // namespace mailcast::irc
