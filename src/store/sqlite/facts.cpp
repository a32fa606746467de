#include "store/sqlite/facts.h"

#include <utility>

namespace mailcast::store::sqlite {

SqlResult<std::vector<chat::Relation>> read_relations(Connection& connection) {
    auto rows = connection.prepare("SELECT entity, kind, subject, value FROM relation");
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    std::vector<chat::Relation> relations;
    for (;;) {
        const auto row = rows->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return relations;
        }
        relations.push_back({.entity = rows->integer(0),
                             .kind = static_cast<chat::RelationKind>(rows->integer(1)),
                             .subject = std::string(rows->text(2)),
                             .value = std::string(rows->text(3))});
    }
}

SqlResult<void> put_relation(Connection& connection, const chat::Relation& relation) {
    auto put = connection.prepare("INSERT OR REPLACE INTO relation (entity, kind, subject, value) "
                                  "SELECT id, ?2, ?3, ?4 FROM account WHERE id = ?1");
    if (!put) {
        return std::unexpected(std::move(put.error()));
    }
    return put->bind(1, relation.entity)
        .bind(2, static_cast<std::int64_t>(relation.kind))
        .bind_text(3, relation.subject)
        .bind_text(4, relation.value)
        .run();
}

SqlResult<void> remove_relation(Connection& connection, const chat::Relation& relation) {
    auto remove =
        connection.prepare("DELETE FROM relation WHERE entity = ?1 AND kind = ?2 AND subject = ?3");
    if (!remove) {
        return std::unexpected(std::move(remove.error()));
    }
    return remove->bind(1, relation.entity)
        .bind(2, static_cast<std::int64_t>(relation.kind))
        .bind_text(3, relation.subject)
        .run();
}

SqlResult<void> remove_relations_of(Connection& connection, chat::EntityId entity) {
    auto remove = connection.prepare("DELETE FROM relation WHERE entity = ?1");
    if (!remove) {
        return std::unexpected(std::move(remove.error()));
    }
    return remove->bind(1, entity).run();
}

SqlResult<void> put_context(Connection& connection, std::string_view message_id,
                            std::string_view context, std::int64_t time) {
    auto put = connection.prepare("INSERT OR IGNORE INTO thread VALUES (?1, ?2, ?3)");
    if (!put) {
        return std::unexpected(std::move(put.error()));
    }
    return put->bind_text(1, message_id).bind_text(2, context).bind(3, time).run();
}

SqlResult<std::string> find_context(Connection& connection,
                                    const std::vector<std::string>& message_ids) {
    auto find = connection.prepare("SELECT context FROM thread WHERE message_id = ?1");
    if (!find) {
        return std::unexpected(std::move(find.error()));
    }
    for (const std::string& message_id : message_ids) {
        const auto row = find->bind_text(1, message_id).step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (*row) {
            return std::string(find->text(0));
        }
    }
    return std::string();
}

SqlResult<void> expire_contexts(Connection& connection, std::int64_t before, std::int64_t slice) {
    auto expire = connection.prepare("DELETE FROM thread WHERE message_id IN "
                                     "(SELECT message_id FROM thread WHERE time < ?1 LIMIT ?2)");
    if (!expire) {
        return std::unexpected(std::move(expire.error()));
    }
    return expire->bind(1, before).bind(2, slice).run();
}

} // namespace mailcast::store::sqlite
