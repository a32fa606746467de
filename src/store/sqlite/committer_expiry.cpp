// The committer's dropping of log entries, a slice at a time between groups.
#include "base/log.h"
#include "store/sqlite/committer.h"
#include "store/sqlite/errors.h"

#include <utility>

namespace mailcast::store::sqlite {

namespace {

// How long dropping may hold up the next group.
constexpr std::chrono::milliseconds expiry_turn{5};

} // namespace

Committer::Expiry Committer::expiry_of_removed() {
    Expiry task;
    for (const auto& [id, entity] : database_->ledger().entities) {
        if (!entity.has_account) {
            task.entities.push_back(id);
        }
    }
    return task;
}

void Committer::run_expiry() {
    std::vector<base::MessageId> files_gone;
    Expiry& task = expiries_.front();
    auto more = expire_for_a_while(task, files_gone);
    if (more && database_->in_transaction()) {
        // Flushed: a file must not go before the row that names it.
        auto done = database_->commit();
        if (done) {
            done = database_->wal_file().flush();
        }
        if (done) {
            ++commits_;
        } else {
            more = std::unexpected(done.error());
        }
    }
    if (!more) {
        if (task.done) {
            task.done(std::unexpected(to_error(more.error(), settings_.path)));
        }
        expiries_.pop_front();
        fail_behind(more.error());
        return;
    }
    for (const auto& id : files_gone) {
        files_.remove(id);
    }
    if (!*more) {
        const auto done = std::move(task.done);
        expiries_.pop_front();
        if (done) {
            done(std::monostate{});
        }
    }
    maintain();
}

SqlResult<bool> Committer::expire_for_a_while(Expiry& task,
                                              std::vector<base::MessageId>& files_gone) {
    const auto end = Clock::now() + expiry_turn;
    if (task.at < task.entities.size() || task.journal) {
        if (auto done = begin_once(); !done) {
            return std::unexpected(std::move(done.error()));
        }
        if (auto done = database_->index_pending(); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    while (task.at < task.entities.size()) {
        const auto more = database_->expire_slice(task.entities[task.at], task.now, files_gone);
        if (!more) {
            return more;
        }
        if (!*more) {
            ++task.at;
        }
        if (Clock::now() >= end) {
            return true;
        }
    }
    while (task.journal) {
        const auto more = database_->expire_journal_slice(task.now);
        if (!more) {
            return more;
        }
        task.journal = *more;
        if (Clock::now() >= end) {
            return true;
        }
    }
    return false;
}

} // namespace mailcast::store::sqlite
