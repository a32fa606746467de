// Channels: #lab is the place lab; #mail-01JD... is where those who got a mail may talk about it.
// RFC 2812 3.2; a place that does not exist is not made by joining it.
#include "base/ascii.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::size_t newcomer_entries = 50; // of the log, for who joins for the first time
constexpr std::size_t most_listed = 5'000;   // places in an answer to LIST
constexpr std::size_t names_room = 380;      // octets of names in one line
constexpr std::string_view gone_to = "No such channel";

// "#a,#b" one after the other, at most so many.
template <typename Do>
void each_of(std::string_view list, Do&& work) {
    constexpr std::size_t most = 100;
    for (std::size_t i = 0; i < most && !list.empty(); ++i) {
        const auto end = list.find(',');
        const std::string_view one = list.substr(0, end);
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
        if (!one.empty()) {
            work(one);
        }
    }
}

} // namespace

// ---- JOIN ----------------------------------------------------------------------------------------

void IrcFront::do_join(const Request& request) {
    if (request.param(0) == "0") {
        // RFC 2812 3.2.1: leave all
        std::vector<std::string> channels;
        for (const Following& one : following_) {
            if (!one.channel.empty()) {
                channels.push_back(one.channel);
            }
        }
        for (const base::MessageId& mail : mail_channels_) {
            channels.push_back(irc_mail_channel(mail));
        }
        for (const std::string& channel : channels) {
            part(channel, {});
        }
        return;
    }
    each_of(request.param(0), [this](std::string_view channel) { join(channel); });
}

void IrcFront::join(std::string_view channel) {
    const chat::Entity* place = clients_.place_of_channel(channel);
    if (place == nullptr) {
        if (const auto mail = irc_mail_of_channel(channel)) {
            join_mail(*mail);
        } else {
            reply(numeric::no_such_channel, {channel}, gone_to);
        }
        return;
    }
    if (following(place->id) != nullptr) {
        return;
    }
    if (following_.size() > options_.channels) {
        reply(numeric::too_many_channels, {channel}, "You have joined too many channels");
        return;
    }
    ++joining_;
    const auto weak = weak_from_this();
    const auto label = std::make_shared<const std::string>(take_label());
    const auto from_end = [weak, id = place->id, label] {
        if (const auto self = weak.lock(); self && !self->gone()) {
            self->talk_.backing().read_end([weak, id, label](chat::Sequence end) {
                if (const auto again = weak.lock()) {
                    again->joined(id, end, *label);
                }
            });
        }
    };
    if (has(Capability::chathistory)) {
        from_end();
        return;
    }
    // Who was here before gets what was missed, who is new gets the newest of what was said.
    const auto from_newest = [weak, id = place->id, label, from_end] {
        if (const auto self = weak.lock(); self && !self->gone()) {
            self->talk_.backing().read_before(
                id, 0, newcomer_entries,
                [weak, id, label,
                 from_end](const std::optional<std::vector<chat::LogEntry>>& newest) {
                    if (!newest || newest->empty()) {
                        from_end();
                    } else if (const auto again = weak.lock()) {
                        again->joined(id, newest->front().sequence - 1, *label);
                    }
                });
        }
    };
    talk_.backing().read_cursor(
        place->id, "~" + person_->name + (client_.empty() ? "" : "/" + client_),
        [weak, id = place->id, label, from_newest](std::optional<chat::Sequence> position) {
            if (!position) {
                from_newest();
            } else if (const auto self = weak.lock()) {
                self->joined(id, *position, *label);
            }
        });
}

void IrcFront::joined(chat::EntityId id, chat::Sequence from, const std::string& label) {
    --joining_;
    const chat::Entity* place = clients_.hub().find(id);
    if (gone() || place == nullptr || following(id) != nullptr) {
        resume_input();
        return;
    }
    ++depth_;
    auto feed = std::make_shared<chat::Feed>(talk_.backing(), *this, id, from);
    const std::string channel = irc_channel(*place);
    following_.push_back({.entity = id,
                          .channel = channel,
                          .cursor = "~" + person_->name + (client_.empty() ? "" : "/" + client_),
                          .moves = !has(Capability::chathistory),
                          .feed = feed,
                          .taken = from});
    talk_.join(
        {.uniform = clients_.hub().uniform_of(*person_), .nick = person_->display, .feed = feed});
    if (following_.back().moves) {
        // Also for who is new: from here on nothing is missed.
        talk_.backing().move_cursor(id, following_.back().cursor, from);
    }
    answer_under(label, [&] {
        const std::string prefix = own_prefix();
        const std::string account = own_account();
        std::vector<std::string_view> words = {channel};
        const bool extended = has(Capability::extended_join);
        const std::string real_name = clients_.real_name(*person_);
        if (extended) {
            words.emplace_back(account);
        }
        line({}, {.source = prefix,
                  .command = "JOIN",
                  .words = words,
                  .saying = extended ? irc::Saying::text : irc::Saying::none,
                  .text = real_name});
        send_topic(*place, false);
        send_names(channel);
        if (has(Capability::read_marker)) {
            send_marker(channel);
        }
    });
    feed->catch_up();
    --depth_;
    flush();
    resume_input();
}

void IrcFront::join_mail(const base::MessageId& id) {
    if (in_mail_channel(id)) {
        return;
    }
    const std::string channel = irc_mail_channel(id);
    if (mail_channels_.size() >= most_mail_channels) {
        reply(numeric::too_many_channels, {channel}, "You have joined too many channels");
        return;
    }
    ++joining_;
    talk_.backing().read_note(id, [weak = weak_from_this(), id, label = take_label()](
                                      const std::shared_ptr<const chat::Note>& note) {
        const auto self = weak.lock();
        if (!self) {
            return;
        }
        --self->joining_;
        if (!self->gone() && !self->in_mail_channel(id)) {
            self->answer_under(label, [&] { self->mail_joined(id, note.get()); });
        }
        self->resume_input();
    });
}

void IrcFront::mail_joined(const base::MessageId& id, const chat::Note* mail) {
    const std::string channel = irc_mail_channel(id);
    // Who is in neither To nor Cc hears the same as a stranger.
    const bool member =
        mail != nullptr && mail->kind == chat::NoteKind::mail &&
        std::ranges::any_of(mail->recipients, [own = person()](const chat::Addressed& one) {
            return one.visible && one.entity == own;
        });
    if (!member) {
        reply(numeric::no_such_channel, {channel}, gone_to);
        return;
    }
    mail_channels_.push_back(id);
    const std::string prefix = own_prefix();
    const std::array<std::string_view, 1> words = {channel};
    line({}, {.source = prefix, .command = "JOIN", .words = words});
    reply(numeric::topic, {channel}, mail->subject);
    std::vector<std::string> names;
    for (const chat::Addressed& one : mail->recipients) {
        const chat::Entity* entity = clients_.hub().find(one.entity);
        if (one.visible && entity != nullptr && entity->kind == chat::EntityKind::person) {
            names.push_back(irc_person_nick(*entity));
        }
    }
    list_names(channel, names);
}

// ---- PART ----------------------------------------------------------------------------------------

void IrcFront::do_part(const Request& request) {
    const std::string reason(request.param(1));
    each_of(request.param(0), [this, &reason](std::string_view channel) { part(channel, reason); });
}

void IrcFront::part(std::string_view channel, std::string_view reason) {
    const std::string prefix = own_prefix();
    const auto say_parted = [&](std::string_view name) {
        const std::array<std::string_view, 1> words = {name};
        line({}, {.source = prefix,
                  .command = "PART",
                  .words = words,
                  .saying = reason.empty() ? irc::Saying::none : irc::Saying::text,
                  .text = reason});
    };
    if (Following* found = following_channel(channel)) {
        if (output_->queued() == 0) {
            take(*found, found->feed->position());
        }
        const std::string name = found->channel;
        unfollow(found->entity, {});
        say_parted(name);
        return;
    }
    const auto mail = irc_mail_of_channel(channel);
    if (mail && std::erase(mail_channels_, *mail) > 0) {
        say_parted(irc_mail_channel(*mail));
        return;
    }
    reply(clients_.place_of_channel(channel) == nullptr ? numeric::no_such_channel
                                                        : numeric::not_on_channel,
          {channel},
          clients_.place_of_channel(channel) == nullptr ? gone_to : "You're not on that channel");
}

// ---- TOPIC, NAMES, LIST --------------------------------------------------------------------------

void IrcFront::send_topic(const chat::Entity& place, bool also_none) {
    const std::string channel = irc_channel(place);
    const auto topic = talk_.topic(place);
    if (topic) {
        reply(numeric::topic, {channel}, topic->text);
    } else if (also_none) {
        reply(numeric::no_topic, {channel}, "No topic is set");
    }
}

void IrcFront::do_topic(const Request& request) {
    const chat::Entity* place = clients_.place_of_channel(request.param(0));
    if (place == nullptr) {
        reply(numeric::no_such_channel, {request.param(0)}, gone_to);
        return;
    }
    if (request.size() == 1) {
        send_topic(*place, true);
        return;
    }
    if (!is_in(place->id)) {
        reply(numeric::not_on_channel, {request.param(0)}, "You're not on that channel");
        return;
    }
    // What all members are told is the answer.
    refuse(talk_.set_topic(*place, speaker(), request.param(1)), "TOPIC", request.param(0));
}

std::string IrcFront::name_in_list(const chat::Entity& place, const chat::Occupant& one) const {
    const chat::Hub& hub = clients_.hub();
    const chat::Speaker who{.uniform = one.uniform, .nick = one.nick};
    const bool owner =
        hub.relations().find(place.id, chat::RelationKind::owner, who.uniform) != nullptr;
    return (owner ? "@" : "") + (has(Capability::userhost_in_names)
                                     ? irc_prefix_of(one.uniform, one.nick, hub)
                                     : irc_nick_of(one.uniform, one.nick, hub));
}

void IrcFront::list_names(std::string_view channel, const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty() && text.size() + name.size() + 1 > names_room) {
            reply(numeric::names_reply, {"=", channel}, text);
            text.clear();
        }
        text += text.empty() ? "" : " ";
        text += name;
    }
    if (!text.empty()) {
        reply(numeric::names_reply, {"=", channel}, text);
    }
    reply(numeric::end_of_names, {channel}, "End of /NAMES list");
}

void IrcFront::send_names(std::string_view channel) {
    const chat::Entity* place = clients_.place_of_channel(channel);
    std::vector<std::string> names;
    if (place != nullptr) {
        // Where nobody is told who comes and goes, a list of all would be wrong a moment later: some, and herself.
        const std::string own = speaker().uniform;
        const bool large = clients_.hub().occupants(place->id) > chat::most_announced;
        if (large && is_in(place->id)) {
            names.push_back(name_in_list(*place, {.uniform = own, .nick = person_->display}));
        }
        for (const chat::Occupant& one :
             clients_.hub().occupants(place->id, chat::most_announced)) {
            if (!large || one.uniform != own) {
                names.push_back(name_in_list(*place, one));
            }
        }
    }
    list_names(channel, names);
}

void IrcFront::do_names(const Request& request) {
    if (request.size() == 0) {
        reply(numeric::end_of_names, {"*"}, "End of /NAMES list");
        return;
    }
    each_of(request.param(0), [this](std::string_view channel) { send_names(channel); });
}

void IrcFront::do_list(const Request& request) {
    reply(numeric::list_start, {"Channel"}, "Users  Name");
    for (const chat::Entity* place : clients_.hub().all(chat::EntityKind::place, most_listed)) {
        const std::string channel = irc_channel(*place);
        bool wanted = request.size() == 0;
        each_of(request.param(0), [&](std::string_view mask) {
            wanted = wanted || irc::matches_mask(mask, channel);
        });
        if (wanted) {
            const auto topic = talk_.topic(*place);
            reply(numeric::list, {channel, std::to_string(clients_.hub().occupants(place->id))},
                  topic ? topic->text : std::string());
        }
    }
    reply(numeric::list_end, {}, "End of /LIST");
}

// True when it was refused; says why.
bool IrcFront::refuse(chat::Refusal refusal, std::string_view command, std::string_view target) {
    switch (refusal) {
    case chat::Refusal::none:
        return false;
    case chat::Refusal::empty:
        reply(numeric::no_text, {}, "No text to send");
        break;
    case chat::Refusal::too_long:
        fail(command, "TOO_LONG", {target}, "That is too long.");
        break;
    case chat::Refusal::no_member:
        reply(numeric::cannot_send, {target}, "Cannot send to channel: join it first");
        break;
    case chat::Refusal::no_owner:
        reply(numeric::not_owner, {target}, "You're not channel operator");
        break;
    case chat::Refusal::unknown:
        reply(numeric::no_such_channel, {target}, gone_to);
        break;
    case chat::Refusal::full:
        fail(command, "LIMIT", {target}, "There is no room for more.");
        break;
    case chat::Refusal::not_stored:
        fail(command, "NOT_STORED", {target},
             "It could not be stored and nobody has seen it; try again later.");
        break;
    }
    return true;
}

} // namespace mailcast::front
