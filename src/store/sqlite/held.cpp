#include "store/sqlite/held.h"

#include "store/packing.h"

#include <utility>

namespace mailcast::store::sqlite {

namespace {

// Columns id, entity, received, kept_until, sender, octets, note.
HeldItem item_of(const Statement& row) {
    HeldItem item;
    item.number = row.integer(0);
    item.entity = row.integer(1);
    item.received = base::from_unix_ms(row.integer(2));
    item.kept_until = base::from_unix_ms(row.integer(3));
    item.sender = row.text(4);
    item.octets = static_cast<std::uint64_t>(row.integer(5));
    item.note = unpack_note(row.blob(6));
    return item;
}

SqlResult<std::vector<HeldItem>> items_of(Statement& rows) {
    std::vector<HeldItem> items;
    for (;;) {
        const auto row = rows.step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return items;
        }
        items.push_back(item_of(rows));
    }
}

} // namespace

SqlResult<HeldSum> sum_of_held(Connection& connection, chat::EntityId entity) {
    auto rows =
        connection.prepare("SELECT count(*), ifnull(sum(octets), 0) FROM held WHERE entity = ?1");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    if (const auto row = rows->bind(1, entity).step(); !row) {
        return std::unexpected(row.error());
    }
    return HeldSum{.mails = static_cast<std::uint64_t>(rows->integer(0)),
                   .octets = static_cast<std::uint64_t>(rows->integer(1))};
}

SqlResult<std::int64_t> put_held(Connection& connection, const Commit& commit, const Hold& hold,
                                 std::string_view content) {
    auto insert = connection.prepare(
        "INSERT INTO held (entity, received, kept_until, sender, octets, note, recipient, "
        "queue_id, envelope, trace, content) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    if (!insert) {
        return std::unexpected(std::move(insert.error()));
    }
    const std::string note = pack_note(*hold.note);
    const std::string recipient =
        pack_recipients(hold.note->recipients, std::vector<bool>(hold.note->recipients.size()));
    const std::string envelope = pack_strings(commit.all_recipients);
    insert->bind(1, hold.note->recipients.front().entity)
        .bind(2, base::to_unix_ms(hold.note->time))
        .bind(3, base::to_unix_ms(hold.kept_until))
        .bind_text(4, hold.note->mail.envelope_from)
        .bind(5, static_cast<std::int64_t>(content.size()))
        .bind_blob(6, note)
        .bind_blob(7, recipient)
        .bind_text(8, commit.queue_id)
        .bind_blob(9, envelope)
        .bind_blob(10, commit.trace)
        .bind_blob(11, content);
    if (auto done = insert->run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return connection.last_insert_rowid();
}

SqlResult<std::vector<HeldItem>> read_held(Connection& connection, chat::EntityId entity) {
    auto rows = connection.prepare(
        "SELECT id, entity, received, kept_until, sender, octets, note FROM held "
        "WHERE entity = ?1 OR ?1 = 0 ORDER BY id");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    rows->bind(1, entity);
    return items_of(*rows);
}

SqlResult<std::optional<Commit>> take_held(Connection& connection, chat::EntityId entity,
                                           std::int64_t number) {
    auto rows =
        connection.prepare("SELECT note, recipient, queue_id, envelope, trace, content FROM held "
                           "WHERE id = ?1 AND entity = ?2");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    const auto row = rows->bind(1, number).bind(2, entity).step();
    if (!row) {
        return std::unexpected(row.error());
    }
    if (!*row) {
        return std::optional<Commit>{};
    }
    const auto packed = unpack_note(rows->blob(0));
    auto recipients = unpack_recipients(rows->blob(1));
    if (packed == nullptr || !recipients) {
        return std::optional<Commit>{};
    }
    auto note = std::make_shared<chat::Note>(*packed);
    note->recipients = std::move(recipients->recipients);
    Commit commit;
    commit.note = std::move(note);
    commit.queue_id = rows->text(2);
    commit.all_recipients = unpack_strings(rows->blob(3)).value_or(std::vector<std::string>{});
    commit.trace = rows->blob(4);
    commit.content.bytes = rows->blob(5);
    commit.content.size = commit.content.bytes.size();
    return std::optional(std::move(commit));
}

SqlResult<bool> remove_held(Connection& connection, chat::EntityId entity, std::int64_t number) {
    auto remove = connection.prepare("DELETE FROM held WHERE id = ?1 AND entity = ?2");
    if (!remove) {
        return std::unexpected(std::move(remove.error()));
    }
    if (auto done = remove->bind(1, number).bind(2, entity).run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return connection.changes() > 0;
}

SqlResult<void> remove_held_of(Connection& connection, chat::EntityId entity) {
    auto remove = connection.prepare("DELETE FROM held WHERE entity = ?1");
    if (!remove) {
        return std::unexpected(std::move(remove.error()));
    }
    return remove->bind(1, entity).run();
}

SqlResult<std::vector<HeldItem>> expire_held(Connection& connection, base::Time now,
                                             std::size_t most) {
    auto rows = connection.prepare(
        "DELETE FROM held WHERE id IN (SELECT id FROM held WHERE kept_until <= ?1 LIMIT ?2) "
        "RETURNING id, entity, received, kept_until, sender, octets, note");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    rows->bind(1, base::to_unix_ms(now)).bind(2, static_cast<std::int64_t>(most));
    return items_of(*rows);
}

} // namespace mailcast::store::sqlite
