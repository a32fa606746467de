// The places that a client is in: it enters and leaves them by itself.  reference: psyc-protocol 7.2, 7.3.
#include "front/psyc/event.h"
#include "front/psyc/front.h"
#include "front/psyc/front_request.h"

#include <utility>

namespace mailcast::front {

void PsycFront::enter(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub_.uniform_of(place);
    if (following(place.id) != nullptr) {
        reply(uniform, request.tag(), {{"_nick_place", place.name}}, "_error_status_place_matches",
              "You already are in [_nick_place].");
        return;
    }
    if (following_.size() >= options_.places) {
        reply(uniform, request.tag(), {{"_nick_place", place.name}}, "_error_place_enter_limit",
              "You are in too many places to enter [_nick_place].");
        return;
    }
    const auto go_in =
        [weak = weak_from_this(), place, tag = request.tag(),
         history = std::string(request.text_of("_amount_history"))](const std::string& cursor) {
            const auto self = weak.lock();
            if (!self || self->gone()) {
                return;
            }
            // Who was here before gets what was missed, who is new gets what comes.
            const auto from_cursor = [weak, place, tag, history,
                                      cursor](std::optional<chat::Sequence> position) {
                const auto front = weak.lock();
                if (!front) {
                    return;
                }
                if (position) {
                    front->entered(place, tag, *position, cursor);
                    return;
                }
                front->backing_.read_end([weak, place, tag, history, cursor](chat::Sequence end) {
                    if (const auto again = weak.lock()) {
                        again->entered(place, tag, end, cursor);
                        if (!again->gone()) {
                            again->entities_.recent_of(place, again->sender(), history,
                                                       again->answering());
                        }
                    }
                });
            };
            if (cursor.empty()) {
                from_cursor(std::nullopt);
            } else {
                self->backing_.read_cursor(place.id, cursor, from_cursor);
            }
        };
    if (person_) {
        go_in("~" + person_->name + (client_.empty() ? "" : "/" + client_));
        return;
    }
    // Without a link only with a pass of this daemon: `mailcast watch` of a place.
    if (const auto pass = request.packet.value_of("_password"); pass && attempts_left_ > 0) {
        --attempts_left_;
        const auto refuse = [weak = weak_from_this(), uniform, name = place.name,
                             tag = request.tag()](bool later) {
            const auto self = weak.lock();
            if (self && !self->gone()) {
                self->refuse_entry(uniform, tag, name, later);
            }
        };
        backing_.check_password(place.id, std::string(*pass), options_.peer,
                                [go_in, refuse](chat::PasswordAnswer answer) {
                                    if (answer == chat::PasswordAnswer::right) {
                                        go_in("");
                                    } else {
                                        refuse(answer == chat::PasswordAnswer::later);
                                    }
                                });
        return;
    }
    refuse_entry(uniform, request.tag(), place.name, false);
}

void PsycFront::refuse_entry(const std::string& place, const std::string& tag,
                             const std::string& name, bool later) {
    if (later) {
        reply(place, tag, {{"_nick_place", name}}, "_failure_unavailable_temporary",
              "Too many want to enter at the moment; try again later.");
        return;
    }
    reply(place, tag, {{"_nick_place", name}}, "_error_place_enter_necessary_registration",
          "Only persons of this node enter [_nick_place]; link first.");
}

void PsycFront::entered(const chat::Entity& place, const std::string& tag, chat::Sequence from,
                        std::string cursor) {
    if (gone() || following(place.id) != nullptr) {
        return;
    }
    const std::string uniform = hub_.uniform_of(place);
    const std::string own_uniform = person_ ? hub_.uniform_of(*person_) : location();
    const std::string nick = person_ ? person_->display : "guest";
    auto feed = std::make_shared<chat::Feed>(backing_, *this, place.id, from);
    follow({.entity = place,
            .uniform = uniform,
            .cursor = std::move(cursor),
            .feed = feed,
            .taken = from},
           nick, own_uniform);

    PsycSender member = sender();
    member.nick = nick;
    PsycLetter echo = entities_.entered(place, member, {});
    echo.source = uniform;
    echo.tag_reply = tag;
    const auto answer = answering();
    answer(std::move(echo));
    if (auto topic = entities_.topic_of(place)) {
        topic->source = uniform;
        answer(std::move(*topic));
    }
    if (!following_.at(place.id).cursor.empty()) {
        // Also for who is new: from here on nothing is missed.
        backing_.move_cursor(place.id, following_.at(place.id).cursor, from);
    }
    feed->catch_up();
}

void PsycFront::leave(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub_.uniform_of(place);
    Following* found = following(place.id);
    if (found == nullptr) {
        reply(uniform, request.tag(), {{"_nick_place", place.name}}, "_echo_place_leave_invalid",
              "You are not in [_nick_place].");
        return;
    }
    take(*found, found->feed->position());
    unfollow(place.id);
    // What the others hear is his confirmation as well (reference: 7.3).
    const PsycSender leaver = sender();
    PsycLetter notice = psyc_letter({.kind = chat::EventKind::leave,
                                     .about = place.id,
                                     .who = leaver.uniform,
                                     .nick = leaver.nick,
                                     .text = {},
                                     .detail = {}},
                                    uniform, place.name);
    notice.tag_reply = request.tag();
    answering()(std::move(notice));
    reply(uniform, request.tag(), {{"_nick_place", place.name}}, "_echo_place_leave",
          "You leave [_nick_place].");
}

} // namespace mailcast::front
