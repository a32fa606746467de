// How other nodes are named and reached.  A value; pure.  reference: psyc-protocol 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::front {

struct PsycNodeAddress {
    std::string root; // normalised: "psyc://elsewhere/", the name of the node for all that we keep
    std::string host; // lower case
    std::uint16_t port = 0; // 0: none was given, so SRV decides
    bool tls = false;
};

// The node of an entity.  None of what cannot be dialled: other schemes and transports, locations of clients.
std::optional<PsycNodeAddress> node_of(std::string_view uniform);

// The root of the node that a uniform belongs to, normalised, port and transport included; "" for what is none.
std::string root_in(std::string_view uniform);

// The host of a uniform in lower case; "" for what is none.
std::string host_in(std::string_view uniform);

// "psyc://host/"
bool is_root_uniform(std::string_view uniform);

} // namespace mailcast::front
