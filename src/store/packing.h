// The packed columns: lists and details that only Mailcast reads, each a version octet and then numbers
// (LEB128) and strings (length, octets).  Reading is bounded by the blob itself: whatever stands in it,
// the answer is a value or nothing.  Pure; any thread.
#pragma once

#include "chat/note.h"
#include "store/store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::store {

// note.recipients, each with a mark that says whether its log has an entry.
std::string pack_recipients(const std::vector<chat::Addressed>& recipients,
                            const std::vector<bool>& entered);

struct Recipients {
    std::vector<chat::Addressed> recipients;
    std::vector<bool> entered;
};

std::optional<Recipients> unpack_recipients(std::string_view blob);

// Badge, context and the facts of the mail: what has no column of its own.
std::string pack_details(const chat::Note& note);
bool unpack_details(std::string_view blob, chat::Note& note);

std::string pack_strings(const std::vector<std::string>& strings);
std::optional<std::vector<std::string>> unpack_strings(std::string_view blob);

std::string pack_entities(const std::vector<chat::EntityId>& entities);
std::optional<std::vector<chat::EntityId>> unpack_entities(std::string_view blob);

// A whole note but for its recipients, for the outbox.
std::string pack_note(const chat::Note& note);
// Null when the blob is none.
std::shared_ptr<const chat::Note> unpack_note(std::string_view blob);

std::string pack_outbox_targets(const std::vector<OutboxTarget>& targets);
std::optional<std::vector<OutboxTarget>> unpack_outbox_targets(std::string_view blob);

} // namespace mailcast::store
