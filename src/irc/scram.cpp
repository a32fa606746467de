#include "irc/scram.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "irc/sasl.h"

#include <algorithm>
#include <charconv>

namespace mailcast::irc {

namespace {

constexpr std::string_view scheme = "SCRAM-SHA-256$";
constexpr std::uint32_t most_iterations = 10'000'000;

std::string_view octets_of(const base::Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<base::Sha256> digest_of(std::string_view base64) {
    const auto octets = decode_base64(base64);
    base::Sha256 digest{};
    if (!octets || octets->size() != digest.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*octets, reinterpret_cast<char*>(digest.data()));
    return digest;
}

// Takes as long whatever differs.
bool are_equal(const base::Sha256& a, const base::Sha256& b) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned>(a[i] ^ b[i]);
    }
    return difference == 0;
}

// The text before the next comma, which is taken off with it.
std::string_view next_field(std::string_view& rest) {
    const auto comma = rest.find(',');
    const std::string_view field = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    return field;
}

// saslname (RFC 5802 5.1): "=2C" is ',', "=3D" is '=', and no other '=' may stand there.
std::optional<std::string> read_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        if (text.starts_with("=2C") || text.starts_with("=3D")) {
            name += text[2] == 'C' ? ',' : '=';
            text.remove_prefix(3);
        } else if (text.front() == '=' || text.front() == '\0') {
            return std::nullopt;
        } else {
            name += text.front();
            text.remove_prefix(1);
        }
    }
    return base::is_valid_utf8(name) ? std::optional(std::move(name)) : std::nullopt;
}

// "printable" of RFC 5802 7: no control, no blank, no comma.
bool is_nonce(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

} // namespace

std::optional<ScramVerifier> ScramVerifier::parse(std::string_view text) {
    if (!text.starts_with(scheme)) {
        return std::nullopt;
    }
    text.remove_prefix(scheme.size());
    ScramVerifier verifier;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), verifier.iterations);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto dollar = text.find('$');
    if (error != std::errc{} || verifier.iterations == 0 || verifier.iterations > most_iterations ||
        !text.starts_with(':') || dollar == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view keys = text.substr(dollar + 1);
    const auto colon = keys.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto salt = decode_base64(text.substr(1, dollar - 1));
    const auto stored = digest_of(keys.substr(0, colon));
    const auto server = digest_of(keys.substr(colon + 1));
    if (!salt || salt->empty() || !stored || !server) {
        return std::nullopt;
    }
    verifier.salt = std::move(*salt);
    verifier.stored_key = *stored;
    verifier.server_key = *server;
    return verifier;
}

std::string ScramVerifier::text() const {
    std::string out(scheme);
    out += std::to_string(iterations);
    out += ':' + base::encode_base64(salt);
    out += '$' + base::encode_base64(octets_of(stored_key));
    out += ':' + base::encode_base64(octets_of(server_key));
    return out;
}

// RFC 5802 3: ClientKey, StoredKey, ServerKey.
ScramVerifier ScramVerifier::make(std::string_view salted, std::string salt,
                                  std::uint32_t iterations) {
    const base::Sha256 client_key = base::hmac_sha256(salted, "Client Key");
    return {.iterations = iterations,
            .salt = std::move(salt),
            .stored_key = base::sha256(octets_of(client_key)),
            .server_key = base::hmac_sha256(salted, "Server Key")};
}

bool ScramExchange::begin(std::string_view message) {
    if (message.size() > longest_scram_message) {
        return false;
    }
    std::string_view rest = message;
    const std::string_view binding = next_field(rest);
    const std::string_view authorize = next_field(rest);
    // "y": he could bind to a channel and thinks that we cannot, which is right.
    if ((binding != "n" && binding != "y") || !(authorize.empty() || authorize.starts_with("a="))) {
        return false;
    }
    header_ = message.substr(0, message.size() - rest.size());
    client_first_ = rest;
    const std::string_view name = next_field(rest);
    const std::string_view nonce = next_field(rest);
    // "m=" is an extension that one must understand; others behind the nonce may be passed over.
    if (!name.starts_with("n=") || !nonce.starts_with("r=") || !is_nonce(nonce.substr(2))) {
        return false;
    }
    auto read = read_name(name.substr(2));
    auto other = read_name(authorize.empty() ? authorize : authorize.substr(2));
    if (!read || read->empty() || !other) {
        return false;
    }
    name_ = std::move(*read);
    authorize_ = std::move(*other);
    client_nonce_ = nonce.substr(2);
    return true;
}

std::string ScramExchange::challenge(const ScramVerifier& verifier, std::string_view nonce) {
    verifier_ = verifier;
    nonce_ = client_nonce_;
    nonce_ += nonce;
    server_first_ = "r=" + nonce_ + ",s=" + base::encode_base64(verifier.salt) +
                    ",i=" + std::to_string(verifier.iterations);
    return server_first_;
}

std::optional<std::string> ScramExchange::finish(std::string_view message) {
    const auto before_proof = message.rfind(",p=");
    if (server_first_.empty() || message.size() > longest_scram_message ||
        before_proof == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view rest = message.substr(0, before_proof);
    const std::string_view without_proof = rest;
    const std::string_view binding = next_field(rest);
    const std::string_view nonce = next_field(rest);
    const auto proof = digest_of(message.substr(before_proof + 3));
    // The header comes back, so that nobody between has changed it; the nonce has both halves.
    if (binding != "c=" + base::encode_base64(header_) || nonce != "r=" + nonce_ || !proof) {
        return std::nullopt;
    }
    std::string signed_text = client_first_;
    signed_text += ',';
    signed_text += server_first_;
    signed_text += ',';
    signed_text += without_proof;
    server_first_.clear(); // one answer to one challenge
    // RFC 5802 3: ClientKey is the proof without the signature, and its hash is what we keep.
    const base::Sha256 signature = base::hmac_sha256(octets_of(verifier_.stored_key), signed_text);
    base::Sha256 client_key{};
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] = static_cast<std::uint8_t>((*proof)[i] ^ signature[i]);
    }
    if (!are_equal(base::sha256(octets_of(client_key)), verifier_.stored_key)) {
        return std::nullopt;
    }
    const base::Sha256 server_signature =
        base::hmac_sha256(octets_of(verifier_.server_key), signed_text);
    return "v=" + base::encode_base64(octets_of(server_signature));
}

} // namespace mailcast::irc
