// A Note as PSYC packets (reference: mail 8, DESIGN 3 and 5.7): _notice_email_delivered to a person,
// _message_public_mail in a place, with psyced's variables and more; what was said as _message_private,
// _message_public in a place or in the context of a mail.  Pure; any thread.
//
// The mail's sender is never _source of a packet but _source_relay.  A note is rendered once per generation
// and form, however many read it through however many logs: what differs is in the small head of each.
// All our casts carry _ID_mail or _ID_message, which another node knows them again by.
#pragma once

#include "chat/cast.h"
#include "chat/entity.h"
#include "chat/hub.h"
#include "front/psyc/exchange.h"
#include "psyc/generation.h"

#include <string>
#include <string_view>

namespace mailcast::front {

struct PsycView {
    psyc::Generation generation = psyc::Generation::classic;
    bool replayed = false;        // then with _time_log, in places _time_place too
    const chat::Entity& audience; // through whose log it comes
    std::string_view uniform;     // of the audience
    chat::Hub* numbers = nullptr; // counts the packets of a place; null: they get no number
};

// True for "psyc://host/@mail-ID", the context that a mail with several recipients opens.
bool is_mail_context(std::string_view uniform);

// What differs by client: the routing header, and who of the recipients this is.  `location` is the client's
// address; "" for all members of a place (a live packet of a place has no target at all).
std::string psyc_head(const chat::Cast& cast, const PsycView& view, std::string_view location);

// All else; made once for all who get it in the same form.
chat::SharedBytes psyc_tail(const chat::Cast& cast, const PsycView& view);

// Head and tail in one shared piece where they are the same for all clients: live, in a place.  Null elsewhere.
chat::SharedBytes psyc_whole(const chat::Cast& cast, const PsycView& view);

// The whole of it as a letter to one reader: history, on request.
PsycLetter psyc_letter(const chat::Note& note, const PsycView& view);

} // namespace mailcast::front
