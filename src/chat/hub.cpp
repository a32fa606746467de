#include "chat/hub.h"

#include "base/ascii.h"

#include <algorithm>
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
    for (Entity& entity : entities) {
        names_.emplace(Name{.kind = entity.kind, .name = entity.name}, entity.id);
        const EntityId id = entity.id;
        entities_.emplace(id, std::move(entity));
    }
    for (auto& [id, members] : followers_) {
        if (!entities_.contains(id)) {
            for (const Member& member : members) {
                member.feed->detach();
            }
            clients_ -= members.size();
            members.clear();
        }
    }
}

const Entity* Hub::find(EntityKind kind, std::string_view name) const {
    const auto found = names_.find(Name{.kind = kind, .name = folded_name(kind, name)});
    return found == names_.end() ? nullptr : find(found->second);
}

const Entity* Hub::find(EntityId id) const {
    const auto found = entities_.find(id);
    return found == entities_.end() ? nullptr : &found->second;
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

void Hub::follow(Member member) {
    const EntityId entity = member.feed->entity();
    followers_[entity].push_back(std::move(member));
    ++clients_;
}

void Hub::unfollow(const std::shared_ptr<Feed>& feed) {
    const auto found = followers_.find(feed->entity());
    if (found == followers_.end()) {
        return;
    }
    clients_ -=
        std::erase_if(found->second, [&feed](const Member& member) { return member.feed == feed; });
    if (found->second.empty()) {
        followers_.erase(found);
    }
}

const std::vector<Member>& Hub::followers(EntityId entity) const {
    static const std::vector<Member> nobody;
    const auto found = followers_.find(entity);
    return found == followers_.end() ? nobody : found->second;
}

void Hub::publish(Sequence sequence, const std::shared_ptr<const Note>& note) {
    const Cast cast{sequence, note};
    for (const Addressed& recipient : note->recipients) {
        const auto found = followers_.find(recipient.entity);
        if (found == followers_.end()) {
            continue;
        }
        // A reader may unfollow while it is shown something: walk over a copy of the few pointers.
        std::vector<std::shared_ptr<Feed>> feeds;
        feeds.reserve(found->second.size());
        for (const Member& member : found->second) {
            feeds.push_back(member.feed);
        }
        for (const auto& feed : feeds) {
            feed->live(cast);
        }
    }
}

} // namespace mailcast::chat
