#include "store/sqlite/database.h"

#include "base/log.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/schema.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <thread>

namespace mailcast::store::sqlite {

namespace {

// Interrupts what runs on a connection when it takes longer than it may.
class TimeLimit {
  public:
    TimeLimit(Connection& connection, std::chrono::milliseconds longest)
        : thread_([this, handle = connection.handle(), longest] {
              std::unique_lock lock(mutex_);
              if (!done_signal_.wait_for(lock, longest, [this] { return done_; })) {
                  sqlite3_interrupt(handle);
              }
          }) {}

    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

    ~TimeLimit() {
        {
            const std::scoped_lock lock(mutex_);
            done_ = true;
        }
        done_signal_.notify_one();
        thread_.join();
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_signal_;
    bool done_ = false;
    std::thread thread_;
};

} // namespace

Database::Database(const std::string& path, const Tuning& tuning, std::chrono::hours journal_age,
                   ContentFiles& files)
    : path_(path), tuning_(tuning), journal_age_(journal_age), files_(files),
      journal_keys_(tuning.journal_keys_in_memory_max) {}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Tuning& tuning,
                                                 std::chrono::hours journal_age,
                                                 ContentFiles& files) {
    std::unique_ptr<Database> database(new Database(path, tuning, journal_age, files));
    auto connection = Connection::open(path, Connection::Mode::read_write_create);
    if (!connection) {
        return std::unexpected(to_error(connection.error(), path));
    }
    database->connection_ = std::move(*connection);
    // Checkpoints are made by hand: after the answers, never between a mail and its answer.  So is the flush of
    // a commit: NORMAL leaves that out, and orders the WAL before the database as FULL does.
    std::string settings = fmt::format("PRAGMA page_size = {};"
                                       "PRAGMA journal_mode = WAL;"
                                       "PRAGMA synchronous = NORMAL;"
                                       "PRAGMA wal_autocheckpoint = 0;"
                                       "PRAGMA temp_store = MEMORY;"
                                       "PRAGMA trusted_schema = OFF;"
                                       "PRAGMA cell_size_check = ON;"
                                       "PRAGMA secure_delete = FAST;"
                                       "PRAGMA cache_size = {};",
                                       tuning.page_size, -(tuning.cache_octets / 1024));
    if (tuning.page_count_max > 0) {
        settings += fmt::format("PRAGMA max_page_count = {};", tuning.page_count_max);
    }
    if (auto done = database->connection_.execute(settings); !done) {
        return std::unexpected(to_error(done.error(), path));
    }
    const auto page_size = database->connection_.query_integer("PRAGMA page_size");
    if (!page_size) {
        return std::unexpected(to_error(page_size.error(), path));
    }
    database->page_size_ = *page_size;
    database->connection_.count_wal_frames(database->wal_frames_);
    if (auto done = migrate(database->connection_, path); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = database->check(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = database->prepare(); !done) {
        return std::unexpected(to_error(done.error(), path));
    }
    if (auto done = database->load_ledger(); !done) {
        return std::unexpected(to_error(done.error(), path));
    }
    if (auto done = database->reconcile_files(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    // What is in the WAL may, after a failed flush, be in memory only.  Writing it to the database and
    // flushing that makes the state known.
    if (auto done = database->checkpoint(true); !done) {
        return std::unexpected(to_error(done.error(), path));
    }
    database->connection_.gather_wal_writes();
    database->file_id_ = FileId::of(path);
    database->wal_id_ = FileId::of(path + "-wal");
    return database;
}

Database::FileId Database::FileId::of(const std::string& path) {
    // The number alone: whoever reads a time makes the next flush write the inode as well.
    struct statx facts{};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &facts) != 0) {
        return {};
    }
    return {makedev(facts.stx_dev_major, facts.stx_dev_minor), facts.stx_ino};
}

Result<void> Database::check() {
    const TimeLimit limit(connection_, tuning_.check_time_max);
    auto statement = connection_.prepare("PRAGMA quick_check(1)");
    if (!statement) {
        return std::unexpected(to_error(statement.error(), path_));
    }
    const auto row = statement->step();
    if (!row) {
        if ((row.error().code & 0xff) == SQLITE_INTERRUPT) {
            base::log::info("store: integrity check stopped after {} ms without a fault path={}",
                            tuning_.check_time_max.count(), path_);
            return {};
        }
        return std::unexpected(to_error(row.error(), path_));
    }
    if (*row && statement->text(0) != "ok") {
        return std::unexpected(
            to_error({SQLITE_CORRUPT, std::string(statement->text(0).substr(0, 200))}, path_));
    }
    return {};
}

SqlResult<void> Database::prepare() {
    const std::pair<Statement*, std::string_view> all[] = {
        {&begin_, "BEGIN IMMEDIATE"},
        {&commit_, "COMMIT"},
        {&rollback_, "ROLLBACK"},
        {&insert_message_,
         "INSERT INTO message (sequence, id, time, kind, size, entries, file, source, source_name, "
         "subject, queue_id, journal_key, recipients, details, text, envelope, trace, content, "
         "text_offset, text_octets) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
         "?18, ?19, ?20)"},
        {&find_journal_,
         // From hour to hour, of those that the table has.
         "WITH RECURSIVE has (hour) AS (SELECT min(hour) FROM journal WHERE hour >= ?3 UNION ALL "
         "SELECT (SELECT min(hour) FROM journal WHERE hour > has.hour) FROM has WHERE hour < ?4) "
         "SELECT id, entities, sequence FROM has CROSS JOIN journal USING (hour) "
         "WHERE key = ?1 AND time >= ?2"},
        {&insert_log_, "INSERT OR IGNORE INTO log VALUES (?1, ?2)"},
        {&put_usage_, "INSERT OR REPLACE INTO usage VALUES (?1, ?2, ?3)"},
        {&insert_id_, "INSERT OR REPLACE INTO message_id VALUES (?1, ?2)"},
        {&insert_journal_, "INSERT OR REPLACE INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {&put_indexed_, "UPDATE state SET value = iif(name = 'indexed', ?1, ?2) "
                        "WHERE name IN ('indexed', 'messages')"},
        {&oldest_entries_, "SELECT log.sequence, message.time FROM log LEFT JOIN message "
                           "USING (sequence) WHERE entity = ?1 ORDER BY log.sequence LIMIT ?2"},
        {&delete_log_, "DELETE FROM log WHERE entity = ?1 AND sequence = ?2"},
        {&find_message_, "SELECT entries, size, file, id FROM message WHERE sequence = ?1"},
        {&delete_message_, "DELETE FROM message WHERE sequence = ?1"},
        {&delete_id_, "DELETE FROM message_id WHERE id = ?1"},
        {&count_gone_, "INSERT INTO expired VALUES (?1, 1) ON CONFLICT (sequence) "
                       "DO UPDATE SET gone = gone + 1 RETURNING gone"},
        {&delete_expired_, "DELETE FROM expired WHERE sequence = ?1"},
        {&delete_usage_, "DELETE FROM usage WHERE entity = ?1"},
        {&expire_journal_,
         "DELETE FROM journal WHERE (hour, key, sequence) IN (SELECT hour, key, sequence "
         "FROM journal WHERE hour < ?1 LIMIT ?2)"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = connection_.prepare(sql);
        if (!prepared) {
            return std::unexpected(std::move(prepared.error()));
        }
        *statement = std::move(*prepared);
    }
    return {};
}

SqlResult<void> Database::begin() {
    return begin_.run();
}

SqlResult<void> Database::commit() {
    if (FileId::of(path_) != file_id_ || FileId::of(path_ + "-wal") != wal_id_) {
        return std::unexpected(SqlError{
            SQLITE_READONLY_DBMOVED, "its files were removed or replaced while they were in use; "
                                     "put them back, or stop the server and restore a backup"});
    }
    return commit_.run();
}

void Database::rollback() {
    if (in_transaction()) {
        if (auto done = rollback_.run(); !done) {
            base::log::error("store: rollback failed path={}: {}", path_, done.error().message);
        }
    }
}

SqlResult<void> Database::checkpoint(bool truncate) {
    auto done = connection_.checkpoint(truncate);
    if (done) {
        wal_frames_ = 0;
    }
    return done;
}

std::uint64_t Database::octets() {
    const auto pages = connection_.query_integer("PRAGMA page_count");
    return static_cast<std::uint64_t>(pages.value_or(0) * page_size_) + ledger_.file_octets;
}

// A file without a row was renamed before a commit that never came.
Result<void> Database::reconcile_files() {
    auto statement = connection_.prepare("SELECT id FROM message WHERE file = 1");
    if (!statement) {
        return std::unexpected(to_error(statement.error(), path_));
    }
    std::vector<base::MessageId> named;
    for (;;) {
        const auto row = statement->step();
        if (!row) {
            return std::unexpected(to_error(row.error(), path_));
        }
        if (!*row) {
            break;
        }
        if (const auto id = base::MessageId::parse(statement->text(0))) {
            named.push_back(*id);
        }
    }
    std::ranges::sort(named);
    const auto reconciled = files_.reconcile(named);
    ledger_.file_octets = reconciled.octets;
    for (const auto& id : reconciled.missing) {
        base::log::error("store: content is missing id={} file={}; restore it from a backup",
                         id.text(), files_.path_of(id));
    }
    return {};
}

} // namespace mailcast::store::sqlite
