// Accounts, aliases and cursors: SQL over the writing connection, inside the caller's transaction.
#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/tuning.h"
#include "store/store.h"

#include <string>
#include <string_view>

namespace mailcast::store::sqlite {

// What became of a change: the transaction can go on unless it is an SqlError.
template <typename T>
using Answer = SqlResult<Result<T>>;

SqlResult<Accounts> read_accounts(Connection& connection);
Answer<Account> put_account(Connection& connection, Account account);
// Only beside this hash; false when the account has another one, or there is none.
SqlResult<bool> put_scram(Connection& connection, chat::EntityId id, std::string_view password_hash,
                          std::string_view scram);
// The account and its cursors; its log is for retention.
Answer<std::monostate> remove_account(Connection& connection, chat::EntityId id);
Answer<std::monostate> put_alias(Connection& connection, const Alias& alias);

SqlResult<chat::Sequence> read_cursor(Connection& connection, chat::EntityId entity,
                                      std::string_view client);
SqlResult<chat::Sequence> read_farthest_cursor(Connection& connection, chat::EntityId entity);
Answer<std::monostate> move_cursor(Connection& connection, chat::EntityId entity,
                                   std::string_view client, chat::Sequence to,
                                   const Tuning& tuning);

// Rules as JSON, only what differs from the default.  A key that is not known is left out on reading, so
// that a step back to an older program keeps what it understands.
std::string rules_to_json(const delivery::Rules& rules);
delivery::Rules rules_from_json(std::string_view json);

} // namespace mailcast::store::sqlite
