#include "front/psyc_front.h"

#include "base/ascii.h"
#include "front/psyc_event.h"
#include "front/psyc_letter.h"
#include "front/psyc_note.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

// A packet from the client with what every handler asks of it.
struct PsycFront::Request {
    const psyc::Packet& packet;
    std::string_view target;
    std::string_view method;

    std::string_view text_of(std::string_view name) const { return packet.text_of(name); }

    std::string tag() const { return std::string(packet.text_of("_tag")); }
};

// Methods that an entity answers, the most special first to match wins by try-and-slice.
struct PsycFront::Command {
    std::string_view method;
    void (PsycFront::*handler)(const Request&, const chat::Entity&);
};

PsycFront::PsycFront(PsycEntities& entities, PsycSession& session, Options options)
    : entities_(entities), talk_(entities.talk()), hub_(talk_.hub()), backing_(talk_.backing()),
      session_(&session), options_(options), attempts_left_(options_.password_attempts) {}

PsycFront::~PsycFront() {
    disconnected();
}

// ---- packets -------------------------------------------------------------------------------------

void PsycFront::pong() {
    // All that was sent before our ping has been read by the client.
    for (auto& [id, following] : following_) {
        take(following, following.pinged);
    }
}

void PsycFront::take(const psyc::Packet& packet) {
    now_ = session_->now();
    if (packet.method.empty()) {
        return; // state of the circuit, or modules: nothing to do for a client
    }
    const Request request{
        .packet = packet, .target = packet.text_of("_target"), .method = packet.method};
    if (psyc::is_a(request.method, "_request_circuit_shutdown")) {
        session_->close();
        return;
    }
    const auto target = psyc::parse_uniform(request.target);
    std::string_view name = request.target;
    name = name.substr(0, name.find('#')); // a channel belongs to its entity
    const chat::Entity* entity =
        target ? hub_.find_uniform(name, chat::EntityKind::person) : nullptr;
    if (entity != nullptr && to_own_circuit(request, *entity)) {
        return;
    }
    entities_.receive(sender(), packet, answering());
}

// Links and places of this very client; what is not about them is for the entities.
bool PsycFront::to_own_circuit(const Request& request, const chat::Entity& entity) {
    static constexpr auto of_persons = std::to_array<Command>({
        {"_request_link", &PsycFront::request_link},
        {"_request_context_enter_friends", nullptr},
        {"_request_context_leave_friends", nullptr},
        {"_request_context_enter", &PsycFront::request_link}, // to ~nick#_links, the 1.0 proposal
        {"_set_password", &PsycFront::set_password},
        {"_request_unlink", &PsycFront::unlink},
        {"_request_context_leave", &PsycFront::unlink},
        {"_request_exit", &PsycFront::unlink},
        {"_request_do", &PsycFront::command},
        {"_request_execute", &PsycFront::command},
        {"_request_input", &PsycFront::command},
    });
    static constexpr auto of_places = std::to_array<Command>({
        {"_request_enter", &PsycFront::enter},
        {"_request_context_enter", &PsycFront::enter},
        {"_notice_place_enter", &PsycFront::enter},
        {"_notice_context_enter", &PsycFront::enter},
        {"_request_leave", &PsycFront::leave},
        {"_request_context_leave", &PsycFront::leave},
        {"_notice_place_leave", &PsycFront::leave},
        {"_notice_context_leave", &PsycFront::leave},
    });
    const std::span<const Command> commands = entity.kind == chat::EntityKind::person
                                                  ? std::span<const Command>(of_persons)
                                                  : std::span<const Command>(of_places);
    for (const Command& command : commands) {
        if (psyc::is_a(request.method, command.method)) {
            if (command.handler == nullptr) {
                return false;
            }
            (this->*command.handler)(request, entity);
            return true;
        }
    }
    return false;
}

PsycSender PsycFront::sender() const {
    PsycSender sender;
    sender.uniform = person_ ? hub_.uniform_of(*person_) : location();
    sender.nick = person_ ? person_->display : "guest";
    sender.person = person_ ? person_->id : 0;
    sender.client = this;
    return sender;
}

PsycInside::Answer PsycFront::answering() {
    return [weak = weak_from_this()](PsycLetter letter) {
        const auto self = weak.lock();
        if (!self || self->gone()) {
            return;
        }
        if (self->session_->queued() > self->options_.most_queued) {
            self->session_->close();
            return;
        }
        letter.target = self->location();
        std::string out;
        append_letter(out, self->generation(), letter);
        self->session_->send(std::make_shared<const std::string>(std::move(out)));
    };
}

// ---- link ----------------------------------------------------------------------------------------

void PsycFront::request_link(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (person_ && person_->id != person.id) {
        reply(uniform, request.tag(), {{"_nick", person.display}}, "_error_status_person_connected",
              "This circuit is linked to another person; unlink first.");
        return;
    }
    if (person_) {
        reply(uniform, request.tag(),
              {{"_nick", person.display}, {"_location", location()}, {"_identification", uniform}},
              "_notice_link", "You are linked as [_nick] already.");
        return;
    }
    Asked asked{.person = person.id,
                .client = std::string(request.text_of("_identification_client")),
                .tag = request.tag()};
    if (const auto password = request.packet.value_of("_password")) {
        check_password(person, std::string(*password), std::move(asked));
        return;
    }
    asked_ = std::move(asked);
    reply(uniform, request.tag(), {{"_nick", person.display}}, "_info_nickname", "");
    reply(uniform, request.tag(), {{"_nick", person.display}}, "_query_password",
          "Do you know [_nick]'s password?");
}

void PsycFront::set_password(const Request& request, const chat::Entity& person) {
    if (!asked_ || asked_->person != person.id) {
        reply(hub_.uniform_of(person), request.tag(), {{"_nick", person.display}},
              "_error_unexpected_password", "Ask for a link first: _request_link.");
        return;
    }
    Asked asked = *std::exchange(asked_, std::nullopt);
    if (auto tag = request.tag(); !tag.empty()) {
        asked.tag = std::move(tag);
    }
    check_password(person, std::string(request.text_of("_password")), std::move(asked));
}

void PsycFront::check_password(const chat::Entity& person, std::string password, Asked asked) {
    const std::string uniform = hub_.uniform_of(person);
    if (!options_.passwords) {
        reply(uniform, asked.tag, {{"_nick", person.display}}, "_error_necessary_encryption",
              "A password is taken over TLS only; use port 9404 or TLS on this one.");
        return;
    }
    if (attempts_left_ <= 0) {
        session_->close();
        return;
    }
    --attempts_left_;
    backing_.check_password(
        person.id, std::move(password),
        [weak = weak_from_this(), asked = std::move(asked)](bool good) {
            const auto self = weak.lock();
            if (!self || self->gone()) {
                return;
            }
            if (good) {
                self->link(asked);
                return;
            }
            const chat::Entity* entity = self->hub_.find(asked.person);
            const std::string nick = entity == nullptr ? "" : entity->display;
            const std::string source = entity == nullptr ? "" : self->hub_.uniform_of(*entity);
            self->reply(source, asked.tag, {{"_nick", nick}}, "_error_invalid_password",
                        "Invalid password for [_nick].");
            if (self->attempts_left_ <= 0 && !self->gone()) {
                self->session_->close();
            }
        });
}

void PsycFront::link(const Asked& asked) {
    const chat::Entity* person = hub_.find(asked.person);
    if (person == nullptr || person_) {
        return;
    }
    person_ = *person;
    client_ = asked.client;
    attempts_left_ = options_.password_attempts;
    const std::string uniform = hub_.uniform_of(*person);
    reply(uniform, asked.tag,
          {{"_location", location()}, {"_identification", uniform}, {"_nick", person->display}},
          "_notice_link", "[_location] linked to [_identification].");
    backing_.read_cursor(
        person->id, client_,
        [weak = weak_from_this(), id = person->id](std::optional<chat::Sequence> position) {
            const auto self = weak.lock();
            if (!self || self->gone() || !self->person_ || self->person_->id != id) {
                return;
            }
            const std::string own = self->hub_.uniform_of(*self->person_);
            auto feed =
                std::make_shared<chat::Feed>(self->backing_, *self, id, position.value_or(0));
            self->follow({.entity = *self->person_,
                          .uniform = own,
                          .cursor = self->client_,
                          .feed = feed,
                          .taken = position.value_or(0)},
                         self->person_->display, own);
            self->show_friends();
            feed->catch_up();
        });
}

// Who of her friends is here, and who would like to be one.
void PsycFront::show_friends() {
    constexpr std::size_t most = 200; // packets; /friends shows all
    const std::string uniform = hub_.uniform_of(*person_);
    const auto answer = answering();
    std::size_t shown = 0;
    for (const chat::Event& event : talk_.friends_here(*person_)) {
        if (++shown > most) {
            return;
        }
        answer(psyc_letter(event, uniform, person_->display));
    }
    for (const chat::Event& event : talk_.friendships_offered(*person_)) {
        if (++shown > most) {
            return;
        }
        answer(psyc_letter(event, uniform, person_->display));
    }
}

void PsycFront::unlink(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        reply(uniform, request.tag(), {{"_nick", person.display}}, "_error_rejected_unlink",
              "This circuit is not linked to [_nick].");
        return;
    }
    take_all();
    leave_all({});
    person_.reset();
    client_.clear();
    reply(uniform, request.tag(), {{"_location", location()}, {"_identification", uniform}},
          "_notice_unlink", "[_location] unlinked from [_identification].");
    if (psyc::is_a(request.method, "_request_exit") ||
        psyc::is_a(request.method, "_request_unlink_disconnect")) {
        session_->close();
    }
}

// ---- places --------------------------------------------------------------------------------------

void PsycFront::command(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        const bool input = psyc::is_a(request.method, "_request_input");
        reply(uniform, request.tag(), {{"_nick", person.display}},
              input ? "_error_rejected_input_person" : "_failure_unsupported_execute_person",
              "[_nick] takes no commands from you.");
        return;
    }
    const PsycDeed deed = entities_.command(sender(), request.packet, answering());
    switch (deed.kind) {
    case PsycDeed::Kind::none:
        break;
    case PsycDeed::Kind::enter:
        enter(request, *deed.place);
        break;
    case PsycDeed::Kind::leave:
        leave(request, *deed.place);
        break;
    case PsycDeed::Kind::unlink:
        unlink(request, person);
        break;
    case PsycDeed::Kind::quit:
        unlink(request, person);
        session_->close();
        break;
    }
}

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
    const auto go_in = [weak = weak_from_this(), place,
                        tag = request.tag()](const std::string& cursor) {
        const auto self = weak.lock();
        if (!self || self->gone()) {
            return;
        }
        // Who was here before gets what was missed, who is new gets what comes.
        const auto from_cursor = [weak, place, tag,
                                  cursor](std::optional<chat::Sequence> position) {
            const auto front = weak.lock();
            if (!front) {
                return;
            }
            if (position) {
                front->entered(place, tag, *position, cursor);
                return;
            }
            front->backing_.read_end([weak, place, tag, cursor](chat::Sequence end) {
                if (const auto again = weak.lock()) {
                    again->entered(place, tag, end, cursor);
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
        backing_.check_password(place.id, std::string(*pass), [go_in](bool good) {
            if (good) {
                go_in("");
            }
        });
        return;
    }
    reply(uniform, request.tag(), {{"_nick_place", place.name}},
          "_error_place_enter_necessary_registration",
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
    reply(uniform, request.tag(), {{"_nick_place", place.name}}, "_echo_place_leave",
          "You leave [_nick_place].");
}

// ---- what is followed ----------------------------------------------------------------------------

PsycFront::Following* PsycFront::following(chat::EntityId entity) {
    const auto found = following_.find(entity);
    return found == following_.end() ? nullptr : &found->second;
}

void PsycFront::follow(Following following, std::string nick, std::string uniform) {
    const chat::EntityId id = following.entity.id;
    const auto feed = following.feed;
    following_.insert_or_assign(id, std::move(following));
    talk_.join({.uniform = std::move(uniform), .nick = std::move(nick), .feed = feed});
}

void PsycFront::unfollow(chat::EntityId entity, const std::string& detail) {
    const auto found = following_.find(entity);
    if (found == following_.end()) {
        return;
    }
    const auto feed = found->second.feed;
    following_.erase(found);
    feed->detach();
    talk_.part(feed, detail);
}

// Places first: who leaves them is still there as a person.
void PsycFront::leave_all(const std::string& detail) {
    const chat::EntityId own = person_ ? person_->id : 0;
    while (!following_.empty()) {
        const auto place = std::ranges::find_if(
            following_, [own](const auto& entry) { return entry.first != own; });
        unfollow(place == following_.end() ? own : place->first, detail);
    }
}

void PsycFront::take(Following& following, chat::Sequence to) {
    if (to <= following.taken ||
        (following.cursor.empty() && following.entity.kind == chat::EntityKind::place)) {
        return;
    }
    following.taken = to;
    backing_.move_cursor(following.entity.id, following.cursor, to);
}

void PsycFront::take_all() {
    for (auto& [id, following] : following_) {
        take(following, following.feed->position());
    }
}

void PsycFront::show(const chat::Feed& feed, const chat::Cast& cast, bool replayed) {
    const Following* found = following(feed.entity());
    if (found == nullptr || gone()) {
        return;
    }
    if (is_shown_already(cast)) {
        return;
    }
    const PsycView view{.generation = generation(),
                        .replayed = replayed,
                        .audience = found->entity,
                        .uniform = found->uniform};
    if (auto whole = psyc_whole(cast, view)) {
        session_->send(std::move(whole));
    } else {
        session_->send(std::make_shared<const std::string>(psyc_head(cast, view, location())));
        session_->send(psyc_tail(cast, view));
    }
    last_sent_ = now_;
}

// One packet for all of its recipients that this circuit follows; the Hub offers it by the person first.
bool PsycFront::is_shown_already(const chat::Cast& cast) {
    if (cast.note().recipients.size() < 2) {
        return false;
    }
    if (std::ranges::find(shown_, cast.sequence()) != shown_.end()) {
        return true;
    }
    shown_.push_back(cast.sequence());
    if (shown_.size() > remembered_casts) {
        shown_.pop_front();
    }
    return false;
}

void PsycFront::hear(const chat::Feed& feed, const chat::Announcement& announcement) {
    const Following* found = following(feed.entity());
    if (found == nullptr || gone()) {
        return;
    }
    const bool place = found->entity.kind == chat::EntityKind::place;
    const auto letter = [&] {
        return psyc_letter(announcement.event(), found->uniform,
                           place ? found->entity.name : found->entity.display);
    };
    if (place || !announcement.event().context.empty()) {
        // The same octets for everybody there.
        const bool classic = generation() == psyc::Generation::classic;
        session_->send(
            announcement.once({.form = classic ? 1U : 2U, .audience = feed.entity()}, [&] {
                std::string out;
                append_letter(out, generation(), letter());
                return out;
            }));
        return;
    }
    answering()(letter());
}

bool PsycFront::has_room() const {
    return !gone() && session_->queued() < options_.send_queue;
}

void PsycFront::caught_up(const chat::Feed& feed, std::size_t count) {
    const Following* found = following(feed.entity());
    if (found == nullptr || found->entity.kind != chat::EntityKind::person || count == 0) {
        return;
    }
    const std::string amount = std::to_string(count);
    reply(found->uniform, {}, {{"_amount_new", amount}}, "_status_log_new",
          "[_amount_new] new messages.");
}

void PsycFront::drained() {
    if (!has_room()) {
        return;
    }
    // Walk over a copy: what is shown now may change the map.
    std::vector<std::shared_ptr<chat::Feed>> feeds;
    feeds.reserve(following_.size());
    for (const auto& [id, following] : following_) {
        // What a quiet entity holds back comes when it is quiet no longer, or at the next link.
        const chat::Entity* entity = hub_.find(id);
        if (entity == nullptr || !entity->quiet) {
            feeds.push_back(following.feed);
        }
    }
    for (const auto& feed : feeds) {
        feed->catch_up();
    }
}

void PsycFront::tick(Moment now, bool all_acknowledged) {
    now_ = now;
    if (gone()) {
        return;
    }
    drained();
    const bool something_open = std::ranges::any_of(following_, [](const auto& entry) {
        return entry.second.feed->position() > entry.second.taken;
    });
    if (!something_open) {
        return;
    }
    if (last_sent_ == Moment{}) {
        last_sent_ = now;
    }
    if (all_acknowledged && now - last_sent_ > options_.acknowledged_age) {
        take_all();
    } else if (!session_->pinging() && now - last_sent_ > options_.ping_after) {
        for (auto& [id, following] : following_) {
            following.pinged = following.feed->position();
        }
        session_->ping();
    }
}

void PsycFront::disconnected() {
    session_ = nullptr;
    leave_all("disconnect");
}

// ---- packets to the client -----------------------------------------------------------------------

void PsycFront::reply(std::string_view source, const std::string& tag,
                      std::vector<std::pair<std::string, std::string>> variables,
                      std::string_view method, std::string_view body) {
    PsycLetter answer{.source = std::string(source),
                      .tag_reply = tag,
                      .variables = {},
                      .method = std::string(method),
                      .body = std::string(body)};
    answer.variables = std::move(variables);
    answering()(std::move(answer));
}

} // namespace mailcast::front
