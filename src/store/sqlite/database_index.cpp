// What is derived from `message`: entered behind, read again at open.
#include "base/log.h"
#include "store/packing.h"
#include "store/sqlite/accounts.h"
#include "store/sqlite/database.h"

#include <algorithm>
#include <tuple>

namespace mailcast::store::sqlite {

SqlResult<void> Database::save_usage(chat::EntityId id) {
    const EntityState& state = ledger_.entities[id];
    return put_usage_.bind(1, id)
        .bind(2, static_cast<std::int64_t>(state.entries))
        .bind(3, static_cast<std::int64_t>(state.octets))
        .run();
}

SqlResult<void> Database::index_pending() {
    if (!ledger_.has_pending()) {
        return {};
    }
    std::ranges::sort(ledger_.pending_entries);
    std::ranges::sort(ledger_.pending_ids, {}, &PendingId::id);
    for (std::size_t i = 0; i < ledger_.pending_entries.size(); ++i) {
        const PendingEntry& entry = ledger_.pending_entries[i];
        if (auto done = insert_log_.bind(1, entry.entity).bind(2, entry.sequence).run(); !done) {
            return done;
        }
        const bool last = i + 1 == ledger_.pending_entries.size() ||
                          ledger_.pending_entries[i + 1].entity != entry.entity;
        if (last) {
            if (auto done = save_usage(entry.entity); !done) {
                return done;
            }
        }
    }
    for (const PendingId& pending : ledger_.pending_ids) {
        if (auto done = insert_id_.bind_text(1, pending.id).bind(2, pending.sequence).run();
            !done) {
            return done;
        }
    }
    using Pending = std::pair<const JournalKey, JournalRecord>;
    std::vector<const Pending*> records;
    records.reserve(ledger_.pending_journal.size());
    for (const Pending& record : ledger_.pending_journal) {
        records.push_back(&record);
    }
    std::ranges::sort(records, {}, [](const Pending* record) {
        return std::tie(record->first, record->second.sequence);
    });
    for (const Pending* record : records) {
        const std::string_view key(reinterpret_cast<const char*>(record->first.data()),
                                   record->first.size());
        insert_journal_.bind_blob(1, key)
            .bind(2, record->second.sequence)
            .bind(3, record->second.time)
            .bind_text(4, record->second.id)
            .bind_blob(5, record->second.entities);
        if (auto done = insert_journal_.run(); !done) {
            return done;
        }
    }
    if (auto done = put_indexed_.bind(1, ledger_.end)
                        .bind(2, static_cast<std::int64_t>(ledger_.messages))
                        .run();
        !done) {
        return done;
    }
    ledger_.clear_pending();
    return {};
}

SqlResult<void> Database::index_behind() {
    if (!ledger_.has_pending()) {
        return {};
    }
    auto done = begin();
    if (done) {
        done = index_pending();
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
    return load_unindexed();
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
        const std::string id(rows->text(1));
        ledger_.end = sequence;
        ++ledger_.messages;
        ledger_.pending_ids.push_back({id, sequence});
        const auto recipients = unpack_recipients(rows->blob(5));
        if (!recipients) {
            base::log::error("store: unreadable recipients, the message is in no log id={}", id);
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
                ledger_.pending_entries.push_back({entity, sequence});
            }
        }
        const std::string_view key_octets = rows->blob(4);
        JournalKey key{};
        if (key_octets.size() == key.size()) {
            std::memcpy(key.data(), key_octets.data(), key.size());
            std::ranges::sort(entities);
            ledger_.pending_journal.emplace(
                key, JournalRecord{sequence, rows->integer(2), id, pack_entities(entities)});
        }
    }
}

} // namespace mailcast::store::sqlite
