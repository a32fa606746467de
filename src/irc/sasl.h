// The server's side of SASL inside AUTHENTICATE: pieces of at most 400 octets put together, and PLAIN read.
// Keeps no password longer than the answer takes.  Pure; one owner.  IRCv3 sasl-3.2, RFC 4616.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::irc {

// As CAP and 908 list them.
inline constexpr std::string_view sasl_mechanisms = "PLAIN,SCRAM-SHA-256";

inline constexpr std::size_t sasl_piece = 400;        // octets of base64 in one AUTHENTICATE
inline constexpr std::size_t longest_response = 8192; // octets of base64 in all

class SaslPieces {
  public:
    enum class Outcome {
        more,     // the last piece has not come
        whole,    // response() is there
        aborted,  // "*"
        too_long, // more than 400 in a piece, or than longest_response in all
        broken,   // no base64
    };

    Outcome take(std::string_view piece);

    // Decoded; the memory of the pieces is free again.
    std::string take_response();

  private:
    std::string text_;
};

struct PlainLogin {
    std::string authorize; // "" : as whom he authenticates
    std::string authenticate;
    std::string password;
};

// RFC 4616 2: nullopt for what has not this form.
std::optional<PlainLogin> read_plain(std::string_view response);

// RFC 4648 4, strict: nullopt for anything that encode_base64 does not write.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace mailcast::irc
