// Retention: what logs no longer keep, and the messages that nobody has any more.
#include "store/sqlite/database.h"
#include "store/sqlite/facts.h"

#include <algorithm>

namespace mailcast::store::sqlite {

SqlResult<void> Database::drop_entry(chat::EntityId id, chat::Sequence sequence,
                                     std::vector<base::MessageId>& files_gone) {
    if (auto done = delete_log_.bind(1, id).bind(2, sequence).run(); !done) {
        return done;
    }
    EntityState& state = ledger_.entities[id];
    state.entries -= std::min<std::uint64_t>(state.entries, 1);
    ledger_.entries -= std::min<std::uint64_t>(ledger_.entries, 1);

    const auto found = find_message_.bind(1, sequence).step();
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        return {};
    }
    const std::int64_t entries = find_message_.integer(0);
    const auto size = static_cast<std::uint64_t>(find_message_.integer(1));
    const bool in_file = find_message_.integer(2) != 0;
    const std::string message_id(find_message_.text(3));
    find_message_.reset();
    state.octets -= std::min(state.octets, size);

    if (entries > 1) {
        const auto counted = count_gone_.bind(1, sequence).step();
        if (!counted) {
            return std::unexpected(counted.error());
        }
        const std::int64_t gone = *counted ? count_gone_.integer(0) : 0;
        count_gone_.reset();
        if (gone < entries) {
            return {};
        }
        if (auto done = delete_expired_.bind(1, sequence).run(); !done) {
            return done;
        }
    }
    if (auto done = delete_message_.bind(1, sequence).run(); !done) {
        return done;
    }
    if (auto done = delete_id_.bind_text(1, message_id).run(); !done) {
        return done;
    }
    ledger_.messages -= std::min<std::uint64_t>(ledger_.messages, 1);
    if (in_file) {
        ledger_.file_octets -= std::min(ledger_.file_octets, size);
        if (const auto parsed = base::MessageId::parse(message_id)) {
            files_gone.push_back(*parsed);
        }
    }
    return {};
}

SqlResult<bool> Database::expire_slice(chat::EntityId id, base::Time now,
                                       std::vector<base::MessageId>& files_gone) {
    const auto found = ledger_.entities.find(id);
    if (found == ledger_.entities.end()) {
        return false;
    }
    const EntityState& state = found->second;
    const std::uint64_t excess = state.keep_count && state.entries > *state.keep_count
                                     ? state.entries - *state.keep_count
                                     : 0;
    if (state.has_account && excess == 0 && !state.keep_age) {
        return false;
    }
    std::vector<chat::Sequence> drop;
    oldest_entries_.bind(1, id).bind(2, static_cast<std::int64_t>(tuning_.expiry_slice));
    for (;;) {
        const auto row = oldest_entries_.step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            break;
        }
        const auto age = now - base::from_unix_ms(oldest_entries_.integer(1));
        const bool old = state.keep_age && age > *state.keep_age;
        if (state.has_account && drop.size() >= excess && !old) {
            oldest_entries_.reset();
            break;
        }
        drop.push_back(oldest_entries_.integer(0));
    }
    for (const chat::Sequence sequence : drop) {
        if (auto done = drop_entry(id, sequence, files_gone); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    const bool more = drop.size() == tuning_.expiry_slice;
    if (!state.has_account && !more) {
        ledger_.entities.erase(found);
        if (auto done = delete_usage_.bind(1, id).run(); !done) {
            return std::unexpected(std::move(done.error()));
        }
    } else if (!drop.empty()) {
        if (auto done = save_usage(id); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    if (!drop.empty()) {
        if (auto done = put_indexed_.bind(1, ledger_.end)
                            .bind(2, static_cast<std::int64_t>(ledger_.messages))
                            .run();
            !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    return more;
}

SqlResult<bool> Database::expire_journal_slice(base::Time now) {
    const auto slice = static_cast<std::int64_t>(tuning_.expiry_slice);
    const std::int64_t oldest = base::to_unix_ms(now) - journal_age_.count();
    if (auto done = expire_journal_.bind(1, journal_hour(oldest)).bind(2, slice).run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    const bool more = connection_.changes() == slice;
    if (!more) {
        journal_keys_.forget_before(oldest);
    }
    if (auto done = expire_contexts(
            connection_,
            base::to_unix_ms(now) - std::chrono::milliseconds(tuning_.thread_age).count(), slice);
        !done) {
        return std::unexpected(std::move(done.error()));
    }
    return more;
}

} // namespace mailcast::store::sqlite
