// The part of Talk about presence and friendship.  reference: psyc-protocol 6.4, 6.5.
#include "base/ascii.h"
#include "base/utf8.h"
#include "chat/talk.h"

#include <algorithm>
#include <utility>

namespace mailcast::chat {

namespace {

std::string_view value_of(Friendship friendship) {
    switch (friendship) {
    case Friendship::asked:
        return "asked";
    case Friendship::offered:
        return "offered";
    case Friendship::mutual:
        return "mutual";
    case Friendship::none:
        break;
    }
    return "";
}

std::string short_description(std::string_view text) {
    const std::string line = base::safe_line(base::trim(text));
    return std::string(base::utf8_prefix(line, longest_description));
}

} // namespace

// ---- presence ------------------------------------------------------------------------------------

void Talk::set_presence(const Entity& person, int availability, std::string_view description) {
    const auto found = presence_.find(person.id);
    if (found == presence_.end()) {
        return;
    }
    const Presence wanted{.availability = std::clamp(availability, availability_offline, 9),
                          .description = short_description(description)};
    if (found->second == wanted) {
        return;
    }
    found->second = wanted;
    told_presence(person);
}

Presence Talk::presence_of(EntityId person) const {
    const auto found = presence_.find(person);
    return found == presence_.end() ? Presence{} : found->second;
}

void Talk::told_presence(const Entity& person) {
    const Presence presence = presence_of(person.id);
    if (watcher_) {
        watcher_(person, presence);
    }
    const std::string uniform = parts_.hub.uniform_of(person);
    std::vector<std::string> others;
    for (const std::string& other : friends(person.id)) {
        const Entity* local = parts_.hub.find_uniform(other, EntityKind::person);
        if (local == nullptr) {
            others.push_back(other);
            continue;
        }
        parts_.hub.announce({.kind = EventKind::presence,
                             .about = local->id,
                             .who = uniform,
                             .nick = person.display,
                             .text = presence.description,
                             .detail = {},
                             .availability = presence.availability});
    }
    if (elsewhere_ != nullptr && !others.empty()) {
        elsewhere_->presence_changed(person, presence, others);
    }
}

std::vector<Event> Talk::friends_here(const Entity& person) const {
    std::vector<Event> events;
    for (const std::string& other : friends(person.id)) {
        const Entity* local = parts_.hub.find_uniform(other, EntityKind::person);
        const Presence presence =
            local == nullptr
                ? Presence{.availability = heard_availability(other), .description = {}}
                : presence_of(local->id);
        if (presence.availability > availability_offline) {
            events.push_back({.kind = EventKind::presence,
                              .about = person.id,
                              .who = other,
                              .nick = local == nullptr ? other : local->display,
                              .text = presence.description,
                              .detail = {},
                              .availability = presence.availability});
        }
    }
    return events;
}

std::vector<Event> Talk::friendships_offered(const Entity& person) const {
    std::vector<Event> events;
    for (const auto& [other, value] :
         parts_.hub.relations().of(person.id, RelationKind::friendship)) {
        if (value == value_of(Friendship::offered)) {
            const Entity* local = parts_.hub.find_uniform(other, EntityKind::person);
            events.push_back({.kind = EventKind::friendship,
                              .about = person.id,
                              .who = other,
                              .nick = local == nullptr ? other : local->display,
                              .text = {},
                              .detail = "offered"});
        }
    }
    return events;
}

bool Talk::hear_presence(const Entity& person, const Speaker& other, int availability,
                         std::string_view description) {
    if (friendship(person.id, other.uniform) != Friendship::mutual) {
        return false;
    }
    if (heard_.size() < most_relations || heard_.contains(other.uniform)) {
        heard_.insert_or_assign(other.uniform, availability);
    }
    parts_.hub.announce({.kind = EventKind::presence,
                         .about = person.id,
                         .who = other.uniform,
                         .nick = shown_name(other),
                         .text = short_description(description),
                         .detail = {},
                         .availability = availability});
    return true;
}

int Talk::heard_availability(const std::string& uniform) const {
    const auto found = heard_.find(uniform);
    return found == heard_.end() ? 0 : found->second;
}

// ---- friendship ----------------------------------------------------------------------------------

Friendship Talk::friendship(EntityId person, std::string_view other) const {
    const std::string* value = parts_.hub.relations().find(person, RelationKind::friendship, other);
    for (const Friendship state : {Friendship::asked, Friendship::offered, Friendship::mutual}) {
        if (value != nullptr && *value == value_of(state)) {
            return state;
        }
    }
    return Friendship::none;
}

Friendship Talk::ask_friendship(const Entity& person, const std::string& other) {
    const Friendship before = friendship(person.id, other);
    const bool established = before == Friendship::offered || before == Friendship::mutual;
    const Friendship after = established ? Friendship::mutual : Friendship::asked;
    if (!remember({.entity = person.id,
                   .kind = RelationKind::friendship,
                   .subject = other,
                   .value = std::string(value_of(after))})) {
        return before;
    }
    const Entity* local = parts_.hub.find_uniform(other, EntityKind::person);
    if (after == Friendship::mutual && before != after) {
        parts_.hub.announce({.kind = EventKind::friendship,
                             .about = person.id,
                             .who = other,
                             .nick = local == nullptr ? other : local->display,
                             .text = {},
                             .detail = "established"});
    }
    if (local != nullptr && local->kind == EntityKind::person && before != after) {
        offer_friendship(*local, {.uniform = parts_.hub.uniform_of(person),
                                  .nick = person.display,
                                  .person = person.id});
    }
    return after;
}

Friendship Talk::offer_friendship(const Entity& person, const Speaker& other) {
    const Friendship before = friendship(person.id, other.uniform);
    if (before == Friendship::mutual) {
        return before;
    }
    const Friendship after = before == Friendship::asked ? Friendship::mutual : Friendship::offered;
    if (before == after) {
        return after; // she was told of it when it came first
    }
    if (!remember({.entity = person.id,
                   .kind = RelationKind::friendship,
                   .subject = other.uniform,
                   .value = std::string(value_of(after))})) {
        return before;
    }
    parts_.hub.announce({.kind = EventKind::friendship,
                         .about = person.id,
                         .who = other.uniform,
                         .nick = shown_name(other),
                         .text = {},
                         .detail = after == Friendship::mutual ? "established" : "offered"});
    return after;
}

bool Talk::end_friendship(const Entity& person, const std::string& other, bool tell_her) {
    if (!forget(person.id, RelationKind::friendship, other)) {
        return false;
    }
    const Entity* local = parts_.hub.find_uniform(other, EntityKind::person);
    if (tell_her) {
        parts_.hub.announce({.kind = EventKind::friendship,
                             .about = person.id,
                             .who = other,
                             .nick = local == nullptr ? other : local->display,
                             .text = {},
                             .detail = "removed"});
    }
    if (local != nullptr && local->kind == EntityKind::person) {
        // The other side forgets it with the same call; the second one finds nothing and stops.
        end_friendship(*local, parts_.hub.uniform_of(person), true);
    }
    return true;
}

std::vector<std::string> Talk::friends(EntityId person) const {
    std::vector<std::string> found;
    for (const auto& [other, value] : parts_.hub.relations().of(person, RelationKind::friendship)) {
        if (value == value_of(Friendship::mutual)) {
            found.push_back(other);
        }
    }
    return found;
}

} // namespace mailcast::chat
