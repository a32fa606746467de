// Templates: bodies in which "[_name]" stands for a variable of the packet.  Pure; any thread.
//
// Replaced once, from left to right: what was put in is never looked at again, so that a value from
// outside cannot name further variables.  Unknown names and "[]" stay as they are.  The body of a
// _message* is what somebody said and is never expanded.
#pragma once

#include "psyc/packet.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mailcast::psyc {

struct TemplateLimits {
    std::size_t placeholders = 1000; // those beyond stay as they are
    std::size_t octets = 1U << 20;   // of the result; what would reach beyond stays as it is
};

// Appends the value of `name` to `out`, or returns false when there is none.
using Lookup = std::function<bool(std::string_view name, std::string& out)>;

std::string fill(std::string_view text, const Lookup& lookup, const TemplateLimits& limits = {});

// With the variables of `packet`; elements of a list are joined by ", ".
std::string fill(std::string_view text, const Packet& packet, const TemplateLimits& limits = {});

// What a person is to see of the packet: the body, expanded if its family of methods says so.  The text
// comes from outside: make it safe for where it is shown.
std::string shown_text(const Packet& packet);

} // namespace mailcast::psyc
