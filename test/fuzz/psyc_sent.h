// What must hold of everything that a PSYC circuit is sent, whoever asked for it: whole packets that a parser reads.
#pragma once

#include "psyc/parser.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace mailcast::psyc {

inline void require(bool holds, const char* what, std::string_view detail = {}) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::fwrite(detail.data(), 1, detail.size(), stderr);
        std::abort();
    }
}

class SentReader {
  public:
    explicit SentReader(Generation generation) : parser_(generation) {}

    // `each` is called with every packet.
    template <typename Each>
    void read(std::string_view octets, const Each& each) {
        std::string_view input = octets;
        for (;;) {
            const auto packet = parser_.next(input);
            require(packet.has_value(), "what is sent is packets", octets);
            if (!*packet) {
                break;
            }
            each(**packet);
        }
        require(!parser_.is_inside_packet(), "packets are sent whole", octets);
    }

  private:
    Parser parser_;
};

} // namespace mailcast::psyc
