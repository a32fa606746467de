// The SQLite engine as a Store: a committer thread that writes, a reader thread, and the folder they share.
#pragma once

#include "store/sqlite/tuning.h"
#include "store/store.h"

#include <memory>

namespace mailcast::store::sqlite {

// `path`: of the database, relative to the data folder or absolute.
Result<std::unique_ptr<Store>> open_engine(const OpenOptions& options, const std::string& path,
                                           const Tuning& tuning);

} // namespace mailcast::store::sqlite
