// A PsycLetter as octets of either generation.  Pure; any thread.
#pragma once

#include "front/psyc/exchange.h"
#include "psyc/generation.h"

#include <string>
#include <string_view>

namespace mailcast::front {

// The whole packet.  Empty variables are left out; the answer to a tag goes out as _tag_reply and _tag_relay
// in the classic generation, as _tag_relay in 1.0 (FOLLOW of the reference, 4.4).  A _date is RFC 3339 in the letter.
void append_letter(std::string& out, psyc::Generation generation, const PsycLetter& letter);

// The head of a packet whose tail was made by letter_tail(): routing, the length of the content, and the
// variables of `letter`, whose lists, method and body are not looked at.
std::string letter_head(psyc::Generation generation, const PsycLetter& letter,
                        std::string_view tail);

// Variables, lists, method and body, up to the end of the packet, without any routing.
std::string letter_tail(psyc::Generation generation, const PsycLetter& letter);

// "_notice_features": the modules that our circuits know.
PsycLetter features_letter();

} // namespace mailcast::front
