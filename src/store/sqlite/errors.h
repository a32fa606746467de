// SQLite's errors as those of the Store.
#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

#include <string_view>

namespace mailcast::store::sqlite {

// `what`: the file or the thing that was being done.
Error to_error(const SqlError& error, std::string_view what);

} // namespace mailcast::store::sqlite
