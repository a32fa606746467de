// What can be said about a packet without knowing anything of the circuit: rules of routing and of
// types.  Whether a source may speak here, and whether a target is ours, is for the circuit to decide.
// Pure; any thread.
#pragma once

#include "psyc/error.h"
#include "psyc/packet.h"

#include <optional>

namespace mailcast::psyc {

// The first thing for which the packet must not be dispatched; none when all is well.
// Errors: those of the group "dispatch", and method_compact.
std::optional<Error> check(const Packet& packet);

// The values that 1.0 obliges to a form: amounts, counters, times, dates, degrees, lists, uniforms.
// Empty values, which unset, are good.
std::optional<Error> check_types(const Packet& packet);

} // namespace mailcast::psyc
