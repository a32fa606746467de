// The outbox: what waits to go to other nodes or to the smarthost.  SQL over the writing connection, inside the
// caller's transaction.
#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

#include <cstdint>
#include <vector>

namespace mailcast::store::sqlite {

// All that waits, oldest first, without `note` and `content`.
SqlResult<std::vector<OutboxItem>> read_outbox(Connection& connection);
// One item whole; id 0 when it is gone.
SqlResult<OutboxItem> read_outbox_item(Connection& connection, std::int64_t id);
// A new one when id is 0 (the item's id is set), else its targets, attempts and reason.
SqlResult<void> put_outbox_item(Connection& connection, OutboxItem& item);
SqlResult<void> remove_outbox_item(Connection& connection, std::int64_t id);

} // namespace mailcast::store::sqlite
