// Owner of all live chat state: who exists, which client follows which log, who is in which place.
// Hub thread only.  Knows no protocol, waits for nothing.
#pragma once

#include "chat/cast.h"
#include "chat/entity.h"
#include "chat/feed.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailcast::chat {

// How a nick or the name of a room is compared: lower case; dots do not count in persons' nicks.
std::string folded_name(EntityKind kind, std::string_view name);

// One connected program of a Person, as others in a place see it.
struct Member {
    std::string uniform; // of the person, or of the location of a guest
    std::string nick;
    std::shared_ptr<Feed> feed;
};

class Hub {
  public:
    explicit Hub(std::string hostname) : hostname_(std::move(hostname)) {}

    const std::string& hostname() const { return hostname_; }

    // All persons and places, whenever one of them changes.  Feeds of those that are gone end.
    void set_entities(std::vector<Entity> entities);

    const Entity* find(EntityKind kind, std::string_view name) const;
    const Entity* find(EntityId id) const;

    // "psyc://host/~ada"
    std::string uniform_of(const Entity& entity) const;

    // A uniform of this node to its entity; a bare name is looked up as `kind`.  nullptr when
    // unknown.
    const Entity* find_uniform(std::string_view uniform, EntityKind kind) const;

    // Links a client of a person or enters it in a place; the Hub offers it what is committed to
    // that log.
    void follow(Member member);
    void unfollow(const std::shared_ptr<Feed>& feed);

    // Those who follow a log, one line a client.
    const std::vector<Member>& followers(EntityId entity) const;

    // A note was committed: to everybody who follows the log of one of its recipients.
    void publish(Sequence sequence, const std::shared_ptr<const Note>& note);

    std::size_t clients() const { return clients_; }

  private:
    struct Name {
        EntityKind kind;
        std::string name;

        auto operator<=>(const Name&) const = default;
    };

    std::string hostname_;
    std::unordered_map<EntityId, Entity> entities_;
    std::map<Name, EntityId> names_;
    std::unordered_map<EntityId, std::vector<Member>> followers_;
    std::size_t clients_ = 0;
};

} // namespace mailcast::chat
