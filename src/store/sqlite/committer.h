// The thread that owns the writing connection, and a second one that only flushes.  Requests come in by one queue
// from any thread.  What piled up is appended in one transaction, a group: while the group before it is being
// flushed the next one is prepared, and it is committed when that flush has come back.  So one flush serves all
// that came meanwhile, the disk and the processor work at the same time, and no timer stands on that path.
// The answers of a group are given after its flush, in the order of the requests, groups one after the other.
//
// Indexing, moving the WAL and expiry wait for quiet moments or until too much is pending.  Indexing and expiry come
// in slices; a slice of the index may be written while a group is being flushed, since the flush has no need of
// it.  The COMMIT of a group and checkpoints happen only while nobody flushes.
//
// After a failed group nothing is accepted until the database has been closed, opened again and checked;
// that is tried at once and then with growing pauses.
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/requests.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mailcast::store::sqlite {

class Committer {
  public:
    struct Settings {
        std::string path;
        Tuning tuning;
        std::chrono::hours journal_age;
    };

    // `settings`, `files` and `reader` outlive the committer.
    Committer(std::unique_ptr<Database> database, const Settings& settings, ContentFiles& files,
              Reader& reader);
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;
    ~Committer();

    // After close() the request is refused on the caller's thread.
    void post(Request request);

    // Called on the committer's thread when mails are taken again after trouble.
    void when_recovered(std::function<void()> told);

    // Carries out what was posted, then ends the thread.
    void close();

  private:
    using Clock = std::chrono::steady_clock;

    // Dropping of log entries, a slice at a time between groups.
    struct Expiry {
        base::Time now{};
        std::vector<chat::EntityId> entities;
        std::size_t at = 0;
        bool journal = false;
        Completion<std::monostate> done;
    };

    // One transaction and one flush.  `answers` refer to `requests`.
    struct Group {
        std::deque<Request> requests;
        std::vector<std::function<void()>> answers;
        std::vector<base::MessageId> adopted; // files that it took over
        std::size_t requests_counted = 0;     // a mail of a batch counts as well
        std::size_t octets = 0;
        bool index_wanted = false;
        bool is_answered_here = false; // an answer changes what is the committer's own
        bool is_written = false;
        WalFile wal;
    };

    enum class Flush { here, behind };

    void run();
    void wait_for_work(std::vector<Request>& batch, bool& closing);
    void work_when_quiet();

    static void begin_writing(const std::vector<Request>& batch);
    void take(Request request);
    void finish_group(Flush flush);
    bool is_worth_a_thread();
    SqlResult<bool> commit_group();
    SqlResult<void> flush_group(Group& group); // either thread
    void fail_group(const SqlError& error);

    void run_flusher();
    bool can_flush();
    void settle();
    void come_to_rest();

    bool has_room_to_make(const Commit& commit, const Committed& result) const;
    void expire_soon(const Commit& commit);
    SqlResult<void> perform(CommitRequest& request);
    SqlResult<void> perform(ReadLogRequest& request);
    SqlResult<void> perform(ReadMailRequest& request);
    SqlResult<void> perform(ReadNoteRequest& request);
    SqlResult<void> perform(ReadCursorRequest& request);
    SqlResult<void> perform(MoveCursorRequest& request);
    SqlResult<void> perform(ReadEndRequest& request);
    SqlResult<void> perform(ReadAccountsRequest& request);
    SqlResult<void> perform(PutAccountRequest& request);
    SqlResult<void> perform(RemoveAccountRequest& request);
    SqlResult<void> perform(PutAliasRequest& request);
    SqlResult<void> perform(ExpireRequest& request);
    SqlResult<void> perform(ReadStatisticsRequest& request);
    SqlResult<void> perform(ReleaseRequest& request);
    SqlResult<void> perform(ChangeRequest& request);

    SqlResult<void> begin_once();
    Expiry expiry_of_removed();
    void run_expiry();
    SqlResult<bool> expire_for_a_while(Expiry& task, std::vector<base::MessageId>& files_gone);
    bool is_index_due();
    bool is_maintenance_due();
    void index_along();
    void maintain();
    void fail_behind(const SqlError& error);
    void stop_accepting(const SqlError& error);
    void recover();
    Statistics statistics();

    const Settings& settings_;
    ContentFiles& files_;
    Reader& reader_;

    // Of the committer's thread.
    std::unique_ptr<Database> database_; // null while it cannot be opened
    bool accepting_ = true;
    Error trouble_;
    std::function<void()> recovered_; // guarded by mutex_
    Clock::time_point next_try_;
    std::chrono::milliseconds pause_{};
    std::deque<Expiry> expiries_;
    Statistics kept_; // what the ledger said last
    std::unique_ptr<Group> group_;
    bool quiet_work_done_ = false;
    bool works_when_quiet_ = false; // and is not done

    std::atomic<std::uint64_t> commits_ = 0;
    std::atomic<std::uint64_t> committed_messages_ = 0;
    std::atomic<std::uint64_t> duplicates_ = 0;

    std::mutex mutex_; // guards what follows
    std::condition_variable wake_;
    std::condition_variable flush_wake_;
    std::unique_ptr<Group> flushing_; // the flusher's until it is null or has failed
    std::optional<SqlError> flush_error_;
    bool waits_for_flush_ = false;
    bool flusher_ends_ = false;
    std::vector<Request> queue_;
    bool closing_ = false;

    std::thread thread_;
    std::thread flusher_;
};

} // namespace mailcast::store::sqlite
