#include "store/sqlite/errors.h"

#include <fmt/core.h>

namespace mailcast::store::sqlite {

Error to_error(const SqlError& error, std::string_view what) {
    if (error.is_corrupt()) {
        return {
            Error::Kind::corrupt,
            fmt::format("{}: {}; the database is damaged: stop, keep a copy, restore a backup or "
                        "use the sqlite3 shell's .recover",
                        what, error.message)};
    }
    if (error.is_full()) {
        return {Error::Kind::full,
                fmt::format("{}: {}; make room on the disk", what, error.message)};
    }
    return {Error::Kind::unavailable, fmt::format("{}: {}", what, error.message)};
}

} // namespace mailcast::store::sqlite
