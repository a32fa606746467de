#include "base/base64.h"

#include <cstdint>

namespace mailcast::base {

std::string encode_base64(std::string_view octets) {
    static constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            const bool there = i + j < octets.size();
            group = group << 8U | (there ? static_cast<unsigned char>(octets[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            const bool padding = i + j > octets.size();
            out += padding ? '=' : digits[group >> (18 - 6 * j) & 63U];
        }
    }
    return out;
}

} // namespace mailcast::base
