#include "front/psyc/front.h"

#include "base/ascii.h"
#include "front/psyc/event.h"
#include "front/psyc/front_request.h"
#include "front/psyc/letter.h"
#include "front/psyc/note.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

// Methods that an entity answers, the most special first to match wins by try-and-slice.
struct PsycFront::Command {
    std::string_view method;
    void (PsycFront::*handler)(const Request&, const chat::Entity&);
};

PsycFront::PsycFront(PsycEntities& entities, PsycSession& session, Options options)
    : entities_(entities), talk_(entities.talk()), hub_(talk_.hub()), backing_(talk_.backing()),
      session_(&session), options_(std::move(options)), attempts_left_(options_.password_attempts) {
    session.set_pace(options_.pace);
}

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

std::string PsycFront::identification() const {
    return person_ ? hub_.uniform_of(*person_) : std::string();
}

void PsycFront::take(const psyc::Packet& packet) {
    now_ = session_->now();
    session_->spend();
    if (packet.method.empty()) {
        return; // state of the circuit, or modules: nothing to do for a client
    }
    if (psyc::is_a(packet.method, "_request_features") && packet.text_of("_target").empty()) {
        // The form of libpsyc, in which nobody says yet who he is (reference: 2.8).
        PsycLetter features = features_letter();
        features.tag_reply = packet.text_of("_tag");
        answering()(std::move(features));
        return;
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
    sender.nick = person_ ? person_->display : location();
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
                        .uniform = found->uniform,
                        .numbers = &hub_};
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
                PsycLetter numbered = letter();
                if (place) {
                    numbered.counter = std::to_string(hub_.next_counter(feed.entity()));
                }
                append_letter(out, generation(), numbered);
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
    if (is_forgotten_stranger()) {
        reply(session_->options().root, {},
              {{"_time_idle", std::to_string(options_.stranger_time.count())}},
              "_warning_timeout_circuit",
              "Nothing came for [_time_idle] seconds, and nobody is linked here: the circuit is "
              "closed.");
        session_->close();
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

bool PsycFront::is_forgotten_stranger() const {
    return !person_ && following_.empty() && now_ - session_->last_heard() > options_.stranger_time;
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
