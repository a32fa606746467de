// Base64 as it is really sent: what is not of the alphabet is skipped, padding may be missing, and
// several encoded pieces may follow one another.  RFC 2045, 6.8.
#pragma once

#include "mime/output.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailcast::mime {

// 0 to 63, or -1 for what is not of the alphabet.
int base64_value(char c);

// Fed in pieces that may be cut anywhere; owned by one call.
class Base64Decoder {
  public:
    explicit Base64Decoder(Output& output) : output_(output) {}

    void feed(std::string_view octets);

    // What is left of a last group without its padding.
    void finish();

  private:
    void decode(std::string_view octets);
    void count(std::string_view octets);

    Output& output_;
    std::uint32_t bits_ = 0;
    std::uint64_t digits_ = 0; // since the last padding
};

} // namespace mailcast::mime
