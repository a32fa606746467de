// What persons and places may be called, and how names are compared.  Pure; any thread.
// The letters are those that psyced allows (it has no way to write others): A-Z a-z 0-9 _ - = +,
// and the first is a letter, '_' or '+'.  Dots in a person's nick are read over everywhere.
#pragma once

#include "chat/note.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::delivery {

// So that "~" and the name fit into the local part of an address (RFC 5321 4.5.3.1.1).
inline constexpr std::size_t max_name = 63;

// What is compared: lower case, a person's without dots.
std::string folded(chat::EntityKind kind, std::string_view name);

// Why nobody can be called so, and what could be done instead; nullopt when the name is fine.
std::optional<std::string> name_fault(chat::EntityKind kind, std::string_view name);

// "~ada", "*lab", "@lab", "ada" or a psyc uniform taken apart.
struct EntityName {
    std::optional<chat::EntityKind> kind; // nullopt for a bare name
    std::string_view host;                // of a uniform, else ""
    std::string_view port;                // of a uniform, with transport letter, else ""
    std::string_view name;
};

// nullopt for what has none of these forms, as an address or a uniform of another scheme.
std::optional<EntityName> parse_entity_name(std::string_view text);

} // namespace mailcast::delivery
