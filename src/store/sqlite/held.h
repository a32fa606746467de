// Held mail: SQL over the writing connection, inside the caller's transaction.
#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::store::sqlite {

// What is held for an entity.
struct HeldSum {
    std::uint64_t mails = 0;
    std::uint64_t octets = 0;
};

SqlResult<HeldSum> sum_of_held(Connection& connection, chat::EntityId entity);

// Gives its number.  The mail is `commit`'s, but for note and recipient, which are the hold's.
SqlResult<std::int64_t> put_held(Connection& connection, const Commit& commit, const Hold& hold,
                                 std::string_view content);

// Without contents, oldest first; entity 0: of all.
SqlResult<std::vector<HeldItem>> read_held(Connection& connection, chat::EntityId entity);

// One with all that it takes to enter it in her log; nothing when it is not there or not hers.
SqlResult<std::optional<Commit>> take_held(Connection& connection, chat::EntityId entity,
                                           std::int64_t number);

// False when there was none.
SqlResult<bool> remove_held(Connection& connection, chat::EntityId entity, std::int64_t number);
SqlResult<void> remove_held_of(Connection& connection, chat::EntityId entity);

// Removes what was to be kept until then, at most so many, and says what it was.
SqlResult<std::vector<HeldItem>> expire_held(Connection& connection, base::Time now,
                                             std::size_t most);

} // namespace mailcast::store::sqlite
