#include "store/sqlite/requests.h"

#include <type_traits>
#include <unistd.h>

namespace mailcast::store::sqlite {

void refuse(Request& request, const Error& error) {
    std::visit(
        [&error](auto& r) {
            if constexpr (std::is_same_v<std::decay_t<decltype(r)>, CommitRequest>) {
                const auto result = error.kind == Error::Kind::full ? Outcome::Result::disk_full
                                                                    : Outcome::Result::failed;
                std::vector<Committed> refused(r.commits.size());
                for (std::size_t i = 0; i < r.commits.size(); ++i) {
                    const Commit& commit = r.commits[i];
                    if (!commit.content.temporary_file.empty()) {
                        ::unlink(commit.content.temporary_file.c_str());
                    }
                    refused[i].outcomes.assign(commit.note->recipients.size(), {result, {}});
                    refused[i].held.assign(commit.holds.size(),
                                           {.outcome = {result, {}}, .announcement = nullptr});
                }
                r.done(std::move(refused));
            } else {
                r.done(std::unexpected(error));
            }
        },
        request);
}

} // namespace mailcast::store::sqlite
