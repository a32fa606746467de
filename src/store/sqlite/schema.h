// Versions of the schema and the way from one to the next.  The version stands in PRAGMA user_version.
#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

#include <span>
#include <string_view>

namespace mailcast::store::sqlite {

// The texts of sqlite/schema/NNNN.sql: the first makes version 1, each next one version more.
std::span<const std::string_view> schema_steps();

// Brings an empty or older database to the newest version, in one transaction a step.
// Error::newer_schema when the database is ahead of this program.
Result<void> migrate(Connection& connection, const std::string& path);

} // namespace mailcast::store::sqlite
