// What the committer does for each kind of request, inside the transaction of its group.  The answers are given
// after the flush, by whichever thread flushed: they may use only what belongs to the request, unless the group
// is marked is_answered_here.
#include "store/sqlite/accounts.h"
#include "store/sqlite/committer.h"

#include <algorithm>
#include <utility>

namespace mailcast::store::sqlite {

SqlResult<void> Committer::begin_once() {
    if (database_->in_transaction()) {
        return {};
    }
    return database_->begin();
}

SqlResult<void> Committer::perform(CommitRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    request.results.reserve(request.commits.size());
    for (const Commit& commit : request.commits) {
        auto result = database_->append(commit, group_->adopted);
        if (!result) {
            return std::unexpected(std::move(result.error()));
        }
        if (has_room_to_make(commit, *result)) {
            expire_soon(commit);
        }
        request.results.push_back(std::move(*result));
        group_->octets += commit.content.bytes.size() + commit.note->text.size();
    }
    group_->requests_counted += request.commits.size();
    group_->answers.emplace_back([this, &request] {
        for (const Committed& result : request.results) {
            committed_messages_ += result.sequence != 0 ? 1 : 0;
            duplicates_ += static_cast<std::uint64_t>(
                std::ranges::count(result.outcomes, Outcome::Result::duplicate, &Outcome::result));
        }
        request.done(std::move(request.results));
    });
    return {};
}

// A log was full with entries in it that are not kept any more.
bool Committer::has_room_to_make(const Commit& commit, const Committed& result) const {
    const auto& entities = database_->ledger().entities;
    for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
        if (result.outcomes[i].result != Outcome::Result::full) {
            continue;
        }
        const auto found = entities.find(commit.note->recipients[i].entity);
        if (found != entities.end() && found->second.keep_count &&
            found->second.entries > *found->second.keep_count) {
            return true;
        }
    }
    return false;
}

// Behind the answers of this group, which told the peer to try again.
void Committer::expire_soon(const Commit& commit) {
    Expiry task{commit.note->time, {}, 0, false, nullptr};
    for (const chat::Addressed& recipient : commit.note->recipients) {
        task.entities.push_back(recipient.entity);
    }
    expiries_.push_back(std::move(task));
}

SqlResult<void> Committer::perform(ReadLogRequest& request) {
    group_->index_wanted = true;
    request.end = database_->ledger().end;
    const auto& entities = database_->ledger().entities;
    if (const auto entity = entities.find(request.query.entity); entity != entities.end()) {
        const EntityState& state = entity->second;
        if (state.keep_count && state.entries > *state.keep_count) {
            request.keep_count = state.keep_count;
        }
        if (state.keep_age && request.query.now) {
            request.oldest = *request.query.now - *state.keep_age;
        }
    }
    group_->answers.emplace_back([this, &request] { reader_.post(std::move(request)); });
    return {};
}

SqlResult<void> Committer::perform(ReadMailRequest& request) {
    group_->index_wanted = true;
    group_->answers.emplace_back([this, &request] { reader_.post(std::move(request)); });
    return {};
}

SqlResult<void> Committer::perform(ReadNoteRequest& request) {
    group_->index_wanted = true;
    group_->answers.emplace_back([this, &request] { reader_.post(std::move(request)); });
    return {};
}

SqlResult<void> Committer::perform(ReadCursorRequest& request) {
    auto position = read_cursor(database_->connection(), request.entity, request.client);
    if (!position) {
        return std::unexpected(std::move(position.error()));
    }
    group_->answers.emplace_back([&request, sequence = *position] { request.done(sequence); });
    return {};
}

SqlResult<void> Committer::perform(MoveCursorRequest& request) {
    const auto& entities = database_->ledger().entities;
    const auto entity = entities.find(request.entity);
    if (entity == entities.end() || !entity->second.has_account) {
        group_->answers.emplace_back([&request] {
            request.done(
                std::unexpected(Error{Error::Kind::not_found, "there is no such account"}));
        });
        return {};
    }
    if (auto done = begin_once(); !done) {
        return done;
    }
    auto moved = move_cursor(database_->connection(), request.entity, request.client, request.to,
                             settings_.tuning);
    if (!moved) {
        return std::unexpected(std::move(moved.error()));
    }
    group_->answers.emplace_back([&request, result = std::move(*moved)] { request.done(result); });
    return {};
}

SqlResult<void> Committer::perform(ReadEndRequest& request) {
    group_->answers.emplace_back([&request, end = database_->ledger().end] { request.done(end); });
    return {};
}

SqlResult<void> Committer::perform(ReadAccountsRequest& request) {
    auto accounts = read_accounts(database_->connection());
    if (!accounts) {
        return std::unexpected(std::move(accounts.error()));
    }
    group_->answers.emplace_back(
        [&request, result = std::move(*accounts)]() mutable { request.done(std::move(result)); });
    return {};
}

SqlResult<void> Committer::perform(PutAccountRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    auto put = put_account(database_->connection(), request.account);
    if (!put) {
        return std::unexpected(std::move(put.error()));
    }
    if (*put) {
        database_->ledger().set_rules((*put)->id, (*put)->rules);
    }
    group_->answers.emplace_back(
        [&request, result = std::move(*put)]() mutable { request.done(std::move(result)); });
    return {};
}

SqlResult<void> Committer::perform(RemoveAccountRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    auto removed = remove_account(database_->connection(), request.id);
    if (!removed) {
        return std::unexpected(std::move(removed.error()));
    }
    if (!*removed) {
        group_->answers.emplace_back(
            [&request, result = std::move(*removed)] { request.done(result); });
        return {};
    }
    database_->ledger().entities[request.id].has_account = false;
    group_->is_answered_here = true;
    group_->answers.emplace_back([this, &request] {
        expiries_.push_back({{}, {request.id}, 0, false, std::move(request.done)});
    });
    return {};
}

SqlResult<void> Committer::perform(PutAliasRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    auto put = put_alias(database_->connection(), request.alias);
    if (!put) {
        return std::unexpected(std::move(put.error()));
    }
    group_->answers.emplace_back([&request, result = std::move(*put)] { request.done(result); });
    return {};
}

SqlResult<void> Committer::perform(ExpireRequest& request) {
    group_->is_answered_here = true;
    group_->answers.emplace_back([this, &request] {
        Expiry task{request.now, {}, 0, true, std::move(request.done)};
        task.entities.reserve(database_->ledger().entities.size());
        for (const auto& [id, entity] : database_->ledger().entities) {
            if (!entity.has_account || entity.keep_count || entity.keep_age) {
                task.entities.push_back(id);
            }
        }
        expiries_.push_back(std::move(task));
    });
    return {};
}

SqlResult<void> Committer::perform(ReadStatisticsRequest& request) {
    group_->answers.emplace_back([&request, result = statistics()] { request.done(result); });
    return {};
}

SqlResult<void> Committer::perform(ReleaseRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    auto released = database_->release(request.entity, request.number, group_->adopted);
    if (!released) {
        return std::unexpected(std::move(released.error()));
    }
    group_->answers.emplace_back(
        [&request, result = std::move(*released)]() mutable { request.done(std::move(result)); });
    return {};
}

SqlResult<void> Committer::perform(ChangeRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    if (auto done = request.change(database_->connection()); !done) {
        return done;
    }
    group_->answers.emplace_back([&request] { request.done(std::monostate{}); });
    return {};
}

} // namespace mailcast::store::sqlite
