#include "store/sqlite/engine.h"
#include "store/store.h"

#include <fmt/core.h>

#include <utility>

namespace mailcast::store {

Result<std::unique_ptr<Store>> open(const OpenOptions& options) {
    constexpr std::string_view scheme = "sqlite:";
    const std::string_view url = options.url;
    if (!url.starts_with(scheme) || url.size() == scheme.size()) {
        return std::unexpected(Error{
            Error::Kind::unavailable,
            fmt::format("store url \"{}\" is not known; it should be sqlite:FILE, for instance "
                        "sqlite:mailcast.db",
                        url)});
    }
    return sqlite::open_engine(options, std::string(url.substr(scheme.size())), {});
}

void Store::commit(Commit commit, std::function<void(Committed)> done) {
    std::vector<Commit> one;
    one.push_back(std::move(commit));
    this->commit(std::move(one), [done = std::move(done)](std::vector<Committed> results) {
        done(std::move(results.front()));
    });
}

} // namespace mailcast::store
