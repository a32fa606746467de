#include "base/address_set.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>

namespace mailcast::base {

namespace {

using Octets = std::array<std::uint8_t, 16>;

struct Parsed {
    Octets octets{};
    bool v4 = false;
};

// Every address as 16 octets, IPv4 as ::ffff:a.b.c.d, so that one comparison serves both.
std::optional<Parsed> parse_address(std::string_view text) {
    Parsed parsed;
    const std::string zero_ended(text.substr(0, text.find('%')));
    std::array<std::uint8_t, 4> v4{};
    if (::inet_pton(AF_INET, zero_ended.c_str(), v4.data()) == 1) {
        parsed.v4 = true;
        parsed.octets.at(10) = 0xFF;
        parsed.octets.at(11) = 0xFF;
        std::ranges::copy(v4, parsed.octets.begin() + 12);
        return parsed;
    }
    if (::inet_pton(AF_INET6, zero_ended.c_str(), parsed.octets.data()) == 1) {
        return parsed;
    }
    return std::nullopt;
}

bool same_prefix(const Octets& a, const Octets& b, unsigned bits) {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    if (rest == 0) {
        return true;
    }
    const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - rest));
    return (a.at(whole) & mask) == (b.at(whole) & mask);
}

} // namespace

std::expected<void, std::string> AddressSet::add(std::string_view network) {
    if (network == "unix") {
        unix_ = true;
        return {};
    }
    const auto slash = network.find('/');
    const auto parsed = parse_address(network.substr(0, slash));
    if (!parsed) {
        return std::unexpected("'" + std::string(network) +
                               "' is no network: write an address (192.0.2.1, ::1), a network "
                               "(192.0.2.0/24) or \"unix\"");
    }
    const unsigned most = parsed->v4 ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const std::string_view digits = network.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) {
            return std::unexpected("'" + std::string(network) +
                                   "': the number behind / must be 0 to " + std::to_string(most));
        }
    }
    networks_.push_back({.prefix = parsed->octets, .bits = parsed->v4 ? bits + 96 : bits});
    return {};
}

bool AddressSet::contains(std::string_view address) const {
    if (address == "unix") {
        return unix_;
    }
    const auto parsed = parse_address(address);
    return parsed && std::ranges::any_of(networks_, [&parsed](const Network& network) {
               return same_prefix(network.prefix, parsed->octets, network.bits);
           });
}

bool is_ip_address(std::string_view text) {
    return parse_address(text).has_value();
}

bool is_loopback(std::string_view address) {
    static const AddressSet near = [] {
        AddressSet set;
        for (const char* network : {"127.0.0.0/8", "::1", "unix"}) {
            static_cast<void>(set.add(network));
        }
        return set;
    }();
    return near.contains(address);
}

} // namespace mailcast::base
