#include "store/sqlite/committer.h"

#include "base/log.h"
#include "store/sqlite/errors.h"

#include <algorithm>
#include <cstdint>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace mailcast::store::sqlite {

namespace {

const Error closed_error{Error::Kind::closed, "the store is closed"};

} // namespace

Committer::Committer(std::unique_ptr<Database> database, const Settings& settings,
                     ContentFiles& files, Reader& reader)
    : settings_(settings), files_(files), reader_(reader), database_(std::move(database)),
      group_(std::make_unique<Group>()) {
    // A removal that a crash cut short is finished.
    expiries_.push_back(expiry_of_removed());
    thread_ = std::thread([this] { run(); });
    flusher_ = std::thread([this] { run_flusher(); });
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
    {
        const std::scoped_lock lock(mutex_);
        flusher_ends_ = true;
    }
    flush_wake_.notify_one();
    if (flusher_.joinable()) {
        flusher_.join();
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
        const bool idle = batch.empty() && group_->requests.empty() && expiries_.empty();
        if (!batch.empty()) {
            quiet_work_done_ = false;
            works_when_quiet_ = false;
            begin_writing(batch);
            for (Request& request : batch) {
                take(std::move(request));
            }
            batch.clear();
        }
        if (!group_->requests.empty() && can_flush()) {
            finish_group(Flush::behind);
        }
        if (!expiries_.empty()) {
            quiet_work_done_ = false;
            come_to_rest();
            if (!expiries_.empty()) {
                run_expiry();
            }
        }
        if (idle) {
            come_to_rest();
            work_when_quiet();
            if (closing && !works_when_quiet_) {
                break;
            }
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
    const bool group_waits = !group_->requests.empty();
    const auto has_work = [this, group_waits] {
        return !queue_.empty() || closing_ || flush_error_ || (group_waits && flushing_ == nullptr);
    };
    std::unique_lock lock(mutex_);
    waits_for_flush_ = group_waits;
    if (!expiries_.empty() || works_when_quiet_) {
        // There is work already.
    } else if (!accepting_) {
        wake_.wait_until(lock, next_try_, has_work);
    } else if (!quiet_work_done_) {
        wake_.wait_for(lock, settings_.tuning.idle_delay, has_work);
    } else {
        wake_.wait(lock, has_work);
    }
    waits_for_flush_ = false;
    batch.swap(queue_);
    closing = closing_;
}

// One slice of it; the next follows at once unless a request comes in between.
void Committer::work_when_quiet() {
    works_when_quiet_ = false;
    quiet_work_done_ = true;
    if (!accepting_) {
        return;
    }
    SqlResult<void> done;
    if (database_->ledger().has_pending()) {
        done = database_->index_behind(settings_.tuning.index_slice_quiet);
        works_when_quiet_ = done && database_->ledger().has_pending();
    }
    if (done && !works_when_quiet_ && database_->wal_octets() > settings_.tuning.wal_octets_idle) {
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

void Committer::begin_writing(const std::vector<Request>& batch) {
    for (const Request& request : batch) {
        if (const auto* mails = std::get_if<CommitRequest>(&request)) {
            for (const Commit& commit : mails->commits) {
                if (!commit.content.temporary_file.empty()) {
                    ContentFiles::begin_writing(commit.content.temporary_file);
                }
            }
        }
    }
}

void Committer::take(Request request) {
    if (!accepting_) {
        if (auto* asked = std::get_if<ReadStatisticsRequest>(&request)) {
            asked->done(statistics());
        } else {
            refuse(request, trouble_);
        }
        return;
    }
    Request& taken = group_->requests.emplace_back(std::move(request));
    ++group_->requests_counted;
    if (auto done = std::visit([this](auto& asked) { return perform(asked); }, taken); !done) {
        fail_group(done.error());
        return;
    }
    const Tuning& tuning = settings_.tuning;
    if (group_->requests_counted >= tuning.group_requests_max ||
        group_->octets >= tuning.group_octets_max) {
        settle();
        if (!group_->requests.empty()) {
            finish_group(Flush::behind);
        }
    }
}

// Nobody is flushing: commits, has it flushed, answers.
void Committer::finish_group(Flush flush) {
    auto written = commit_group();
    if (!written) {
        fail_group(written.error());
        return;
    }
    group_->is_written = *written;
    group_->wal = database_->wal_file();
    if (flush == Flush::behind && is_worth_a_thread()) {
        {
            const std::scoped_lock lock(mutex_);
            flushing_ = std::exchange(group_, std::make_unique<Group>());
        }
        flush_wake_.notify_one();
        index_along();
        return;
    }
    if (auto done = flush_group(*group_); !done) {
        fail_group(done.error());
        return;
    }
    group_ = std::make_unique<Group>();
    maintain();
}

bool Committer::is_worth_a_thread() {
    if (group_->is_answered_here || !group_->is_written || is_maintenance_due()) {
        return false;
    }
    if (group_->requests_counted > 2) {
        return true;
    }
    const std::scoped_lock lock(mutex_);
    return !queue_.empty();
}

// True: there is something to flush.
SqlResult<bool> Committer::commit_group() {
    if (group_->index_wanted && database_->ledger().has_pending()) {
        if (auto done = begin_once(); !done) {
            return std::unexpected(std::move(done.error()));
        }
        if (auto done = database_->index_pending(); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    if (!database_->in_transaction()) {
        return false;
    }
    if (!group_->adopted.empty()) {
        if (auto done = files_.sync_folders(); !done) {
            return std::unexpected(SqlError{0, done.error().message});
        }
    }
    if (auto done = database_->commit(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return true;
}

SqlResult<void> Committer::flush_group(Group& group) {
    if (group.is_written) {
        if (auto done = group.wal.flush(); !done) {
            return done;
        }
        ++commits_;
    }
    for (auto& answer : group.answers) {
        answer();
    }
    return {};
}

void Committer::run_flusher() {
    ::pthread_setname_np(::pthread_self(), "flusher");
    std::unique_lock lock(mutex_);
    for (;;) {
        flush_wake_.wait(
            lock, [this] { return (flushing_ != nullptr && !flush_error_) || flusher_ends_; });
        if (flushing_ == nullptr || flush_error_) {
            return; // it ends
        }
        lock.unlock();
        // The pointer does not change before it is null: the committer waits for that.
        auto done = flush_group(*flushing_);
        lock.lock();
        std::unique_ptr<Group> flushed;
        if (done) {
            flushed = std::move(flushing_);
        } else {
            flush_error_ = std::move(done.error());
        }
        // Whom a failed flush concerns is told at once, not when the next request comes.
        const bool is_awaited = waits_for_flush_ || flush_error_;
        lock.unlock();
        if (is_awaited) {
            wake_.notify_one();
        }
        flushed.reset();
        lock.lock();
    }
}

bool Committer::can_flush() {
    {
        const std::scoped_lock lock(mutex_);
        if (flushing_ != nullptr && !flush_error_) {
            return false;
        }
    }
    settle();
    return !group_->requests.empty();
}

// Waits until nobody flushes.  When the flush has failed, nothing is left that waits for an answer.
void Committer::settle() {
    std::unique_ptr<Group> failed;
    std::optional<SqlError> error;
    {
        std::unique_lock lock(mutex_);
        waits_for_flush_ = true;
        wake_.wait(lock, [this] { return flushing_ == nullptr || flush_error_; });
        waits_for_flush_ = false;
        failed = std::move(flushing_);
        error = std::exchange(flush_error_, std::nullopt);
    }
    if (!error) {
        return;
    }
    const Error reason = to_error(*error, settings_.path);
    for (Request& request : failed->requests) {
        refuse(request, reason);
    }
    if (accepting_) {
        // What was appended behind it stands on what may be lost.
        fail_group(*error);
    }
}

void Committer::come_to_rest() {
    settle();
    if (!group_->requests.empty()) {
        finish_group(Flush::here);
    }
}

void Committer::fail_group(const SqlError& error) {
    database_->rollback();
    bool known = false;
    if (error.is_full()) {
        // Nothing of the group was written: what the database holds is known.
        base::log::error("store: disk full, {} requests refused path={}: {}",
                         group_->requests.size(), settings_.path, error.message);
        for (const auto& id : group_->adopted) {
            files_.remove(id);
        }
        known = !database_->in_transaction() && database_->load_ledger().has_value();
    }
    const Error reason = to_error(error, settings_.path);
    const auto failed = std::exchange(group_, std::make_unique<Group>());
    for (Request& request : failed->requests) {
        refuse(request, reason);
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

void Committer::when_recovered(std::function<void()> told) {
    const std::scoped_lock lock(mutex_);
    recovered_ = std::move(told);
}

void Committer::recover() {
    settle();
    kept_ = statistics();
    database_.reset();
    const auto reading_stopped = reader_.pause();
    // A database that is gone is not begun anew: its mails may come back.
    auto opened =
        ::access(settings_.path.c_str(), F_OK) == 0
            ? Database::open(settings_.path, settings_.tuning, settings_.journal_age, files_)
            : std::unexpected(Error{Error::Kind::unavailable,
                                    settings_.path + " is gone; put it back, or stop the server "
                                                     "and restore a backup"});
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
    std::function<void()> told;
    {
        const std::scoped_lock lock(mutex_);
        told = recovered_;
    }
    if (told) {
        told();
    }
}

bool Committer::is_index_due() {
    const Pending& pending = database_->ledger().pending;
    return pending.ids.size() >= settings_.tuning.pending_messages_max ||
           pending.entries.size() >= settings_.tuning.pending_entries_max;
}

// What cannot be done beside a flush.
bool Committer::is_maintenance_due() {
    return (database_->ledger().turn != nullptr && is_index_due()) ||
           database_->wal_octets() > settings_.tuning.wal_octets_max;
}

// A slice with each group, as long as the group is being flushed: the next one waits for nobody then.  The more has come
// since the turn began the larger it is at the least, so that it ends in time.
void Committer::index_along() {
    const Ledger& ledger = database_->ledger();
    if (ledger.turn == nullptr && !is_index_due()) {
        return;
    }
    const std::size_t since = ledger.turn == nullptr ? 0 : ledger.pending.rows();
    const auto is_flushing = [this] {
        const std::scoped_lock lock(mutex_);
        return flushing_ != nullptr && !flush_error_;
    };
    if (auto done = database_->index_behind(settings_.tuning.index_slice + since / 16, is_flushing);
        !done) {
        fail_behind(done.error());
    }
}

// After the answers: what has piled up too high to wait for a quiet moment.
void Committer::maintain() {
    SqlResult<void> done;
    while (done && database_->ledger().turn != nullptr && is_index_due()) {
        done = database_->index_behind(SIZE_MAX);
    }
    if (done && database_->wal_octets() > settings_.tuning.wal_octets_max) {
        done = database_->checkpoint(false);
    }
    if (!done) {
        fail_behind(done.error());
        return;
    }
    index_along();
}

Statistics Committer::statistics() {
    Statistics result = kept_;
    result.commits = commits_;
    result.committed_messages = committed_messages_;
    result.duplicates = duplicates_;
    result.accepting = accepting_;
    if (database_) {
        result.messages = database_->ledger().messages;
        result.entries = database_->ledger().entries;
        result.octets = database_->octets();
    }
    return result;
}

} // namespace mailcast::store::sqlite
