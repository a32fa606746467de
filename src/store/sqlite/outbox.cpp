#include "store/sqlite/outbox.h"

#include "store/packing.h"

#include <utility>

namespace mailcast::store::sqlite {

namespace {

OutboxItem item_of(const Statement& row) {
    OutboxItem item;
    item.id = row.integer(0);
    item.destination = row.text(1);
    item.targets = unpack_outbox_targets(row.blob(2)).value_or(std::vector<OutboxTarget>{});
    item.sender = row.integer(3);
    item.created = base::from_unix_ms(row.integer(4));
    item.next_try = base::from_unix_ms(row.integer(5));
    item.attempts = static_cast<std::uint32_t>(row.integer(6));
    item.reason = row.text(7);
    item.once = row.text(8);
    item.octets = static_cast<std::uint64_t>(row.integer(9));
    item.reverse_path = row.text(10);
    return item;
}

} // namespace

SqlResult<std::vector<OutboxItem>> read_outbox(Connection& connection) {
    auto rows = connection.prepare(
        "SELECT id, destination, targets, sender, created, next_try, attempts, reason, once, "
        "ifnull(length(note), 0) + ifnull(length(content), 0), reverse_path FROM outbox ORDER BY "
        "id");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    std::vector<OutboxItem> items;
    for (;;) {
        const auto row = rows->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return items;
        }
        items.push_back(item_of(*rows));
    }
}

SqlResult<OutboxItem> read_outbox_item(Connection& connection, std::int64_t id) {
    auto rows = connection.prepare(
        "SELECT id, destination, targets, sender, created, next_try, attempts, reason, once, "
        "ifnull(length(note), 0) + ifnull(length(content), 0), reverse_path, note, content "
        "FROM outbox WHERE id = ?1");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    const auto row = rows->bind(1, id).step();
    if (!row) {
        return std::unexpected(row.error());
    }
    if (!*row) {
        return OutboxItem{};
    }
    OutboxItem item = item_of(*rows);
    if (!rows->is_null(11)) {
        item.note = unpack_note(rows->blob(11));
    }
    item.content = rows->blob(12);
    return item;
}

SqlResult<void> put_outbox_item(Connection& connection, OutboxItem& item) {
    const std::string targets = pack_outbox_targets(item.targets);
    if (item.id != 0) {
        auto update = connection.prepare("UPDATE outbox SET targets = ?2, next_try = ?3, "
                                         "attempts = ?4, reason = ?5 WHERE id = ?1");
        if (!update) {
            return std::unexpected(std::move(update.error()));
        }
        return update->bind(1, item.id)
            .bind_blob(2, targets)
            .bind(3, base::to_unix_ms(item.next_try))
            .bind(4, item.attempts)
            .bind_text(5, item.reason)
            .run();
    }
    auto insert = connection.prepare(
        "INSERT INTO outbox (destination, targets, sender, created, next_try, attempts, reason, "
        "once, reverse_path, note, content) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?9, ?10)");
    if (!insert) {
        return std::unexpected(std::move(insert.error()));
    }
    const std::string note = item.note == nullptr ? std::string() : pack_note(*item.note);
    insert->bind_text(1, item.destination)
        .bind_blob(2, targets)
        .bind(3, item.sender)
        .bind(4, base::to_unix_ms(item.created))
        .bind(5, base::to_unix_ms(item.next_try))
        .bind(6, item.attempts)
        .bind_text(7, item.reason)
        .bind_text(8, item.once);
    if (item.note == nullptr) {
        insert->bind_null(9);
    } else {
        insert->bind_blob(9, note);
    }
    insert->bind_blob(10, item.content).bind_text(11, item.reverse_path);
    if (auto done = insert->run(); !done) {
        return done;
    }
    item.id = connection.last_insert_rowid();
    return {};
}

SqlResult<void> remove_outbox_item(Connection& connection, std::int64_t id) {
    auto remove = connection.prepare("DELETE FROM outbox WHERE id = ?1");
    if (!remove) {
        return std::unexpected(std::move(remove.error()));
    }
    return remove->bind(1, id).run();
}

} // namespace mailcast::store::sqlite
