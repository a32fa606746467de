// Passwords of persons: read without being shown, kept only as an Argon2id hash (libsodium).
// Hashing takes a tenth of a second and 64 MiB: never on the hub thread.
#pragma once

#include <expected>
#include <optional>
#include <string>

namespace mailcast::app {

// Octets.  Longer ones are refused, not cut.
inline constexpr std::size_t max_password = 1024;

// The first line of standard input, without its end.
std::expected<std::string, std::string> read_password_line();

// Asks on the terminal, twice if `confirm`, without showing what is typed.
std::expected<std::string, std::string> ask_password(bool confirm);

bool on_a_terminal();

// libsodium's string; nullopt when there is not memory enough.
std::optional<std::string> hash_password(const std::string& password);

// False for an empty hash: without a password nobody logs in.
bool password_matches(const std::string& hash, const std::string& password);

// Overwrites the octets of a password that is no longer needed.
void forget(std::string& password);

} // namespace mailcast::app
