#include "store/sqlite/committer.h"

#include "base/log.h"
#include "store/sqlite/accounts.h"
#include "store/sqlite/errors.h"

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace mailcast::store::sqlite {

namespace {

// How long dropping may hold up the next group.
constexpr std::chrono::milliseconds expiry_turn{5};

const Error closed_error{Error::Kind::closed, "the store is closed"};

} // namespace

Committer::Committer(std::unique_ptr<Database> database, const Settings& settings,
                     ContentFiles& files, Reader& reader)
    : settings_(settings), files_(files), reader_(reader), database_(std::move(database)) {
    // A removal that a crash cut short is finished.
    expiries_.push_back(expiry_of_removed());
    statistics_ = statistics();
    thread_ = std::thread([this] { run(); });
}

Committer::~Committer() {
    close();
}

void Committer::post(Request request) {
    {
        std::unique_lock lock(mutex_);
        if (closing_) {
            lock.unlock();
            refuse(request, closed_error);
            return;
        }
        queue_.push_back(std::move(request));
        if (queue_.size() > 1) {
            return; // the committer has been woken for the first
        }
    }
    wake_.notify_one();
}

void Committer::close() {
    {
        const std::scoped_lock lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Committer::run() {
    ::pthread_setname_np(::pthread_self(), "committer");
    std::vector<Request> batch;
    bool closing = false;
    for (;;) {
        wait_for_work(batch, closing);
        if (!accepting_ && Clock::now() >= next_try_) {
            recover();
        }
        if (!batch.empty()) {
            quiet_work_done_ = false;
            for (std::size_t at = 0; at < batch.size();) {
                at = run_group(batch, at);
            }
            batch.clear();
        } else if (expiries_.empty()) {
            work_when_quiet();
            if (closing) {
                break;
            }
        }
        if (!expiries_.empty()) {
            quiet_work_done_ = false;
            run_expiry();
        }
    }
    if (database_) {
        if (auto done = database_->checkpoint(true); !done) {
            base::log::error("store: last checkpoint failed path={}: {}", settings_.path,
                             done.error().message);
        }
        database_.reset();
    }
}

void Committer::wait_for_work(std::vector<Request>& batch, bool& closing) {
    const auto has_work = [this] { return !queue_.empty() || closing_; };
    std::unique_lock lock(mutex_);
    if (!expiries_.empty()) {
        // There is work already.
    } else if (!accepting_) {
        wake_.wait_until(lock, next_try_, has_work);
    } else if (!quiet_work_done_) {
        wake_.wait_for(lock, settings_.tuning.idle_delay, has_work);
    } else {
        wake_.wait(lock, has_work);
    }
    batch.swap(queue_);
    closing = closing_;
}

void Committer::work_when_quiet() {
    quiet_work_done_ = true;
    if (!accepting_) {
        return;
    }
    auto done = database_->index_behind();
    if (done && database_->wal_octets() > settings_.tuning.wal_octets_idle) {
        done = database_->checkpoint(false);
    }
    if (!done) {
        fail_behind(done.error());
    }
}

// Work behind the answers failed.  For want of room it waits: what is derived can be derived later.
void Committer::fail_behind(const SqlError& error) {
    database_->rollback();
    if (error.is_full() && !database_->in_transaction() && database_->load_ledger()) {
        base::log::error("store: disk full, indexing and expiry wait path={}: {}", settings_.path,
                         error.message);
        return;
    }
    stop_accepting(error);
}

std::size_t Committer::run_group(std::vector<Request>& batch, std::size_t from) {
    if (!accepting_) {
        for (std::size_t i = from; i < batch.size(); ++i) {
            if (auto* request = std::get_if<ReadStatisticsRequest>(&batch[i])) {
                request->done(statistics());
            } else {
                refuse(batch[i], trouble_);
            }
        }
        return batch.size();
    }
    answers_.clear();
    adopted_.clear();
    group_requests_ = 0;
    group_octets_ = 0;
    index_wanted_ = false;
    const std::size_t most = std::min(batch.size(), from + settings_.tuning.group_requests_max);
    for (std::size_t i = from; i < most; ++i) {
        if (const auto* request = std::get_if<CommitRequest>(&batch[i])) {
            for (const Commit& commit : request->commits) {
                if (!commit.content.temporary_file.empty()) {
                    ContentFiles::begin_writing(commit.content.temporary_file);
                }
            }
        }
    }
    std::size_t to = from;
    while (to < batch.size() && group_requests_ < settings_.tuning.group_requests_max &&
           group_octets_ < settings_.tuning.group_octets_max) {
        ++group_requests_;
        const auto done = std::visit([this](auto& request) { return perform(request); }, batch[to]);
        ++to;
        if (!done) {
            fail_group(batch, from, to, done.error());
            return to;
        }
    }
    if (auto done = finish_group(); !done) {
        fail_group(batch, from, to, done.error());
        return to;
    }
    for (auto& answer : answers_) {
        answer();
    }
    maintain();
    return to;
}

SqlResult<void> Committer::finish_group() {
    if (index_wanted_ && database_->ledger().has_pending()) {
        if (auto done = begin_once(); !done) {
            return done;
        }
        if (auto done = database_->index_pending(); !done) {
            return done;
        }
    }
    if (!database_->in_transaction()) {
        return {};
    }
    if (!adopted_.empty()) {
        if (auto done = files_.sync_folders(); !done) {
            return std::unexpected(SqlError{0, done.error().message});
        }
    }
    if (auto done = database_->commit(); !done) {
        return done;
    }
    ++statistics_.commits;
    return {};
}

void Committer::fail_group(std::vector<Request>& batch, std::size_t from, std::size_t to,
                           const SqlError& error) {
    database_->rollback();
    bool known = false;
    if (error.is_full()) {
        // Nothing of the group was written: what the database holds is known.
        base::log::error("store: disk full, {} requests refused path={}: {}", to - from,
                         settings_.path, error.message);
        for (const auto& id : adopted_) {
            files_.remove(id);
        }
        known = !database_->in_transaction() && database_->load_ledger().has_value();
    }
    const Error reason = to_error(error, settings_.path);
    for (std::size_t i = from; i < to; ++i) {
        refuse(batch[i], reason);
    }
    if (!known) {
        stop_accepting(error);
    }
}

void Committer::stop_accepting(const SqlError& error) {
    accepting_ = false;
    trouble_ = to_error(error, settings_.path);
    // What is refused from now on is refused for trouble with the store, not for want of room.
    trouble_.kind = Error::Kind::unavailable;
    pause_ = settings_.tuning.retry_first;
    base::log::error("store: nothing is accepted until the database has been opened again and "
                     "checked path={}: {}",
                     settings_.path, error.message);
    for (Expiry& task : std::exchange(expiries_, {})) {
        if (task.done) {
            task.done(std::unexpected(trouble_));
        }
    }
    recover();
}

void Committer::recover() {
    statistics_ = statistics();
    database_.reset();
    const auto reading_stopped = reader_.pause();
    auto opened = Database::open(settings_.path, settings_.tuning, settings_.journal_age, files_);
    if (!opened) {
        base::log::error("store: still not usable, next try in {} ms: {}", pause_.count(),
                         opened.error().message);
        trouble_.message = opened.error().message;
        next_try_ = Clock::now() + pause_;
        pause_ = std::min(pause_ * 2, settings_.tuning.retry_longest);
        return;
    }
    database_ = std::move(*opened);
    accepting_ = true;
    quiet_work_done_ = false;
    expiries_.push_back(expiry_of_removed());
    base::log::info("store: accepting again path={}", settings_.path);
}

// After the answers: what has piled up too high to wait for a quiet moment.
void Committer::maintain() {
    const Tuning& tuning = settings_.tuning;
    const Ledger& ledger = database_->ledger();
    if (ledger.pending_ids.size() >= tuning.pending_messages_max ||
        ledger.pending_entries.size() >= tuning.pending_entries_max) {
        if (auto done = database_->index_behind(); !done) {
            fail_behind(done.error());
            return;
        }
    }
    if (database_->wal_octets() > tuning.wal_octets_max) {
        if (auto done = database_->checkpoint(false); !done) {
            fail_behind(done.error());
        }
    }
}

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
        auto result = database_->append(commit, adopted_);
        if (!result) {
            return std::unexpected(std::move(result.error()));
        }
        request.results.push_back(std::move(*result));
        group_octets_ += commit.content.bytes.size() + commit.note->text.size();
    }
    group_requests_ += request.commits.size();
    answers_.emplace_back([this, &request] {
        for (const Committed& result : request.results) {
            statistics_.committed_messages += result.sequence != 0 ? 1 : 0;
            statistics_.duplicates += static_cast<std::uint64_t>(
                std::ranges::count(result.outcomes, Outcome::Result::duplicate, &Outcome::result));
        }
        request.done(std::move(request.results));
    });
    return {};
}

SqlResult<void> Committer::perform(ReadLogRequest& request) {
    index_wanted_ = true;
    request.end = database_->ledger().end;
    answers_.emplace_back([this, &request] { reader_.post(std::move(request)); });
    return {};
}

SqlResult<void> Committer::perform(ReadMailRequest& request) {
    index_wanted_ = true;
    answers_.emplace_back([this, &request] { reader_.post(std::move(request)); });
    return {};
}

SqlResult<void> Committer::perform(ReadCursorRequest& request) {
    auto position = read_cursor(database_->connection(), request.entity, request.client);
    if (!position) {
        return std::unexpected(std::move(position.error()));
    }
    answers_.emplace_back([&request, sequence = *position] { request.done(sequence); });
    return {};
}

SqlResult<void> Committer::perform(MoveCursorRequest& request) {
    const auto& entities = database_->ledger().entities;
    const auto entity = entities.find(request.entity);
    if (entity == entities.end() || !entity->second.has_account) {
        answers_.emplace_back([&request] {
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
    answers_.emplace_back([&request, result = std::move(*moved)] { request.done(result); });
    return {};
}

SqlResult<void> Committer::perform(ReadEndRequest& request) {
    answers_.emplace_back([&request, end = database_->ledger().end] { request.done(end); });
    return {};
}

SqlResult<void> Committer::perform(ReadAccountsRequest& request) {
    auto accounts = read_accounts(database_->connection());
    if (!accounts) {
        return std::unexpected(std::move(accounts.error()));
    }
    answers_.emplace_back(
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
    answers_.emplace_back(
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
        answers_.emplace_back([&request, result = std::move(*removed)] { request.done(result); });
        return {};
    }
    database_->ledger().entities[request.id].has_account = false;
    answers_.emplace_back([this, &request] {
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
    answers_.emplace_back([&request, result = std::move(*put)] { request.done(result); });
    return {};
}

SqlResult<void> Committer::perform(ExpireRequest& request) {
    answers_.emplace_back([this, &request] {
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
    answers_.emplace_back([this, &request] { request.done(statistics()); });
    return {};
}

SqlResult<void> Committer::perform(ChangeRequest& request) {
    if (auto done = begin_once(); !done) {
        return done;
    }
    if (auto done = request.change(database_->connection()); !done) {
        return done;
    }
    answers_.emplace_back([&request] { request.done(std::monostate{}); });
    return {};
}

Statistics Committer::statistics() {
    Statistics result = statistics_;
    result.accepting = accepting_;
    if (database_) {
        result.messages = database_->ledger().messages;
        result.entries = database_->ledger().entries;
        result.octets = database_->octets();
    }
    return result;
}

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
        if (auto done = database_->commit(); !done) {
            more = std::unexpected(done.error());
        } else {
            ++statistics_.commits;
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
