// What the committer keeps in memory so that a mail costs one row: the entities with their sums, and what is
// committed in `message` but not yet entered in the derived tables.  All of it can be made again from the
// database, which is what happens at open and after a failed group.  Owned by the committer's thread.
#pragma once

#include "chat/note.h"
#include "store/store.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailcast::store::sqlite {

struct EntityState {
    bool has_account = false; // false: it was removed and its log is on the way out
    std::optional<std::uint64_t> quota;
    std::optional<std::uint64_t> keep_count;
    std::optional<std::chrono::seconds> keep_age;
    std::uint64_t entries = 0;
    std::uint64_t octets = 0;
    chat::Sequence newest = 0;
};

struct JournalRecord {
    chat::Sequence sequence = 0;
    std::int64_t time = 0;
    std::string id;
    std::string entities; // packed
};

struct JournalKeyHash {
    std::size_t operator()(const JournalKey& key) const {
        // A key is a digest already.
        std::size_t value = 0;
        std::memcpy(&value, key.data(), sizeof value);
        return value;
    }
};

struct PendingEntry {
    chat::EntityId entity = 0;
    chat::Sequence sequence = 0;

    auto operator<=>(const PendingEntry&) const = default;
};

struct PendingId {
    std::string id;
    chat::Sequence sequence = 0;
};

// Committed in `message`, not yet in the derived tables.
struct Pending {
    std::vector<PendingEntry> entries;
    std::vector<PendingId> ids;
    std::unordered_multimap<JournalKey, JournalRecord, JournalKeyHash> journal;

    bool empty() const { return ids.empty(); }

    std::size_t rows() const { return entries.size() + ids.size() + journal.size(); }
};

// What is being entered, sorted, a slice at a time.  It counts as entered when all of it is: what a crash
// interrupts is derived again.
struct IndexTurn {
    struct Usage {
        chat::EntityId entity = 0;
        std::uint64_t entries = 0;
        std::uint64_t octets = 0;
    };

    Pending what;
    std::vector<const std::pair<const JournalKey, JournalRecord>*> journal; // of `what`, sorted
    std::vector<Usage> usage;                                               // as it was at `end`
    chat::Sequence end = 0;
    std::uint64_t messages = 0;
    std::size_t done = 0; // rows, in the order entries, ids, journal, usage
};

struct Ledger {
    std::unordered_map<chat::EntityId, EntityState> entities;

    Pending pending;
    std::unique_ptr<IndexTurn> turn; // what was pending before it; null when none is under way

    chat::Sequence end = 0; // newest sequence given out
    std::uint64_t messages = 0;
    std::uint64_t entries = 0;
    std::uint64_t file_octets = 0;

    bool has_pending() const { return turn != nullptr || !pending.empty(); }

    void set_rules(chat::EntityId id, const delivery::Rules& rules) {
        EntityState& entity = entities[id];
        entity.has_account = true;
        entity.quota = rules.quota;
        entity.keep_count = rules.keep_count;
        entity.keep_age = rules.keep_age;
    }
};

} // namespace mailcast::store::sqlite
