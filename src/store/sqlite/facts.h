// What chat remembers beside logs: relations, and which Message-ID belongs to which context.  SQL over the
// writing connection, inside the caller's transaction.
#pragma once

#include "chat/relation.h"
#include "store/sqlite/connection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::store::sqlite {

SqlResult<std::vector<chat::Relation>> read_relations(Connection& connection);
// Without effect for an entity that has no account.
SqlResult<void> put_relation(Connection& connection, const chat::Relation& relation);
SqlResult<void> remove_relation(Connection& connection, const chat::Relation& relation);
SqlResult<void> remove_relations_of(Connection& connection, chat::EntityId entity);

// The first mail that names a context keeps it.
SqlResult<void> put_context(Connection& connection, std::string_view message_id,
                            std::string_view context, std::int64_t time);
// Of the first that is known; "" when none is.
SqlResult<std::string> find_context(Connection& connection,
                                    const std::vector<std::string>& message_ids);
SqlResult<void> expire_contexts(Connection& connection, std::int64_t before, std::int64_t slice);

} // namespace mailcast::store::sqlite
