// The server's side of SCRAM-SHA-256: three messages of the client in, two of ours out.  Knows neither sockets nor
// accounts: who uses it brings the verifier and a nonce.  Without channel binding ("y," and "n," are taken, "p=" is not).
//
// Pure; one owner.  Bounds: longest_scram_message in, names and nonces within it.  Errors: nullopt or false, and the
// exchange is over; what was wrong is told to nobody.
// RFC 5802 (the messages: 5.1, 7), RFC 7677, RFC 5803 (how a verifier is written).
#pragma once

#include "base/sha256.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::irc {

inline constexpr std::size_t longest_scram_message = 1024; // octets

// What is kept of a password.  Whoever has it can guess passwords, but not log in with it.
struct ScramVerifier {
    std::uint32_t iterations = 0;
    std::string salt;
    base::Sha256 stored_key{};
    base::Sha256 server_key{};

    // "SCRAM-SHA-256$32768:c2FsdA==$c3RvcmVkS2V5:c2VydmVyS2V5"; nullopt for anything else.
    static std::optional<ScramVerifier> parse(std::string_view text);
    std::string text() const;

    // `salted` is PBKDF2-HMAC-SHA-256 of the password with this salt and so many iterations, 32 octets (RFC 5802 3).
    static ScramVerifier make(std::string_view salted, std::string salt, std::uint32_t iterations);
};

class ScramExchange {
  public:
    // client-first-message.  False when it is none, or wants what we do not have.
    bool begin(std::string_view message);

    // As whom he comes, and as whom he wants to act ("": the same); unescaped.  After begin().
    const std::string& name() const { return name_; }

    const std::string& authorize() const { return authorize_; }

    // server-first-message.  `nonce` is new each time, printable, without a comma.
    std::string challenge(const ScramVerifier& verifier, std::string_view nonce);

    // client-final-message to server-final-message; nullopt when it is not this password's.
    std::optional<std::string> finish(std::string_view message);

  private:
    std::string header_; // gs2-header, as it came
    std::string name_;
    std::string authorize_;
    std::string client_nonce_;
    std::string client_first_; // client-first-message-bare
    std::string server_first_;
    std::string nonce_; // both
    ScramVerifier verifier_;
};

} // namespace mailcast::irc
