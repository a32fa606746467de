#include "irc/sasl.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <cstdint>
#include <utility>

namespace mailcast::irc {

namespace {

int digit_of(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

} // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    std::string_view digits = text;
    while (digits.ends_with('=') && text.size() - digits.size() < 2) {
        digits.remove_suffix(1);
    }
    std::string out;
    out.reserve(digits.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned amount = 0;
    for (const char c : digits) {
        const int digit = digit_of(c);
        if (digit < 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        amount += 6;
        if (amount >= 8) {
            amount -= 8;
            out += static_cast<char>((bits >> amount) & 0xFFU);
        }
    }
    // The last octets must be written in the one way that there is.
    return base::encode_base64(out) == text ? std::optional(std::move(out)) : std::nullopt;
}

SaslPieces::Outcome SaslPieces::take(std::string_view piece) {
    if (piece == "*") {
        text_ = {};
        return Outcome::aborted;
    }
    if (piece.size() > sasl_piece || text_.size() + piece.size() > longest_response) {
        text_ = {};
        return Outcome::too_long;
    }
    if (piece != "+") {
        text_ += piece;
        if (piece.size() == sasl_piece) {
            return Outcome::more;
        }
    }
    auto decoded = decode_base64(text_);
    if (!decoded) {
        text_ = {};
        return Outcome::broken;
    }
    text_ = std::move(*decoded);
    return Outcome::whole;
}

std::string SaslPieces::take_response() {
    return std::exchange(text_, {});
}

std::optional<PlainLogin> read_plain(std::string_view response) {
    const auto first = response.find('\0');
    if (first == std::string_view::npos) {
        return std::nullopt;
    }
    const auto second = response.find('\0', first + 1);
    if (second == std::string_view::npos ||
        response.find('\0', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    PlainLogin login{.authorize = std::string(response.substr(0, first)),
                     .authenticate = std::string(response.substr(first + 1, second - first - 1)),
                     .password = std::string(response.substr(second + 1))};
    if (login.authenticate.empty() || login.password.empty() || !base::is_valid_utf8(response)) {
        return std::nullopt;
    }
    return login;
}

} // namespace mailcast::irc
