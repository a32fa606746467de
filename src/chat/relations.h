// All Relations of our entities, as the Hub holds them: found by entity and kind, and by subject.  Bounded by
// most_relations and longest_relation.  Hub thread; knows no store, who changes it tells the Backing too.
#pragma once

#include "chat/relation.h"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mailcast::chat {

class Relations {
  public:
    using Subjects = std::map<std::string, std::string, std::less<>>; // to their values

    // All that is in the store; replaces what was there.
    void set(const std::vector<Relation>& all);

    // What belongs to entities that are gone goes, too.
    void keep(const std::unordered_set<EntityId>& entities);

    // False when it would go beyond a bound; then nothing has changed.
    bool add(const Relation& relation);

    // False when there was none.
    bool remove(EntityId entity, RelationKind kind, std::string_view subject);

    // nullptr when there is none; the pointer holds until that relation changes.
    const std::string* find(EntityId entity, RelationKind kind, std::string_view subject) const;

    const Subjects& of(EntityId entity, RelationKind kind) const;

    // The entities that have this relation to `subject`.
    std::vector<EntityId> with(RelationKind kind, std::string_view subject) const;

    // All subjects that something of ours has this relation to.
    std::vector<std::string> subjects(RelationKind kind) const;

  private:
    struct BySubject {
        RelationKind kind = RelationKind::member;
        std::string subject;

        auto operator<=>(const BySubject&) const = default;
    };

    std::map<std::pair<EntityId, RelationKind>, Subjects> by_entity_;
    std::map<BySubject, std::set<EntityId>> by_subject_;
};

} // namespace mailcast::chat
