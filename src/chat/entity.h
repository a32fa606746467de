// Who can be addressed in chat: persons and places, as the Hub knows them.  A value.
#pragma once

#include "chat/note.h"

#include <string>

namespace mailcast::chat {

struct Entity {
    EntityId id = 0;
    EntityKind kind = EntityKind::person;
    std::string
        name; // folded: lower case, persons without dots; what uniforms and nicks are made of
    std::string display; // as its owner writes it
    bool quiet = false;  // its own rule: show nothing live, keep everything

    bool operator==(const Entity&) const = default;
};

// "~ada" or "@lab": the resource of the entity's uniform.
inline std::string resource_of(const Entity& entity) {
    return (entity.kind == EntityKind::person ? "~" : "@") + entity.name;
}

} // namespace mailcast::chat
