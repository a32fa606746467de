#include "base/sha256.h"

#include <bit>
#include <cstddef>
#include <string>

namespace mailcast::base {

namespace {

// FIPS 180-4, 4.2.2: of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr std::size_t block_octets = 64;

using Block = std::array<std::uint8_t, block_octets>;
using Words = std::array<std::uint32_t, 8>;

void add_block(Words& hash, const Block& block) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i) {
        w[i] = (std::uint32_t{block[4 * i]} << 24U) | (std::uint32_t{block[(4 * i) + 1]} << 16U) |
               (std::uint32_t{block[(4 * i) + 2]} << 8U) | std::uint32_t{block[(4 * i) + 3]};
    }
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t s0 =
            std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
        const std::uint32_t s1 =
            std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = hash;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
        const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const Words added = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < hash.size(); ++i) {
        hash[i] += added[i];
    }
}

} // namespace

Sha256 sha256(std::string_view octets) {
    Words hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const std::uint64_t bits = std::uint64_t{octets.size()} * 8;
    Block block{};
    std::size_t filled = 0;
    const auto put = [&](std::uint8_t octet) {
        block[filled++] = octet;
        if (filled == block_octets) {
            add_block(hash, block);
            filled = 0;
        }
    };
    for (const char c : octets) {
        put(static_cast<std::uint8_t>(c));
    }
    // 5.1.1: one bit, zeros, and the length in the last eight octets of a block.
    put(0x80);
    while (filled != block_octets - 8) {
        put(0);
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
        put(static_cast<std::uint8_t>(bits >> static_cast<unsigned>(shift)));
    }
    Sha256 digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(hash[i / 4] >> (24U - (8U * (i % 4))));
    }
    return digest;
}

// RFC 2104 2: H(K xor opad, H(K xor ipad, text))
Sha256 hmac_sha256(std::string_view key, std::string_view text) {
    constexpr char inner = 0x36;
    constexpr char outer = 0x5c;
    const auto octets_of = [](const Sha256& digest) {
        return std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
    };
    Sha256 short_key{};
    if (key.size() > block_octets) {
        short_key = sha256(key);
        key = octets_of(short_key);
    }
    const auto padded = [key](char pad) {
        std::string block(block_octets, pad);
        for (std::size_t i = 0; i < key.size(); ++i) {
            block[i] = static_cast<char>(block[i] ^ key[i]);
        }
        return block;
    };
    std::string first = padded(inner);
    first += text;
    std::string second = padded(outer);
    second += octets_of(sha256(first));
    return sha256(second);
}

} // namespace mailcast::base
