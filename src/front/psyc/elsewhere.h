// What another node says, as it is shown here.  For the sources of PsycEntities.  Pure.
#pragma once

#include "front/psyc/exchange.h"

#include <string>

namespace mailcast::front {

// Its words with `who` in front, under a method that a client never takes for one of ours.
PsycLetter elsewhere_letter(const psyc::Packet& packet, const std::string& who);

} // namespace mailcast::front
