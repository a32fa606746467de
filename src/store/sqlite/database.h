// The one writing connection with its statements, and the ledger that belongs to it: how a mail is appended,
// how the derived tables follow, how the WAL is moved into the database.  Owned by the committer's thread;
// opened before that thread starts.  Transactions are the caller's: begin, some appends, commit.
#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/content_files.h"
#include "store/sqlite/key_filter.h"
#include "store/sqlite/ledger.h"
#include "store/sqlite/tuning.h"
#include "store/store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::store::sqlite {

class Database {
  public:
    // Opens, migrates, checks and reads the ledger.  `files` outlives the database.
    static Result<std::unique_ptr<Database>> open(const std::string& path, const Tuning& tuning,
                                                  std::chrono::hours journal_age,
                                                  ContentFiles& files);

    Connection& connection() { return connection_; }

    Ledger& ledger() { return ledger_; }

    bool in_transaction() const { return connection_.in_transaction(); }

    SqlResult<void> begin();
    // Fails when the files are not any more where they were opened: what is written to a file without a name is lost.
    // Into the WAL; on disk after wal_file().flush().
    SqlResult<void> commit();

    WalFile wal_file() { return connection_.wal_file(); }

    // Does not fail: what could not be rolled back is gone when the connection is closed.
    void rollback();

    // Appends one row for all recipients that get an entry and says what became of each.  An SqlError
    // means that the transaction is lost; what concerns this mail alone stands in the outcomes.
    // `adopted` gets the id when a file was taken over.
    SqlResult<Committed> append(const Commit& commit, std::vector<base::MessageId>& adopted);

    // A held mail into the log of its person.  An SqlError means that the transaction is lost.
    SqlResult<Result<Released>> release(chat::EntityId entity, std::int64_t number,
                                        std::vector<base::MessageId>& adopted);

    // Enters all that is pending into the derived tables, in the caller's transaction.
    SqlResult<void> index_pending();

    // Enters about so many rows of it, sorted, in a transaction of its own that need not be flushed: it can be
    // derived again; and more, as long as `has_time` says so.  ledger().has_pending() tells whether there is more.
    SqlResult<void>
    index_behind(std::size_t rows, const std::function<bool()>& has_time = [] { return false; });

    // One bounded step of dropping: the oldest entries of `id` that its rules or its removal no longer keep.
    // True: there is more.  Contents whose message has gone are added to `files_gone`, to be removed after
    // the commit.  The pending index must have been entered.
    SqlResult<bool> expire_slice(chat::EntityId id, base::Time now,
                                 std::vector<base::MessageId>& files_gone);
    SqlResult<bool> expire_journal_slice(base::Time now);

    // Not yet moved into the database, about.
    std::uint64_t wal_octets() const {
        return static_cast<std::uint64_t>(wal_frames_) * static_cast<std::uint64_t>(page_size_);
    }

    SqlResult<void> checkpoint(bool truncate);

    // Reads the ledger anew; also after a rollback.
    SqlResult<void> load_ledger();

    std::uint64_t octets();

  private:
    Database(const std::string& path, const Tuning& tuning, std::chrono::hours journal_age,
             ContentFiles& files);

    struct Earlier {
        base::MessageId id;
        std::vector<chat::EntityId> entities; // sorted
        chat::Sequence sequence = 0;
        std::string path; // of a twin: by which it came
    };

    // A file as the system knows it; both 0 when there was none.
    struct FileId {
        std::uint64_t device = 0;
        std::uint64_t number = 0;

        static FileId of(const std::string& path);
        bool operator==(const FileId&) const = default;
    };

    SqlResult<void> prepare();
    SqlResult<void> load_entities();
    SqlResult<void> load_unindexed();
    SqlResult<void> load_key_filter();
    Result<void> check();
    Result<void> reconcile_files();
    SqlResult<std::vector<Earlier>> find_earlier(const JournalKey& key, std::int64_t time);
    SqlResult<void> insert_message(const Commit& commit, chat::Sequence sequence,
                                   std::int64_t entries, const std::vector<bool>& entered);
    SqlResult<void> hold(const Commit& commit, const std::vector<Earlier>& earlier,
                         std::vector<base::MessageId>& adopted, std::vector<HeldOutcome>& outcomes);
    SqlResult<void> put_twin(const Commit& commit, chat::Sequence sequence,
                             std::vector<chat::EntityId> entities);
    SqlResult<void> name_path(const Earlier& twin, const std::string& path);
    SqlResult<void> append_outbox(const Commit& commit, bool is_new);
    SqlResult<void> note_outbox_only(const Commit& commit, chat::Sequence sequence, bool is_new);
    SqlResult<void> drop_entry(chat::EntityId id, chat::Sequence sequence,
                               std::vector<base::MessageId>& files_gone);
    SqlResult<void> save_usage(chat::EntityId id);
    void begin_turn();
    SqlResult<void> index_slice(std::size_t rows);
    SqlResult<void> enter_row(const IndexTurn& turn, std::size_t row);
    SqlResult<void> enter(const PendingEntry& entry);
    SqlResult<void> enter(const PendingId& pending);
    // Into the table at once.  `path` of a twin stands behind its id.
    SqlResult<void> enter(const JournalKey& key, const JournalRecord& record,
                          const std::string& path = {});
    // The key is in the filter already: what is not is not found either.
    SqlResult<void> insert_journal(const JournalKey& key, const JournalRecord& record,
                                   std::string_view id);
    SqlResult<void> enter(const IndexTurn::Usage& usage);

    std::string path_;
    const Tuning& tuning_;
    std::chrono::milliseconds journal_age_;
    ContentFiles& files_;
    std::int64_t page_size_ = 0;
    int wal_frames_ = 0;
    FileId file_id_;
    FileId wal_id_;
    Connection connection_; // before its statements: they are finalised first
    Statement begin_, commit_, rollback_;
    Statement insert_message_, find_journal_, insert_log_, put_usage_, insert_id_, insert_journal_,
        put_indexed_;
    Statement oldest_entries_, delete_log_, find_message_, delete_message_, delete_id_, count_gone_,
        delete_expired_, delete_usage_, expire_journal_;
    Ledger ledger_;
    KeyFilter journal_keys_; // of the table and of what is pending
};

} // namespace mailcast::store::sqlite
