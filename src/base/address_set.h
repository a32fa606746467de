// A set of networks, "127.0.0.0/8", "::1", "unix": who is trusted, who is near.  A value.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::base {

class AddressSet {
  public:
    // One entry, as in the configuration; the error says what would be right.
    std::expected<void, std::string> add(std::string_view network);

    // `address` is an IP address or "unix".  IPv4 in IPv6 (::ffff:1.2.3.4) counts as IPv4.
    bool contains(std::string_view address) const;

    bool operator==(const AddressSet&) const = default;

  private:
    struct Network {
        std::array<std::uint8_t, 16> prefix{};
        unsigned bits = 0;

        bool operator==(const Network&) const = default;
    };

    std::vector<Network> networks_;
    bool unix_ = false;
};

// An IP address, of either family, without brackets.
bool is_ip_address(std::string_view text);

// 127.0.0.0/8, ::1 and unix sockets.
bool is_loopback(std::string_view address);

} // namespace mailcast::base
