// irc::ScramExchange and ScramVerifier over any octets: client-first and client-final are divided by the first LF.
// Holds them to: what is no proof is refused; a verifier that is read is written as it was; the challenge begins with the
// client's nonce.
#include "irc/scram.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mailcast::irc;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto verifier = ScramVerifier::parse(input)) {
        const auto again = ScramVerifier::parse(verifier->text());
        require(again && again->text() == verifier->text());
    }
    const auto end = input.find('\n');
    static const ScramVerifier verifier = ScramVerifier::make("salted password", "salt", 4096);
    ScramExchange exchange;
    if (exchange.begin(input.substr(0, end))) {
        const std::string challenge = exchange.challenge(verifier, "server-nonce");
        require(challenge.starts_with("r=") && challenge.ends_with(",i=4096"));
        require(!exchange.name().empty());
        if (end != std::string_view::npos) {
            // Nobody finds the proof by chance.
            require(!exchange.finish(input.substr(end + 1)));
        }
    }
    return 0;
}
