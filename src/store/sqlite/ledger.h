// What the committer keeps in memory so that a mail costs one row: the entities with their sums, and what is
// committed in `message` but not yet entered in the derived tables.  All of it can be made again from the
// database, which is what happens at open and after a failed group.  Owned by the committer's thread.
#pragma once

#include "base/id.h"
#include "chat/note.h"
#include "store/store.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
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
    base::MessageId id;
    std::string entities; // packed
};

// The table lies by the hour: what comes together is entered together.
inline std::int64_t journal_hour(std::int64_t time) {
    return time / std::chrono::milliseconds(std::chrono::hours(1)).count();
}

// Records that wait to be entered.  Whether there is one of a key is asked of the filter (key_filter.h) first, so that
// hardly anybody looks through them.
class PendingJournal {
  public:
    void add(const JournalKey& key, JournalRecord record) {
        keys_.push_back(key);
        records_.push_back(std::move(record));
    }

    std::size_t size() const { return keys_.size(); }

    const JournalKey& key(std::size_t at) const { return keys_[at]; }

    const JournalRecord& record(std::size_t at) const { return records_[at]; }

    // The positions in the order of the table.
    std::vector<std::uint32_t> sorted() const {
        std::vector<std::uint32_t> order(size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, {}, [this](std::uint32_t at) {
            return std::tuple<std::int64_t, const JournalKey&, chat::Sequence>(
                journal_hour(records_[at].time), keys_[at], records_[at].sequence);
        });
        return order;
    }

  private:
    std::vector<JournalKey> keys_;
    std::vector<JournalRecord> records_; // of the key at the same place
};

struct PendingEntry {
    chat::EntityId entity = 0;
    chat::Sequence sequence = 0;

    auto operator<=>(const PendingEntry&) const = default;
};

struct PendingId {
    base::MessageId id;
    chat::Sequence sequence = 0;
};

// Committed in `message`, not yet in the derived tables.
struct Pending {
    std::vector<PendingEntry> entries;
    std::vector<PendingId> ids;
    PendingJournal journal;

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
    std::vector<std::uint32_t> journal; // positions in what.journal, sorted
    std::vector<Usage> usage;           // as it was at `end`
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
