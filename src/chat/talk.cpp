#include "chat/talk.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <utility>

namespace mailcast::chat {

namespace {

// Nothing that looks like another script's letters, nor like an address of ours.
bool is_plain_nick(std::string_view nick) {
    return !nick.empty() && nick.size() <= 64 && std::ranges::all_of(nick, [](char c) {
        return base::is_alnum(c) || c == '_' || c == '-' || c == '=' || c == '+';
    });
}

// What can be said, or why not.
Refusal check_text(std::string& text) {
    if (text.size() > longest_talk) {
        return Refusal::too_long;
    }
    text = base::safe_text(text);
    return base::trim(text).empty() ? Refusal::empty : Refusal::none;
}

bool contains_folded(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) { return base::to_lower(a) == base::to_lower(b); };
    return part.empty() || !std::ranges::search(text, part, same).empty();
}

bool is_about(const Note& note, std::string_view match) {
    return contains_folded(note.text, match) || contains_folded(note.subject, match) ||
           contains_folded(note.source_name, match) || contains_folded(note.source, match);
}

} // namespace

Talk::Talk(Parts parts) : parts_(std::move(parts)), ids_(parts_.seed) {}

std::string Talk::shown_name(const Speaker& speaker) const {
    if (const Entity* person = parts_.hub.find(speaker.person); person != nullptr) {
        return person->display;
    }
    if (is_plain_nick(speaker.nick) &&
        parts_.hub.find(EntityKind::person, speaker.nick) == nullptr) {
        return speaker.nick;
    }
    return base::safe_line(speaker.uniform);
}

// ---- clients -------------------------------------------------------------------------------------

void Talk::join(Member member) {
    const EntityId id = member.feed->entity();
    const Occupant who{.uniform = member.uniform, .nick = member.nick};
    const Entity* entity = parts_.hub.find(id);
    // Those who were there are told; the one who comes gets an answer of its own.
    const Feed::Reader* reader = member.feed->reader();
    if (!parts_.hub.follow(std::move(member)) || entity == nullptr) {
        return;
    }
    if (entity->kind == EntityKind::place) {
        announce_in(*entity, EventKind::enter, who, {}, reader);
    } else {
        presence_[id] = {.availability = availability_here, .description = {}};
        told_presence(*entity);
    }
}

void Talk::part(const std::shared_ptr<Feed>& feed, const std::string& detail) {
    const EntityId id = feed->entity();
    Occupant who;
    const auto& followers = parts_.hub.followers(id);
    if (const auto at = std::ranges::find(followers, feed, &Member::feed); at != followers.end()) {
        who = {.uniform = at->uniform, .nick = at->nick};
    }
    const bool last = parts_.hub.unfollow(feed);
    const Entity* entity = parts_.hub.find(id);
    if (!last || entity == nullptr) {
        return;
    }
    if (entity->kind == EntityKind::place) {
        announce_in(*entity, EventKind::leave, who, detail);
    } else {
        presence_.erase(id);
        told_presence(*entity);
    }
}

void Talk::announce_in(const Entity& place, EventKind kind, const Occupant& who,
                       const std::string& detail, const Feed::Reader* except) {
    if (parts_.hub.occupants(place.id) > most_announced) {
        return;
    }
    Event event{.kind = kind, .about = place.id, .who = who.uniform, .nick = who.nick};
    event.detail = detail;
    parts_.hub.announce(std::move(event), except);
}

// ---- talk ----------------------------------------------------------------------------------------

namespace {

std::string_view badge_of(Manner manner) {
    switch (manner) {
    case Manner::plain:
        return {};
    case Manner::action:
        return action_badge;
    case Manner::notice:
        return notice_badge;
    }
    return {};
}

} // namespace

std::shared_ptr<Note> Talk::spoken(const Speaker& speaker, std::string text, Manner manner) {
    const base::Time now = parts_.now();
    auto note = std::make_shared<Note>();
    note->id = ids_.next(now);
    note->kind = NoteKind::message;
    note->time = now;
    note->source = speaker.uniform;
    note->source_name = shown_name(speaker);
    note->badge = badge_of(manner);
    note->text = std::move(text);
    return note;
}

void Talk::append(std::shared_ptr<const Note> note, Done done) {
    parts_.backing.append(note, {},
                          [this, note, done = std::move(done)](std::optional<Sequence> sequence) {
                              if (sequence && *sequence > 0) {
                                  parts_.hub.publish(*sequence, note);
                              }
                              said_ = sequence ? note.get() : nullptr;
                              done(sequence ? Refusal::none : Refusal::not_stored);
                              said_ = nullptr;
                          });
}

void Talk::say(const Entity& place, const Speaker& speaker, std::string_view text, Manner manner,
               Done done) {
    std::string words(text);
    Refusal refusal = check_text(words);
    if (refusal == Refusal::none && !parts_.hub.is_in(place.id, speaker.uniform)) {
        refusal = Refusal::no_member;
    }
    if (refusal != Refusal::none) {
        done(refusal);
        return;
    }
    auto note = spoken(speaker, std::move(words), manner);
    note->context = parts_.hub.uniform_of(place);
    note->recipients.push_back({.entity = place.id, .address = {}, .domain = {}, .visible = true});
    append(std::move(note), std::move(done));
}

void Talk::tell(const Entity& person, const Speaker& speaker, std::string_view text, Manner manner,
                Done done) {
    std::string words(text);
    if (const Refusal refusal = check_text(words); refusal != Refusal::none) {
        done(refusal);
        return;
    }
    if (speaker.person != 0) {
        know(speaker.person, parts_.hub.uniform_of(person));
    }
    auto note = spoken(speaker, std::move(words), manner);
    note->recipients.push_back({.entity = person.id, .address = {}, .domain = {}, .visible = true});
    append(std::move(note), std::move(done));
}

std::optional<base::MessageId> Talk::mail_of(std::string_view context) const {
    const std::string prefix = "psyc://" + parts_.hub.hostname() + "/@mail-";
    if (!base::istarts_with(context, prefix)) {
        return std::nullopt;
    }
    return base::MessageId::parse(context.substr(prefix.size()));
}

void Talk::say_about_mail(const std::string& context, const Speaker& speaker, std::string_view text,
                          Manner manner, Done done) {
    std::string words(text);
    const auto id = mail_of(context);
    Refusal refusal = id ? check_text(words) : Refusal::unknown;
    // Who is nobody here nor a person at a node is in no mail: that costs no look into the store.
    if (refusal == Refusal::none && speaker.person == 0 &&
        speaker.uniform.find("/~") == std::string::npos) {
        refusal = Refusal::no_member;
    }
    if (refusal != Refusal::none) {
        done(refusal);
        return;
    }
    if (const auto gone = std::ranges::find(gone_, *id, &Gone::mail); gone != gone_.end()) {
        if (std::ranges::find(gone->elsewhere, speaker.uniform) == gone->elsewhere.end()) {
            done(Refusal::no_member);
            return;
        }
        auto note = spoken(speaker, std::move(words), manner);
        note->context = base::lowered(context);
        if (elsewhere_ != nullptr) {
            elsewhere_->said_about_mail(*note, gone->elsewhere);
        }
        said_ = note.get();
        done(Refusal::none);
        said_ = nullptr;
        return;
    }
    parts_.backing.read_note(*id, [this, context = base::lowered(context), speaker,
                                   words = std::move(words), manner, done = std::move(done)](
                                      const std::shared_ptr<const Note>& mail) {
        // Who is in neither To nor Cc hears the same as a stranger: there is nothing for him here.
        const auto member = [&speaker](const Addressed& one) {
            return one.visible && one.entity == speaker.person;
        };
        const bool is_one =
            mail != nullptr && mail->kind == NoteKind::mail &&
            (speaker.person != 0
                 ? std::ranges::any_of(mail->recipients, member)
                 : std::ranges::find(mail->elsewhere, speaker.uniform) != mail->elsewhere.end());
        if (!is_one) {
            done(Refusal::no_member);
            return;
        }
        auto note = spoken(speaker, words, manner);
        note->context = context;
        for (const Addressed& one : mail->recipients) {
            if (one.visible && parts_.hub.find(one.entity) != nullptr) {
                note->recipients.push_back(
                    {.entity = one.entity, .address = {}, .domain = {}, .visible = true});
            }
        }
        append(note, [this, note, mail, done](Refusal refused) {
            if (refused == Refusal::none && elsewhere_ != nullptr && !mail->elsewhere.empty()) {
                elsewhere_->said_about_mail(*note, mail->elsewhere);
            }
            done(refused);
        });
    });
}

void Talk::remember_gone(const Note& mail) {
    gone_recipients_ += mail.elsewhere.size();
    gone_.push_back({.mail = mail.id, .elsewhere = mail.elsewhere});
    while (gone_recipients_ > most_gone && gone_.size() > 1) {
        gone_recipients_ -= gone_.front().elsewhere.size();
        gone_.pop_front();
    }
}

void Talk::deliver(std::shared_ptr<Note> note, std::string once, std::function<void(bool)> stored) {
    if (note->id == base::MessageId{}) {
        note->id = ids_.next(parts_.now());
    }
    if (note->time == base::Time{}) {
        note->time = parts_.now();
    }
    std::shared_ptr<const Note> finished = std::move(note);
    parts_.backing.append(
        finished, std::move(once),
        [this, finished, stored = std::move(stored)](std::optional<Sequence> sequence) {
            if (sequence && *sequence > 0) {
                parts_.hub.publish(*sequence, finished);
            }
            stored(sequence.has_value());
        });
}

void Talk::history(const std::string& asker, const Entity& entity, std::size_t amount,
                   std::string match, Recalled done) {
    std::deque<Question>& waiting = questions_[asker];
    if (waiting.size() >= most_asked) {
        done(std::nullopt);
        return;
    }
    waiting.push_back({.entity = entity.id,
                       .amount = std::min(amount, most_history),
                       .match = std::move(match),
                       .done = std::move(done)});
    if (waiting.size() == 1) {
        ask_next(asker);
    }
}

void Talk::ask_next(const std::string& asker) {
    const Question& next = questions_.at(asker).front();
    parts_.backing.read_newest(
        next.entity, next.match.empty() ? next.amount : most_history,
        [this, asker](std::optional<std::vector<LogEntry>> entries) {
            const auto found = questions_.find(asker);
            const Question question = std::move(found->second.front());
            found->second.pop_front();
            if (found->second.empty()) {
                questions_.erase(found);
            } else {
                ask_next(asker);
            }
            if (entries && !question.match.empty()) {
                std::erase_if(*entries, [&question](const LogEntry& entry) {
                    return !is_about(*entry.note, question.match);
                });
            }
            if (entries && entries->size() > question.amount) {
                entries->erase(entries->begin(),
                               entries->end() - static_cast<std::ptrdiff_t>(question.amount));
            }
            question.done(std::move(entries));
        });
}

// ---- relations -----------------------------------------------------------------------------------

bool Talk::remember(Relation relation) {
    const std::string* known =
        parts_.hub.relations().find(relation.entity, relation.kind, relation.subject);
    if (known != nullptr && *known == relation.value) {
        return true;
    }
    if (!parts_.hub.relations().add(relation)) {
        return false;
    }
    parts_.backing.remember(std::move(relation));
    return true;
}

bool Talk::forget(EntityId entity, RelationKind kind, const std::string& subject) {
    if (!parts_.hub.relations().remove(entity, kind, subject)) {
        return false;
    }
    parts_.backing.forget({.entity = entity, .kind = kind, .subject = subject, .value = {}});
    return true;
}

void Talk::know(EntityId person, const std::string& uniform) {
    if (parts_.hub.relations().find(person, RelationKind::known, uniform) == nullptr) {
        // When there is no room for more, those who are known already stay so.
        static_cast<void>(remember(
            {.entity = person, .kind = RelationKind::known, .subject = uniform, .value = {}}));
    }
}

// ---- places --------------------------------------------------------------------------------------

Refusal Talk::admit(const Entity& place, const Speaker& speaker) {
    const std::string nick = shown_name(speaker);
    const bool was_in = parts_.hub.is_in(place.id, speaker.uniform);
    if (!was_in) {
        // Before he is one of them: those who were there are told of him.
        announce_in(place, EventKind::enter, {.uniform = speaker.uniform, .nick = nick}, {});
    }
    if (!remember({.entity = place.id,
                   .kind = RelationKind::member,
                   .subject = speaker.uniform,
                   .value = nick})) {
        return Refusal::full;
    }
    if (elsewhere_ != nullptr) {
        elsewhere_->members_changed(place);
    }
    return Refusal::none;
}

bool Talk::dismiss(const Entity& place, const std::string& uniform, const std::string& detail) {
    const std::string* nick = parts_.hub.relations().find(place.id, RelationKind::member, uniform);
    if (nick == nullptr) {
        return false;
    }
    // Told to the one who goes as well: it is his confirmation.
    announce_in(place, EventKind::leave, {.uniform = uniform, .nick = *nick}, detail);
    forget(place.id, RelationKind::member, uniform);
    if (elsewhere_ != nullptr) {
        elsewhere_->members_changed(place);
    }
    return true;
}

void Talk::announce_members_of(const std::string& node, EventKind kind) {
    const Relations& relations = parts_.hub.relations();
    for (const std::string& uniform : relations.subjects(RelationKind::member)) {
        if (!uniform.starts_with(node)) {
            continue;
        }
        for (const EntityId id : relations.with(RelationKind::member, uniform)) {
            const Entity* place = parts_.hub.find(id);
            const std::string* nick = relations.find(id, RelationKind::member, uniform);
            if (place != nullptr && nick != nullptr) {
                announce_in(*place, kind, {.uniform = uniform, .nick = *nick},
                            kind == EventKind::leave ? "netburp" : "");
            }
        }
    }
}

void Talk::node_left(const std::string& node) {
    if (parts_.hub.set_away(node, true)) {
        announce_members_of(node, EventKind::leave);
    }
}

void Talk::node_returned(const std::string& node) {
    if (parts_.hub.set_away(node, false)) {
        announce_members_of(node, EventKind::enter);
    }
}

std::optional<Topic> Talk::topic(const Entity& place) const {
    const std::string* value = parts_.hub.relations().find(place.id, RelationKind::topic, "");
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto end = value->find('\n');
    if (end == std::string::npos) {
        return Topic{.nick = {}, .text = *value};
    }
    return Topic{.nick = value->substr(0, end), .text = value->substr(end + 1)};
}

Refusal Talk::set_topic(const Entity& place, const Speaker& speaker, std::string_view text) {
    const bool has_owner = !parts_.hub.relations().of(place.id, RelationKind::owner).empty();
    if (has_owner ? !is_owner(place, speaker) : speaker.person == 0) {
        return Refusal::no_owner;
    }
    if (text.size() > longest_topic) {
        return Refusal::too_long;
    }
    const std::string line = base::safe_line(base::trim(text));
    const std::string nick = shown_name(speaker);
    if (line.empty() || line == "-") {
        forget(place.id, RelationKind::topic, "");
    } else if (!remember({.entity = place.id,
                          .kind = RelationKind::topic,
                          .subject = {},
                          .value = nick + "\n" + line})) {
        return Refusal::too_long;
    }
    parts_.hub.announce({.kind = EventKind::topic,
                         .about = place.id,
                         .who = speaker.uniform,
                         .nick = nick,
                         .text = line == "-" ? std::string() : line,
                         .detail = {}});
    return Refusal::none;
}

bool Talk::is_owner(const Entity& place, const Speaker& speaker) const {
    if (parts_.hub.relations().find(place.id, RelationKind::owner, speaker.uniform) != nullptr) {
        return true;
    }
    const Entity* person = parts_.hub.find(speaker.person);
    return person != nullptr && !parts_.keeper.empty() &&
           person->name == folded_name(EntityKind::person, parts_.keeper);
}

Refusal Talk::set_owner(const Entity& place, const Speaker& speaker, const std::string& person,
                        bool owns) {
    if (!is_owner(place, speaker)) {
        return Refusal::no_owner;
    }
    if (!owns) {
        return forget(place.id, RelationKind::owner, person) ? Refusal::none : Refusal::unknown;
    }
    return remember(
               {.entity = place.id, .kind = RelationKind::owner, .subject = person, .value = {}})
               ? Refusal::none
               : Refusal::full;
}

Refusal Talk::set_rule(const Entity& entity, const Speaker& speaker, std::string key,
                       std::string value, std::function<void(std::string)> done) {
    const bool may =
        entity.kind == EntityKind::person ? speaker.person == entity.id : is_owner(entity, speaker);
    if (!may) {
        return Refusal::no_owner;
    }
    parts_.backing.set_rule(entity.id, std::move(key), std::move(value), std::move(done));
    return Refusal::none;
}

} // namespace mailcast::chat
