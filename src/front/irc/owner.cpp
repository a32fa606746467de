// What owners do in a channel, and who is asked to come: KICK, MODE, INVITE.
// RFC 2812 3.2.3, 3.2.7, 3.2.8, IRCv3 invite-notify.
#include "base/ascii.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/numeric.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::string_view gone_to = "No such channel";

} // namespace

// ---- KICK ----------------------------------------------------------------------------------------

void IrcFront::do_kick(const Request& request) {
    const chat::Entity* place = clients_.place_of_channel(request.param(0));
    const chat::Entity* guest = clients_.person_of_nick(request.param(1));
    if (place == nullptr) {
        reply(numeric::no_such_channel, {request.param(0)}, gone_to);
        return;
    }
    if (!talk_.is_owner(*place, speaker())) {
        reply(numeric::not_owner, {request.param(0)}, "You're not channel operator");
        return;
    }
    const std::string reason = request.size() > 2 ? std::string(request.param(2)) : own_account();
    const std::string prefix = own_prefix();
    const std::string elsewhere =
        guest == nullptr ? address_of_sender_nick(request.param(1)) : std::string();
    if (!elsewhere.empty() && talk_.dismiss(*place, elsewhere)) {
        return;
    }
    // Somebody's IRC clients go; what other programs she has there stays until she leaves by herself.
    bool found = false;
    if (guest != nullptr) {
        const std::vector<IrcFront*> clients = clients_.clients_of(guest->id);
        for (IrcFront* client : clients) {
            if (client->is_in(place->id)) {
                found = true;
                client->kicked(prefix, place->id, reason);
            }
        }
    }
    if (!found) {
        reply(numeric::not_in_channel, {request.param(1), request.param(0)},
              "They aren't on that channel, or not by an IRC client");
    }
}

void IrcFront::kicked(const std::string& prefix, chat::EntityId place, std::string_view reason) {
    const Following* found = following(place);
    if (found == nullptr) {
        return;
    }
    const std::string nick = shown_nick();
    const std::string channel = found->channel;
    const std::array<std::string_view, 2> words = {channel, nick};
    line({}, {.source = prefix,
              .command = "KICK",
              .words = words,
              .saying = irc::Saying::text,
              .text = reason});
    unfollow(place, "kicked: " + std::string(reason));
}

// ---- MODE, INVITE --------------------------------------------------------------------------------

void IrcFront::do_mode(const Request& request) {
    const std::string_view target = request.param(0);
    if (target.starts_with('#')) {
        const chat::Entity* place = clients_.place_of_channel(target);
        if (place == nullptr) {
            reply(numeric::no_such_channel, {target}, gone_to);
        } else {
            channel_mode(request, *place);
        }
        return;
    }
    if (!base::iequals(target, shown_nick())) {
        reply(numeric::users_dont_match, {}, "Cannot change mode for other users");
    } else if (request.size() == 1) {
        reply(numeric::user_mode_is, {"+i"});
    }
}

void IrcFront::channel_mode(const Request& request, const chat::Entity& place) {
    const std::string channel = irc_channel(place);
    const std::string_view change = request.param(1);
    if (request.size() == 1) {
        reply(numeric::channel_mode_is, {channel, "+nt"});
        return;
    }
    if (change == "b" || change == "+b") {
        reply(numeric::end_of_ban_list, {channel}, "End of channel ban list");
        return;
    }
    if ((change != "+o" && change != "-o") || request.size() < 3) {
        reply(numeric::unknown_mode, {change}, "is not a mode that can be changed here");
        return;
    }
    const chat::Entity* other = clients_.person_of_nick(request.param(2));
    if (other == nullptr) {
        reply(numeric::no_such_nick, {request.param(2)}, "No such nick");
        return;
    }
    const chat::Refusal refusal =
        talk_.set_owner(place, speaker(), clients_.hub().uniform_of(*other), change == "+o");
    if (refuse(refusal, "MODE", channel)) {
        return;
    }
    const std::string nick = irc_person_nick(*other);
    const std::string prefix = own_prefix();
    for (IrcFront* client : clients_.all()) {
        client->tell_mode(prefix, place.id, change, nick);
    }
}

void IrcFront::tell_mode(const std::string& prefix, chat::EntityId place, std::string_view change,
                         std::string_view nick) {
    const Following* found = following(place);
    if (found == nullptr || !has_room()) {
        return;
    }
    const std::array<std::string_view, 3> words = {found->channel, change, nick};
    line({}, {.source = prefix, .command = "MODE", .words = words});
}

void IrcFront::do_invite(const Request& request) {
    const chat::Entity* guest = clients_.person_of_nick(request.param(0));
    const chat::Entity* place = clients_.place_of_channel(request.param(1));
    if (guest == nullptr) {
        reply(numeric::no_such_nick, {request.param(0)}, "No such nick");
        return;
    }
    if (place == nullptr) {
        reply(numeric::no_such_channel, {request.param(1)}, gone_to);
        return;
    }
    if (!is_in(place->id)) {
        reply(numeric::not_on_channel, {request.param(1)}, "You're not on that channel");
        return;
    }
    const std::string nick = irc_person_nick(*guest);
    const std::string channel = irc_channel(*place);
    if (clients_.hub().is_in(place->id, clients_.hub().uniform_of(*guest))) {
        reply(numeric::user_on_channel, {nick, channel}, "is already on channel");
        return;
    }
    reply(numeric::inviting, {nick, channel});
    const std::string prefix = own_prefix();
    for (IrcFront* client : clients_.all()) {
        if (client != this) {
            client->tell_invited(prefix, *guest, channel, place->id);
        }
    }
    if (clients_.clients_of(guest->id).empty()) {
        // She hears of it in whatever she comes with.
        talk_.tell(*guest, speaker(),
                   "Come to " + channel + " (" + clients_.hub().uniform_of(*place) + ")",
                   chat::Manner::plain, [](chat::Refusal) {});
    }
}

void IrcFront::tell_invited(const std::string& prefix, const chat::Entity& guest,
                            const std::string& channel, chat::EntityId place) {
    const bool for_me = person() == guest.id;
    if (!has_room() || (!for_me && (!has(Capability::invite_notify) || !is_in(place)))) {
        return;
    }
    const std::string nick = irc_person_nick(guest);
    const std::array<std::string_view, 2> words = {nick, channel};
    line({}, {.source = prefix, .command = "INVITE", .words = words});
}

} // namespace mailcast::front
