// SQLite behind two small owners.  A Connection belongs to one thread at a time; its Statements must go
// before it.  Errors are values.
#pragma once

#include "store/sqlite/wal_writes.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_file;

namespace mailcast::store::sqlite {

struct SqlError {
    int code = 0; // SQLite's extended result code
    std::string message;

    bool is_full() const;       // no room on the disk, or the database has reached its size limit
    bool is_corrupt() const;    // the file is no database or is damaged
    bool is_of_one_row() const; // the row cannot be stored; the transaction can go on
};

template <typename T>
using SqlResult = std::expected<T, SqlError>;

// A prepared statement.  Parameters count from 1, columns from 0, as in SQLite.
// What is bound by view must live until reset(); what a column gives, until the next step() or reset().
class Statement {
  public:
    Statement() = default;

    Statement& bind(int index, std::int64_t value);
    Statement& bind_text(int index, std::string_view value);
    Statement& bind_blob(int index, std::string_view value);
    Statement& bind_null(int index);

    // True: there is a row.  False: done, and the statement has been reset.
    SqlResult<bool> step();
    // For a statement that gives no rows: step and reset.
    SqlResult<void> run();
    void reset();

    std::int64_t integer(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    bool is_null(int column) const;

  private:
    friend class Connection;

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    void note(int code);

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bind_error_ = 0;
};

// The WAL of a connection, to flush it from any thread while the connection neither checkpoints nor closes.  What
// was committed before is then on disk.
class WalFile {
  public:
    WalFile() = default;

    SqlResult<void> flush();

  private:
    friend class Connection;

    explicit WalFile(sqlite3_file* file) : file_(file) {}

    sqlite3_file* file_ = nullptr; // the connection's
};

class Connection {
  public:
    enum class Mode { read_write_create, read_only };

    Connection() = default;

    static SqlResult<Connection> open(const std::string& path, Mode mode);

    SqlResult<Statement> prepare(std::string_view sql);
    // One or more statements whose rows do not matter.
    SqlResult<void> execute(const std::string& sql);
    // The first column of the first row of a query; 0 when there is none.
    SqlResult<std::int64_t> query_integer(std::string_view sql);

    bool in_transaction() const;
    std::int64_t last_insert_rowid() const;
    std::int64_t changes() const;

    WalFile wal_file();

    // From now on the pages of a transaction reach the WAL in one write.  Once, when the WAL is in use.
    void gather_wal_writes();

    // Moves the WAL into the database; what a reader still needs the old state of is left.
    SqlResult<void> checkpoint(bool truncate);
    // From now on `frames` holds, after each commit, how many pages the WAL has.  It outlives the connection.
    void count_wal_frames(int& frames);

    sqlite3* handle() const { return handle_.get(); }

    explicit operator bool() const { return handle_ != nullptr; }

  private:
    // What stands in front of an open file goes after the handle that uses it.
    struct Close {
        void operator()(sqlite3* handle) const;

        std::unique_ptr<WalWrites> wal_writes;
    };

    SqlError error(int code) const;

    std::unique_ptr<sqlite3, Close> handle_;
};

} // namespace mailcast::store::sqlite
