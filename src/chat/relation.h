// What an Entity of ours durably has to do with somebody: one row of the store each, all of them held by the Hub.
// A value.  reference: psyc-protocol 6.5, 7.2.
#pragma once

#include "chat/note.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace mailcast::chat {

// The numbers stand in the database and never change their meaning.
enum class RelationKind : std::uint8_t {
    member = 1, // of a place: `subject` is a person elsewhere, `value` the nick there
    owner = 2,  // of a place: `subject` is a person's uniform
    topic = 3,  // of a place: `subject` is "", `value` the text, "nick\ntext"
    friendship =
        4,     // of a person: `subject` a person's uniform, `value` "mutual", "asked" or "offered"
    place = 5, // of a person: `subject` is a place elsewhere that she is in, `value` her nick there
    known =
        6, // of a person: `subject` is a mail address or uniform that she has written to, or lets in
    refused = 7, // of a person: `subject` is "mailto:" and an address that she wants no mail of
    marker =
        8, // of a person: `subject` is "irc:" and a target, `value` the time up to which she has read
    digest =
        9, // of a person: `subject` is "", `value` the sequence up to which she had read when her
           // address was told last what waits
};

// Bounds that the Hub holds before anything is asked of the store.
inline constexpr std::size_t most_relations = 10'000; // of one entity and kind
inline constexpr std::size_t longest_relation = 1024; // octets of subject and value each

struct Relation {
    EntityId entity = 0;
    RelationKind kind = RelationKind::member;
    std::string subject; // normalised
    std::string value;

    bool operator==(const Relation&) const = default;
};

} // namespace mailcast::chat
