// A packet from the client with what every handler asks of it.  For the sources of PsycFront only.
#pragma once

#include "front/psyc/front.h"
#include "psyc/packet.h"

#include <string>
#include <string_view>

namespace mailcast::front {

struct PsycFront::Request {
    const psyc::Packet& packet;
    std::string_view target;
    std::string_view method;

    std::string_view text_of(std::string_view name) const { return packet.text_of(name); }

    std::string tag() const { return std::string(packet.text_of("_tag")); }
};

} // namespace mailcast::front
