// An Event as a PSYC packet: who comes and goes, topics, presence, friendship, receipts, words of other nodes.
// Pure; any thread.  reference: psyc-protocol 6.4, 6.5, 7.2, 7.3.
//
// Words that another node chose never stand under a method of ours: they come as _notice_elsewhere,
// _error_elsewhere and so on, with its own method in _method_relay and its name in front of the text.
#pragma once

#include "chat/cast.h"
#include "front/psyc/exchange.h"
#include "psyc/generation.h"

#include <string>
#include <string_view>

namespace mailcast::front {

// `uniform` is the place's or person's that is followed, `name` the name of the place.  The target of what
// goes to a person is left to the circuit.
PsycLetter psyc_letter(const chat::Event& event, std::string_view uniform, std::string_view name);

} // namespace mailcast::front
