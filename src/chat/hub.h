// Owner of all live chat state: who exists, which client follows which log, who is in which place, and what
// our entities durably have to do with others.  Hub thread only.  Knows no protocol, waits for nothing.  What
// can be done in chat is in talk.h.
#pragma once

#include "chat/cast.h"
#include "chat/entity.h"
#include "chat/feed.h"
#include "chat/relations.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailcast::chat {

// How a nick or the name of a room is compared: lower case; dots do not count in persons' nicks.
std::string folded_name(EntityKind kind, std::string_view name);

// One connected program of a Person, as others in a place see it.
struct Member {
    std::string
        uniform; // of the person, or of the location of a guest; "": reads without being there,
                 // such as the circuit to a node that has members
    std::string nick;
    std::shared_ptr<Feed> feed;
};

// Somebody who is in a place, however many clients she has there.
struct Occupant {
    std::string uniform;
    std::string nick;

    bool operator==(const Occupant&) const = default;
};

class Hub {
  public:
    explicit Hub(std::string hostname) : hostname_(std::move(hostname)) {}

    const std::string& hostname() const { return hostname_; }

    // All persons and places, whenever one of them changes.  Feeds of those that are gone end.
    void set_entities(std::vector<Entity> entities);

    const Entity* find(EntityKind kind, std::string_view name) const;
    const Entity* find(EntityId id) const;

    // A person that this name could be taken for (look_alike.h).
    const Entity* find_like(std::string_view name) const;

    // At most `most` of a kind, by name.
    std::vector<const Entity*> all(EntityKind kind, std::size_t most) const;

    // "psyc://host/~ada"
    std::string uniform_of(const Entity& entity) const;

    // A uniform of this node to its entity; a bare name is looked up as `kind`.  nullptr when
    // unknown.
    const Entity* find_uniform(std::string_view uniform, EntityKind kind) const;

    // All that is in the store, at the start; without it nobody is related to anybody.
    void set_relations(const std::vector<Relation>& relations) { relations_.set(relations); }

    Relations& relations() { return relations_; }

    const Relations& relations() const { return relations_; }

    // Links a client of a person or enters it in a place; the Hub offers it what is committed to
    // that log.  True when it is the first one of its uniform there.
    bool follow(Member member);

    // True when it was the last one of its uniform there.
    bool unfollow(const std::shared_ptr<Feed>& feed);

    // Those who follow a log, one line a client.
    const std::vector<Member>& followers(EntityId entity) const;

    // Who is in a place: persons of ours with their clients, then members elsewhere; at most `most`.
    std::vector<Occupant> occupants(EntityId place, std::size_t most) const;

    std::size_t occupants(EntityId place) const;

    // A client of this uniform follows, or it is a member elsewhere.
    bool is_in(EntityId entity, std::string_view uniform) const;

    // A node whose circuit was lost: its members stay members, but are not in a place until it is back.  `node` is its
    // root, "psyc://elsewhere/".  False when that was known.
    bool set_away(const std::string& node, bool away);

    // The number of the next packet of a context of ours, over all circuits of 1.0 (reference: psyc-protocol 7.6).
    std::uint64_t next_counter(EntityId context) { return first_counter_ + ++counters_[context]; }

    // Behind all that were given before, also by the program that ran before this one.
    void set_first_counter(std::uint64_t first) { first_counter_ = first; }

    // The person has a client.
    bool is_here(EntityId person) const;

    // To everybody who follows event.about but one reader, who knows it already.
    void announce(Event event, const Feed::Reader* except = nullptr) const;

    // A note was committed: to everybody who follows the log of one of its recipients, persons first.
    void publish(Sequence sequence, const std::shared_ptr<const Note>& note);

    // The newest note that was published; 0 when none was since the program began.  Who comes now gets all behind it.
    Sequence published() const { return published_; }

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
    std::unordered_map<std::string, EntityId> skeletons_; // of persons

    struct Crowd { // the clients of one uniform in one place
        std::string nick;
        std::size_t clients = 0;
    };

    bool is_away(std::string_view uniform) const;
    std::vector<std::shared_ptr<Feed>> feeds_of(EntityId entity) const;
    void end_feeds_of(EntityId entity);

    std::unordered_map<EntityId, std::vector<Member>> followers_;
    std::unordered_map<EntityId, std::map<std::string, Crowd, std::less<>>> crowds_;
    Relations relations_;
    std::set<std::string, std::less<>> away_; // roots of nodes
    std::unordered_map<EntityId, std::uint64_t> counters_;
    std::uint64_t first_counter_ = 0;
    std::size_t clients_ = 0;
    Sequence published_ = 0;
};

} // namespace mailcast::chat
