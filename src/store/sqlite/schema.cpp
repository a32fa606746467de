#include "store/sqlite/schema.h"

#include "base/log.h"
#include "store/sqlite/errors.h"

#include <fmt/core.h>

namespace mailcast::store::sqlite {

namespace {

constexpr std::string_view steps[] = {
#include "schema_text.inc"
};

} // namespace

std::span<const std::string_view> schema_steps() {
    return steps;
}

Result<void> migrate(Connection& connection, const std::string& path) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) {
        return std::unexpected(to_error(version.error(), path));
    }
    const auto newest = static_cast<std::int64_t>(schema_steps().size());
    if (*version < 0 || *version > newest) {
        return std::unexpected(Error{
            Error::Kind::newer_schema,
            fmt::format("{}: schema version {} is newer than {}, the newest that this program "
                        "knows; run a newer mailcast, or restore the copy made before the update",
                        path, *version, newest)});
    }
    for (std::int64_t from = *version; from < newest; ++from) {
        std::string step = "BEGIN IMMEDIATE;\n";
        step += schema_steps()[static_cast<std::size_t>(from)];
        step += fmt::format("\nPRAGMA user_version = {};\nCOMMIT;", from + 1);
        if (auto done = connection.execute(step); !done) {
            // The fault that stopped the step is what matters, not one of the rollback.
            (void)connection.execute("ROLLBACK");
            return std::unexpected(
                to_error(done.error(), fmt::format("{}: schema version {}", path, from + 1)));
        }
        if (*version > 0) {
            base::log::info("store: schema migrated path={} version={}", path, from + 1);
        }
    }
    return {};
}

} // namespace mailcast::store::sqlite
