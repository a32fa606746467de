// A set of networks, "127.0.0.0/8", "::1", "unix": who is trusted, who is near.  A value.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

class AddressSet {
  public:
    // One entry, as in the configuration; the error says what would be right.
    std::expected<void, std::string> add(std::string_view network);

    // The same, parsed: the first `bits` of 16 octets, IPv4 as ::ffff:a.b.c.d.
    void add(const std::array<std::uint8_t, 16>& prefix, unsigned bits);

    void add_unix() { unix_ = true; }

    // `address` as in Peer::address.  IPv4 in IPv6 (::ffff:1.2.3.4) counts as IPv4.
    bool contains(std::string_view address) const;

  private:
    struct Network {
        std::array<std::uint8_t, 16> prefix{};
        unsigned bits = 0;
    };

    std::vector<Network> networks_;
    bool unix_ = false;
};

// 127.0.0.0/8, ::1 and unix sockets.
bool is_loopback(std::string_view address);

} // namespace mailcast::net
