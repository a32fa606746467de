#include "front/psyc_front.h"

#include "base/ascii.h"
#include "front/psyc_note.h"
#include "psyc/check.h"
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

PsycFront::PsycFront(chat::Hub& hub, chat::Backing& backing, PsycSession& session, Options options)
    : hub_(hub), backing_(backing), session_(&session), options_(std::move(options)),
      attempts_left_(options_.password_attempts) {}

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
    const std::string root = psyc::root_uniform(hub_.hostname());
    if (request.target.empty() || base::iequals(request.target, root)) {
        to_root(request);
        return;
    }
    std::string_view target = request.target;
    target = target.substr(0, target.find('#')); // a channel belongs to its entity
    const chat::Entity* entity = hub_.find_uniform(target, chat::EntityKind::person);
    if (entity == nullptr) {
        const bool ours = base::istarts_with(target, root);
        reply(root, request,
              ours ? std::vector<psyc::Variable>{{"_nick_target", target}}
                   : std::vector<psyc::Variable>{{"_host", target}},
              ours ? "_error_unknown_name_user" : "_failure_unsupported_relay",
              ours ? "There is no [_nick_target] here."
                   : "This node passes nothing on to [_host].");
        return;
    }
    if (entity->kind == chat::EntityKind::person) {
        to_person(request, *entity);
    } else {
        to_place(request, *entity);
    }
}

void PsycFront::to_root(const Request& request) {
    const std::string root = psyc::root_uniform(hub_.hostname());
    if (psyc::is_a(request.method, "_request_ping")) {
        reply(root, request, {}, "_echo_ping", "Pong.");
    } else if (psyc::is_a(request.method, "_request_version")) {
        reply(root, request, {{"_version", session_->options().implementation}}, "_status_version",
              "[_version]");
    } else if (psyc::is_a(request.method, "_request")) {
        reply(root, request, {{"_method_relay", request.method}},
              "_failure_unsupported_function_root", "The root does not know [_method_relay].");
    }
}

void PsycFront::to_person(const Request& request, const chat::Entity& person) {
    static constexpr std::array<Command, 9> commands = {{
        {"_request_link", &PsycFront::request_link},
        {"_request_context_enter", &PsycFront::request_link}, // to ~nick#_links, the 1.0 proposal
        {"_set_password", &PsycFront::set_password},
        {"_request_unlink", &PsycFront::unlink},
        {"_request_context_leave", &PsycFront::unlink},
        {"_request_exit", &PsycFront::unlink},
        {"_request_do", &PsycFront::request_do},
        {"_request_execute", &PsycFront::request_do},
        {"_request_input", &PsycFront::request_do},
    }};
    for (const Command& command : commands) {
        if (psyc::is_a(request.method, command.method)) {
            (this->*command.handler)(request, person);
            return;
        }
    }
    if (psyc::is_a(request.method, "_request")) {
        reply(hub_.uniform_of(person), request, {{"_method_relay", request.method}},
              "_failure_unsupported_request", "[_method_relay] is not known here.");
    } else if (!psyc::is_complaint(request.method) && psyc::is_a(request.method, "_message")) {
        reply(hub_.uniform_of(person), request, {{"_method_relay", request.method}},
              "_failure_unsupported_message", "Talk is not passed on here yet; mail is.");
    }
}

void PsycFront::to_place(const Request& request, const chat::Entity& place) {
    static constexpr std::array<Command, 6> commands = {{
        {"_request_enter", &PsycFront::enter},
        {"_request_context_enter", &PsycFront::enter},
        {"_request_leave", &PsycFront::leave},
        {"_request_context_leave", &PsycFront::leave},
        {"_notice_place_leave", &PsycFront::leave},
        {"_notice_context_leave", &PsycFront::leave},
    }};
    for (const Command& command : commands) {
        if (psyc::is_a(request.method, command.method)) {
            (this->*command.handler)(request, place);
            return;
        }
    }
    if (psyc::is_a(request.method, "_request") || psyc::is_a(request.method, "_message")) {
        reply(hub_.uniform_of(place), request,
              {{"_method_relay", request.method}, {"_nick_place", place.name}},
              "_failure_unsupported_request", "[_nick_place] does not know [_method_relay].");
    }
}

// ---- link ----------------------------------------------------------------------------------------

void PsycFront::request_link(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (person_ && person_->id != person.id) {
        reply(uniform, request, {{"_nick", person.display}}, "_error_status_person_connected",
              "This circuit is linked to another person; unlink first.");
        return;
    }
    if (person_) {
        reply(uniform, request,
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
    reply(uniform, request, {{"_nick", person.display}}, "_info_nickname", "");
    reply(uniform, request, {{"_nick", person.display}}, "_query_password",
          "Do you know [_nick]'s password?");
}

void PsycFront::set_password(const Request& request, const chat::Entity& person) {
    if (!asked_ || asked_->person != person.id) {
        reply(hub_.uniform_of(person), request, {{"_nick", person.display}},
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
        send(std::array{psyc::Variable{"_source", uniform}, psyc::Variable{"_target", location()},
                        psyc::Variable{"_nick", person.display}},
             "_error_necessary_encryption",
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
            self->send(std::array{psyc::Variable{"_source", source},
                                  psyc::Variable{"_target", self->location()},
                                  psyc::Variable{"_tag_reply", asked.tag},
                                  psyc::Variable{"_tag_relay", asked.tag},
                                  psyc::Variable{"_nick", nick}},
                       "_error_invalid_password", "Invalid password for [_nick].");
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
    send(std::array{psyc::Variable{"_source", uniform}, psyc::Variable{"_target", location()},
                    psyc::Variable{"_tag_reply", asked.tag},
                    psyc::Variable{"_tag_relay", asked.tag},
                    psyc::Variable{"_location", location()},
                    psyc::Variable{"_identification", uniform},
                    psyc::Variable{"_nick", person->display}},
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
            feed->catch_up();
        });
}

void PsycFront::unlink(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        reply(uniform, request, {{"_nick", person.display}}, "_error_rejected_unlink",
              "This circuit is not linked to [_nick].");
        return;
    }
    take_all();
    while (!following_.empty()) {
        unfollow(following_.begin()->first);
    }
    person_.reset();
    client_.clear();
    reply(uniform, request, {{"_location", location()}, {"_identification", uniform}},
          "_notice_unlink", "[_location] unlinked from [_identification].");
    if (psyc::is_a(request.method, "_request_exit") ||
        psyc::is_a(request.method, "_request_unlink_disconnect")) {
        session_->close();
    }
}

// ---- places --------------------------------------------------------------------------------------

void PsycFront::request_do(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        reply(uniform, request, {{"_nick", person.display}}, "_failure_unsupported_execute_person",
              "[_nick] takes no commands from you.");
        return;
    }
    const bool enters = psyc::is_a(request.method, "_request_do_enter");
    const bool leaves = psyc::is_a(request.method, "_request_do_leave");
    if (!enters && !leaves) {
        reply(uniform, request, {{"_method_relay", request.method}}, "_failure_unsupported_request",
              "[_method_relay] is not known here.");
        return;
    }
    std::string_view group = request.text_of("_group");
    if (group.empty()) {
        group = request.text_of("_focus");
    }
    const chat::Entity* place = hub_.find_uniform(group, chat::EntityKind::place);
    if (place == nullptr || place->kind != chat::EntityKind::place) {
        reply(uniform, request, {{"_nick_place", group}}, "_error_unknown_name_place",
              "There is no place [_nick_place] here.");
        return;
    }
    if (enters) {
        enter(request, *place);
    } else {
        leave(request, *place);
    }
}

void PsycFront::enter(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub_.uniform_of(place);
    if (following(place.id) != nullptr) {
        reply(uniform, request, {{"_nick_place", place.name}}, "_error_status_place_matches",
              "You already are in [_nick_place].");
        return;
    }
    if (following_.size() >= options_.places) {
        reply(uniform, request, {{"_nick_place", place.name}}, "_error_place_enter_limit",
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
    reply(uniform, request, {{"_nick_place", place.name}},
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

    std::vector<std::string_view> members;
    std::vector<std::string_view> nicks;
    for (const chat::Member& member : hub_.followers(place.id)) {
        if (std::ranges::find(members, member.uniform) == members.end()) {
            members.emplace_back(member.uniform);
            nicks.emplace_back(member.nick);
        }
        if (members.size() >= 44) { // as psyced: above that a client asks
            break;
        }
    }
    const std::array variables = {
        psyc::Variable{"_source", uniform},
        psyc::Variable{"_target", location()},
        psyc::Variable{"_source_relay", uniform},
        psyc::Variable{"_tag_reply", tag},
        psyc::Variable{"_tag_relay", tag},
        psyc::Variable::list("_list_members", members),
        psyc::Variable::list("_list_members_nicks", nicks),
        psyc::Variable{"_nick_place", place.name},
        psyc::Variable{"_nick", nick},
        psyc::Variable{"_duty", "member"},
    };
    send(variables,
         generation() == psyc::Generation::v1 ? "_echo_context_enter" : "_echo_place_enter",
         "You enter [_nick_place].");
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
        reply(uniform, request, {{"_nick_place", place.name}}, "_echo_place_leave_invalid",
              "You are not in [_nick_place].");
        return;
    }
    take(*found, found->feed->position());
    unfollow(place.id);
    reply(uniform, request, {{"_nick_place", place.name}},
          generation() == psyc::Generation::v1 ? "_echo_context_leave" : "_echo_place_leave",
          "You leave [_nick_place].");
}

// ---- what is followed ----------------------------------------------------------------------------

PsycFront::Following* PsycFront::following(chat::EntityId entity) {
    const auto found = following_.find(entity);
    return found == following_.end() ? nullptr : &found->second;
}

void PsycFront::follow(Following following, std::string nick, std::string uniform) {
    const chat::EntityId id = following.entity.id;
    hub_.follow({.uniform = std::move(uniform), .nick = std::move(nick), .feed = following.feed});
    following_.insert_or_assign(id, std::move(following));
}

void PsycFront::unfollow(chat::EntityId entity) {
    const auto found = following_.find(entity);
    if (found == following_.end()) {
        return;
    }
    found->second.feed->detach();
    hub_.unfollow(found->second.feed);
    following_.erase(found);
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
    const PsycView view{.generation = generation(),
                        .replayed = replayed,
                        .audience = found->entity,
                        .uniform = found->uniform};
    session_->send(std::make_shared<const std::string>(psyc_head(cast, view, location())));
    session_->send(psyc_tail(cast, view));
    last_sent_ = now_;
    ++pieces_sent_;
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
    send(std::array{psyc::Variable{"_source", found->uniform},
                    psyc::Variable{"_target", location()}, psyc::Variable{"_amount_new", amount}},
         "_status_log_new", "[_amount_new] new messages.");
}

void PsycFront::drained() {
    if (!has_room()) {
        return;
    }
    // Walk over a copy: what is shown now may change the map.
    std::vector<std::shared_ptr<chat::Feed>> feeds;
    feeds.reserve(following_.size());
    for (const auto& [id, following] : following_) {
        feeds.push_back(following.feed);
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
    while (!following_.empty()) {
        unfollow(following_.begin()->first);
    }
}

// ---- packets to the client -----------------------------------------------------------------------

void PsycFront::send(std::span<const psyc::Variable> variables, std::string_view method,
                     std::string_view body) {
    if (!gone()) {
        session_->send(variables, method, body);
    }
}

void PsycFront::reply(std::string_view source, const Request& request,
                      std::vector<psyc::Variable> variables, std::string_view method,
                      std::string_view body) {
    const std::string tag = request.tag();
    std::vector<psyc::Variable> all = {
        {"_source", source}, {"_target", location()}, {"_tag_reply", tag}, {"_tag_relay", tag}};
    all.insert(all.end(), variables.begin(), variables.end());
    send(all, method, body);
}

} // namespace mailcast::front
