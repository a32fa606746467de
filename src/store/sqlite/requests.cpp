#include "store/sqlite/requests.h"

#include <type_traits>
#include <unistd.h>

namespace mailcast::store::sqlite {

void refuse(Request& request, const Error& error) {
    std::visit(
        [&error](auto& r) {
            if constexpr (std::is_same_v<std::decay_t<decltype(r)>, CommitRequest>) {
                if (!r.commit.content.temporary_file.empty()) {
                    ::unlink(r.commit.content.temporary_file.c_str());
                }
                const auto result = error.kind == Error::Kind::full ? Outcome::Result::disk_full
                                                                    : Outcome::Result::failed;
                r.done({0, std::vector<Outcome>(r.commit.note->recipients.size(), {result, {}})});
            } else {
                r.done(std::unexpected(error));
            }
        },
        request);
}

} // namespace mailcast::store::sqlite
