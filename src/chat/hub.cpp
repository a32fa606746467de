#include "chat/hub.h"

#include "base/ascii.h"
#include "chat/look_alike.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace mailcast::chat {

std::string folded_name(EntityKind kind, std::string_view name) {
    std::string folded = base::lowered(name);
    if (kind == EntityKind::person) {
        std::erase(folded, '.');
    }
    return folded;
}

void Hub::set_entities(std::vector<Entity> entities) {
    entities_.clear();
    names_.clear();
    skeletons_.clear();
    for (Entity& entity : entities) {
        if (entity.kind == EntityKind::person) {
            skeletons_.emplace(skeleton_of(entity.name), entity.id);
        }
        names_.emplace(Name{.kind = entity.kind, .name = entity.name}, entity.id);
        const EntityId id = entity.id;
        entities_.emplace(id, std::move(entity));
    }
    std::vector<EntityId> gone;
    for (const auto& [id, members] : followers_) {
        if (!entities_.contains(id)) {
            gone.push_back(id);
        }
    }
    for (const EntityId id : gone) {
        end_feeds_of(id);
    }
    std::unordered_set<EntityId> known;
    for (const auto& [id, entity] : entities_) {
        known.insert(id);
    }
    relations_.keep(known);
}

void Hub::end_feeds_of(EntityId entity) {
    const auto found = followers_.find(entity);
    for (const Member& member : found->second) {
        member.feed->detach();
    }
    clients_ -= found->second.size();
    followers_.erase(found);
    crowds_.erase(entity);
}

const Entity* Hub::find(EntityKind kind, std::string_view name) const {
    const auto found = names_.find(Name{.kind = kind, .name = folded_name(kind, name)});
    return found == names_.end() ? nullptr : find(found->second);
}

const Entity* Hub::find(EntityId id) const {
    const auto found = entities_.find(id);
    return found == entities_.end() ? nullptr : &found->second;
}

const Entity* Hub::find_like(std::string_view name) const {
    const std::string skeleton = skeleton_of(name);
    const auto found = skeletons_.find(skeleton);
    return skeleton.empty() || found == skeletons_.end() ? nullptr : find(found->second);
}

std::vector<const Entity*> Hub::all(EntityKind kind, std::size_t most) const {
    std::vector<const Entity*> found;
    for (auto at = names_.lower_bound(Name{.kind = kind, .name = {}});
         at != names_.end() && at->first.kind == kind && found.size() < most; ++at) {
        found.push_back(find(at->second));
    }
    return found;
}

std::string Hub::uniform_of(const Entity& entity) const {
    return "psyc://" + hostname_ + "/" + resource_of(entity);
}

const Entity* Hub::find_uniform(std::string_view uniform, EntityKind kind) const {
    constexpr std::string_view scheme = "psyc://";
    if (base::istarts_with(uniform, scheme)) {
        uniform.remove_prefix(scheme.size());
        const auto slash = uniform.find('/');
        if (slash == std::string_view::npos) {
            return nullptr;
        }
        std::string_view host = uniform.substr(0, slash);
        host = host.substr(0, host.find(':'));
        if (!base::iequals(host, hostname_)) {
            return nullptr;
        }
        uniform.remove_prefix(slash + 1);
        if (uniform.empty()) {
            return nullptr;
        }
    }
    if (uniform.starts_with('~')) {
        return find(EntityKind::person, uniform.substr(1));
    }
    if (uniform.starts_with('@') || uniform.starts_with('*')) {
        return find(EntityKind::place, uniform.substr(1));
    }
    return find(kind, uniform);
}

bool Hub::follow(Member member) {
    const EntityId entity = member.feed->entity();
    bool first = false;
    if (!member.uniform.empty()) {
        Crowd& crowd = crowds_[entity][member.uniform];
        first = crowd.clients++ == 0;
        crowd.nick = member.nick;
    }
    followers_[entity].push_back(std::move(member));
    ++clients_;
    return first;
}

bool Hub::unfollow(const std::shared_ptr<Feed>& feed) {
    const auto found = followers_.find(feed->entity());
    if (found == followers_.end()) {
        return false;
    }
    const auto at = std::ranges::find(found->second, feed, &Member::feed);
    if (at == found->second.end()) {
        return false;
    }
    bool last = false;
    if (const auto crowds = crowds_.find(feed->entity()); crowds != crowds_.end()) {
        const auto crowd = crowds->second.find(at->uniform);
        if (crowd != crowds->second.end() && --crowd->second.clients == 0) {
            last = true;
            crowds->second.erase(crowd);
            if (crowds->second.empty()) {
                crowds_.erase(crowds);
            }
        }
    }
    --clients_;
    found->second.erase(at);
    if (found->second.empty()) {
        followers_.erase(found);
    }
    return last;
}

const std::vector<Member>& Hub::followers(EntityId entity) const {
    static const std::vector<Member> nobody;
    const auto found = followers_.find(entity);
    return found == followers_.end() ? nobody : found->second;
}

std::vector<Occupant> Hub::occupants(EntityId place, std::size_t most) const {
    std::vector<Occupant> found;
    if (const auto crowds = crowds_.find(place); crowds != crowds_.end()) {
        for (const auto& [uniform, crowd] : crowds->second) {
            if (found.size() >= most) {
                return found;
            }
            found.push_back({.uniform = uniform, .nick = crowd.nick});
        }
    }
    for (const auto& [uniform, nick] : relations_.of(place, RelationKind::member)) {
        if (found.size() >= most) {
            break;
        }
        if (!is_away(uniform)) {
            found.push_back({.uniform = uniform, .nick = nick});
        }
    }
    return found;
}

std::size_t Hub::occupants(EntityId place) const {
    const auto crowds = crowds_.find(place);
    const auto& members = relations_.of(place, RelationKind::member);
    std::size_t elsewhere = members.size();
    if (!away_.empty()) {
        elsewhere -= static_cast<std::size_t>(std::ranges::count_if(
            members, [this](const auto& member) { return is_away(member.first); }));
    }
    return (crowds == crowds_.end() ? 0 : crowds->second.size()) + elsewhere;
}

bool Hub::set_away(const std::string& node, bool away) {
    return away ? away_.insert(node).second : away_.erase(node) > 0;
}

bool Hub::is_away(std::string_view uniform) const {
    if (away_.empty()) {
        return false;
    }
    constexpr std::string_view scheme = "psyc://";
    const std::size_t slash = uniform.find('/', scheme.size());
    return slash != std::string_view::npos && away_.contains(uniform.substr(0, slash + 1));
}

bool Hub::is_in(EntityId entity, std::string_view uniform) const {
    const auto crowds = crowds_.find(entity);
    return (crowds != crowds_.end() && crowds->second.contains(uniform)) ||
           relations_.find(entity, RelationKind::member, uniform) != nullptr;
}

bool Hub::is_here(EntityId person) const {
    return crowds_.contains(person);
}

// A reader may unfollow while it is shown something: a copy of the few pointers is walked over.
std::vector<std::shared_ptr<Feed>> Hub::feeds_of(EntityId entity) const {
    std::vector<std::shared_ptr<Feed>> feeds;
    const auto found = followers_.find(entity);
    if (found != followers_.end()) {
        feeds.reserve(found->second.size());
        for (const Member& member : found->second) {
            feeds.push_back(member.feed);
        }
    }
    return feeds;
}

void Hub::announce(Event event, const Feed::Reader* except) const {
    const Announcement announcement{std::move(event)};
    for (const auto& feed : feeds_of(announcement.event().about)) {
        if (except == nullptr || feed->reader() != except) {
            feed->hear(announcement);
        }
    }
}

void Hub::publish(Sequence sequence, const std::shared_ptr<const Note>& note) {
    const Cast cast{sequence, note};
    published_ = std::max(published_, sequence);
    for (const EntityKind kind : {EntityKind::person, EntityKind::place}) {
        for (const Addressed& recipient : note->recipients) {
            const Entity* entity = find(recipient.entity);
            if ((entity == nullptr ? EntityKind::person : entity->kind) != kind) {
                continue;
            }
            for (const auto& feed : feeds_of(recipient.entity)) {
                if (entity != nullptr && entity->quiet) {
                    feed->hold(sequence);
                } else {
                    feed->live(cast);
                }
            }
        }
    }
}

} // namespace mailcast::chat
