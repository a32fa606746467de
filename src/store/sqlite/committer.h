// The thread that owns the writing connection.  Requests come in by one queue from any thread; whatever piled
// up while one group was being flushed is the next group: one transaction, one flush, then the answers.
// No timer stands on that path.  Indexing, moving the WAL and expiry wait for quiet moments or until too much
// is pending, and come in slices.
//
// After a failed group nothing is accepted until the database has been closed, opened again and checked;
// that is tried at once and then with growing pauses.
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/requests.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
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

    void run();
    void wait_for_work(std::vector<Request>& batch, bool& closing);
    void work_when_quiet();

    // Carries out a group that begins at `from`; gives where the next one begins.
    std::size_t run_group(std::vector<Request>& batch, std::size_t from);
    SqlResult<void> finish_group();
    void fail_group(std::vector<Request>& batch, std::size_t from, std::size_t to,
                    const SqlError& error);

    SqlResult<void> perform(CommitRequest& request);
    SqlResult<void> perform(ReadLogRequest& request);
    SqlResult<void> perform(ReadMailRequest& request);
    SqlResult<void> perform(ReadCursorRequest& request);
    SqlResult<void> perform(MoveCursorRequest& request);
    SqlResult<void> perform(ReadEndRequest& request);
    SqlResult<void> perform(ReadAccountsRequest& request);
    SqlResult<void> perform(PutAccountRequest& request);
    SqlResult<void> perform(RemoveAccountRequest& request);
    SqlResult<void> perform(PutAliasRequest& request);
    SqlResult<void> perform(ExpireRequest& request);
    SqlResult<void> perform(ReadStatisticsRequest& request);
    SqlResult<void> perform(ChangeRequest& request);

    SqlResult<void> begin_once();
    Expiry expiry_of_removed();
    void run_expiry();
    SqlResult<bool> expire_for_a_while(Expiry& task, std::vector<base::MessageId>& files_gone);
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
    Clock::time_point next_try_;
    std::chrono::milliseconds pause_{};
    std::deque<Expiry> expiries_;
    Statistics statistics_;
    std::vector<std::function<void()>> answers_; // of the group, in the order of the requests
    std::vector<base::MessageId> adopted_;       // files that the group took over
    std::size_t group_requests_ = 0; // mails count one by one
    std::size_t group_octets_ = 0;
    bool index_wanted_ = false;
    bool quiet_work_done_ = false;

    std::mutex mutex_; // guards what follows
    std::condition_variable wake_;
    std::vector<Request> queue_;
    bool closing_ = false;

    std::thread thread_;
};

} // namespace mailcast::store::sqlite
