// The two wire generations of PSYC, and how the first octet of a fresh circuit tells them apart.
// Values without state; any thread.
//   classic  0.99: lines, a packet ends at a line ".".  Spoken by psyced and old clients.
//   v1       1.0: content with a length, a packet ends at a line "|".  Spoken by libpsyc.
#pragma once

#include <string_view>

namespace mailcast::psyc {

enum class Generation : unsigned char { classic, v1 };

enum class FirstOctet { classic, v1, tls, line_feed, other };

// `other` is answered with Error::syntax_initialization in the classic generation, then close.
// `line_feed` is tolerated as the beginning of a classic circuit.
constexpr FirstOctet detect(char octet) {
    switch (octet) {
    case '.':
        return FirstOctet::classic;
    case '|':
        return FirstOctet::v1;
    case '\x16':
        return FirstOctet::tls;
    case '\n':
        return FirstOctet::line_feed;
    default:
        return FirstOctet::other;
    }
}

// The empty packet: the greeting of a circuit, later a ping.
constexpr std::string_view empty_packet(Generation generation) {
    return generation == Generation::classic ? ".\n" : "|\n";
}

} // namespace mailcast::psyc
