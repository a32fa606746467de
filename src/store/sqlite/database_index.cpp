// What is derived from `message`: entered behind, read again at open.
#include "base/log.h"
#include "store/packing.h"
#include "store/sqlite/accounts.h"
#include "store/sqlite/database.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mailcast::store::sqlite {

namespace {

constexpr std::size_t rows_between_looks = 16; // at the time: some 20 microseconds

} // namespace

SqlResult<void> Database::save_usage(chat::EntityId id) {
    const EntityState& state = ledger_.entities[id];
    return enter(IndexTurn::Usage{id, state.entries, state.octets});
}

void Database::begin_turn() {
    auto turn = std::make_unique<IndexTurn>();
    turn->what = std::exchange(ledger_.pending, {});
    turn->end = ledger_.end;
    turn->messages = ledger_.messages;
    std::ranges::sort(turn->what.entries);
    if (!std::ranges::is_sorted(turn->what.ids, {}, &PendingId::id)) { // they mostly are
        std::ranges::sort(turn->what.ids, {}, &PendingId::id);
    }
    turn->journal = turn->what.journal.sorted();
    for (const PendingEntry& entry : turn->what.entries) {
        if (turn->usage.empty() || turn->usage.back().entity != entry.entity) {
            const EntityState& state = ledger_.entities[entry.entity];
            turn->usage.push_back({entry.entity, state.entries, state.octets});
        }
    }
    ledger_.turn = std::move(turn);
}

SqlResult<void> Database::enter(const PendingEntry& entry) {
    return insert_log_.bind(1, entry.entity).bind(2, entry.sequence).run();
}

SqlResult<void> Database::enter(const PendingId& pending) {
    const std::string id = pending.id.text();
    return insert_id_.bind_text(1, id).bind(2, pending.sequence).run();
}

SqlResult<void> Database::enter(const JournalKey& key, const JournalRecord& record,
                                const std::string& path) {
    journal_keys_.add(key, record.time);
    const std::string id = record.id.text();
    return insert_journal(key, record, path.empty() ? id : id + " " + path);
}

SqlResult<void> Database::insert_journal(const JournalKey& key, const JournalRecord& record,
                                         std::string_view id) {
    const std::string_view octets(reinterpret_cast<const char*>(key.data()), key.size());
    return insert_journal_.bind(1, journal_hour(record.time))
        .bind_blob(2, octets)
        .bind(3, record.sequence)
        .bind(4, record.time)
        .bind_text(5, id)
        .bind_blob(6, record.entities)
        .run();
}

SqlResult<void> Database::enter(const IndexTurn::Usage& usage) {
    return put_usage_.bind(1, usage.entity)
        .bind(2, static_cast<std::int64_t>(usage.entries))
        .bind(3, static_cast<std::int64_t>(usage.octets))
        .run();
}

SqlResult<void> Database::enter_row(const IndexTurn& turn, std::size_t row) {
    if (row < turn.what.entries.size()) {
        return enter(turn.what.entries[row]);
    }
    row -= turn.what.entries.size();
    if (row < turn.what.ids.size()) {
        return enter(turn.what.ids[row]);
    }
    row -= turn.what.ids.size();
    if (row < turn.journal.size()) {
        const std::size_t at = turn.journal[row];
        const JournalRecord& record = turn.what.journal.record(at);
        return insert_journal(turn.what.journal.key(at), record, record.id.text());
    }
    return enter(turn.usage[row - turn.journal.size()]);
}

SqlResult<void> Database::index_slice(std::size_t rows) {
    if (ledger_.turn == nullptr) {
        if (ledger_.pending.empty()) {
            return {};
        }
        begin_turn();
    }
    IndexTurn& turn = *ledger_.turn;
    // The sums stand for what is entered: they follow in one piece with the mark.
    const std::size_t before_sums = turn.what.rows();
    const std::size_t to = std::min(before_sums, turn.done + std::min(rows, before_sums));
    for (; turn.done < to; ++turn.done) {
        if (auto done = enter_row(turn, turn.done); !done) {
            return done;
        }
    }
    if (turn.done < before_sums) {
        return {};
    }
    for (std::size_t row = before_sums; row < before_sums + turn.usage.size(); ++row) {
        if (auto done = enter_row(turn, row); !done) {
            return done;
        }
    }
    if (auto done =
            put_indexed_.bind(1, turn.end).bind(2, static_cast<std::int64_t>(turn.messages)).run();
        !done) {
        return done;
    }
    ledger_.turn.reset();
    return {};
}

SqlResult<void> Database::index_pending() {
    // What a turn under way has left, and then what came since.
    while (ledger_.has_pending()) {
        if (auto done = index_slice(SIZE_MAX); !done) {
            return done;
        }
    }
    return {};
}

SqlResult<void> Database::index_behind(std::size_t rows, const std::function<bool()>& has_time) {
    if (!ledger_.has_pending()) {
        return {};
    }
    auto done = begin();
    if (done) {
        done = index_slice(rows);
    }
    while (done && ledger_.turn != nullptr && has_time()) {
        done = index_slice(rows_between_looks);
    }
    if (done) {
        done = commit();
    }
    if (!done) {
        rollback();
    }
    return done;
}

SqlResult<void> Database::load_ledger() {
    ledger_ = {};
    if (auto done = load_entities(); !done) {
        return done;
    }
    if (auto done = load_key_filter(); !done) {
        return done;
    }
    return load_unindexed();
}

SqlResult<void> Database::load_key_filter() {
    journal_keys_ = KeyFilter(tuning_.journal_keys_in_memory_max);
    auto keys = connection_.prepare("SELECT key, time FROM journal LIMIT ?1");
    if (!keys) {
        return std::unexpected(std::move(keys.error()));
    }
    // One more than it holds is enough for it to give up.
    keys->bind(1, static_cast<std::int64_t>(tuning_.journal_keys_in_memory_max) + 1);
    for (;;) {
        const auto row = keys->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return {};
        }
        const std::string_view octets = keys->blob(0);
        JournalKey key{};
        if (octets.size() == key.size()) {
            std::memcpy(key.data(), octets.data(), key.size());
            journal_keys_.add(key, keys->integer(1));
        }
    }
}

SqlResult<void> Database::load_entities() {
    auto usage = connection_.prepare("SELECT entity, entries, octets FROM usage");
    if (!usage) {
        return std::unexpected(std::move(usage.error()));
    }
    for (;;) {
        const auto row = usage->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            break;
        }
        EntityState& state = ledger_.entities[usage->integer(0)];
        state.entries = static_cast<std::uint64_t>(usage->integer(1));
        state.octets = static_cast<std::uint64_t>(usage->integer(2));
        ledger_.entries += state.entries;
    }
    auto accounts = read_accounts(connection_);
    if (!accounts) {
        return std::unexpected(std::move(accounts.error()));
    }
    for (const Account& account : accounts->accounts) {
        ledger_.set_rules(account.id, account.rules);
    }
    return {};
}

SqlResult<void> Database::load_unindexed() {
    const auto indexed =
        connection_.query_integer("SELECT value FROM state WHERE name = 'indexed'");
    const auto messages =
        connection_.query_integer("SELECT value FROM state WHERE name = 'messages'");
    if (!indexed || !messages) {
        return std::unexpected(!indexed ? indexed.error() : messages.error());
    }
    ledger_.end = *indexed;
    ledger_.messages = static_cast<std::uint64_t>(*messages);
    auto rows = connection_.prepare("SELECT sequence, id, time, size, journal_key, recipients "
                                    "FROM message WHERE sequence > ?1 ORDER BY sequence");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    rows->bind(1, *indexed);
    for (;;) {
        const auto row = rows->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return {};
        }
        const chat::Sequence sequence = rows->integer(0);
        const auto id = base::MessageId::parse(rows->text(1));
        ledger_.end = sequence;
        ++ledger_.messages;
        if (id) {
            ledger_.pending.ids.push_back({*id, sequence});
        }
        const auto recipients = unpack_recipients(rows->blob(5));
        if (!id || !recipients) {
            base::log::error("store: unreadable id or recipients, the message is in no log id={}",
                             rows->text(1));
            continue;
        }
        std::vector<chat::EntityId> entities;
        for (std::size_t i = 0; i < recipients->recipients.size(); ++i) {
            if (recipients->entered[i]) {
                const chat::EntityId entity = recipients->recipients[i].entity;
                EntityState& state = ledger_.entities[entity];
                ++state.entries;
                state.octets += static_cast<std::uint64_t>(rows->integer(3));
                ++ledger_.entries;
                entities.push_back(entity);
                ledger_.pending.entries.push_back({entity, sequence});
            }
        }
        const std::string_view key_octets = rows->blob(4);
        JournalKey key{};
        if (key_octets.size() == key.size()) {
            std::memcpy(key.data(), key_octets.data(), key.size());
            std::ranges::sort(entities);
            journal_keys_.add(key, rows->integer(2));
            ledger_.pending.journal.add(key,
                                        {sequence, rows->integer(2), *id, pack_entities(entities)});
        }
    }
}

} // namespace mailcast::store::sqlite
