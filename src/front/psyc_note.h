// A Note as PSYC packets (reference: mail 8, DESIGN 5.7): _notice_email_delivered to a person,
// _message_public_mail in a place, with psyced's variables and more.  Pure; any thread.
// The mail's sender is never _source of a packet but _source_relay.
#pragma once

#include "chat/cast.h"
#include "chat/entity.h"
#include "psyc/generation.h"

#include <string>
#include <string_view>

namespace mailcast::front {

struct PsycView {
    psyc::Generation generation = psyc::Generation::classic;
    bool replayed = false;        // then with _time_log, in places _time_place too
    const chat::Entity& audience; // through whose log it comes
    std::string_view uniform;     // of the audience
};

// What differs by client: the routing header.  `location` is the client's address.
std::string psyc_head(const chat::Cast& cast, const PsycView& view, std::string_view location);

// All else; made once for every client that follows the same log in the same way.
chat::SharedBytes psyc_tail(const chat::Cast& cast, const PsycView& view);

} // namespace mailcast::front
