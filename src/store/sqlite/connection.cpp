#include "store/sqlite/connection.h"

#include <sqlite3.h>

#include <mutex>
#include <utility>

namespace mailcast::store::sqlite {

bool SqlError::is_full() const {
    return (code & 0xff) == SQLITE_FULL;
}

bool SqlError::is_corrupt() const {
    const int primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool SqlError::is_of_one_row() const {
    const int primary = code & 0xff;
    return primary == SQLITE_TOOBIG || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::note(int code) {
    if (code != SQLITE_OK && bind_error_ == SQLITE_OK) {
        bind_error_ = code;
    }
}

Statement& Statement::bind(int index, std::int64_t value) {
    note(sqlite3_bind_int64(statement_.get(), index, value));
    return *this;
}

// A null pointer would bind NULL; an empty view is an empty value.
Statement& Statement::bind_text(int index, std::string_view value) {
    note(sqlite3_bind_text64(statement_.get(), index, value.empty() ? "" : value.data(),
                             value.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_blob(int index, std::string_view value) {
    note(sqlite3_bind_blob64(statement_.get(), index, value.empty() ? "" : value.data(),
                             value.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind_null(int index) {
    note(sqlite3_bind_null(statement_.get(), index));
    return *this;
}

SqlResult<bool> Statement::step() {
    sqlite3* handle = sqlite3_db_handle(statement_.get());
    if (bind_error_ != SQLITE_OK) {
        const int code = std::exchange(bind_error_, SQLITE_OK);
        reset();
        return std::unexpected(SqlError{code, sqlite3_errstr(code)});
    }
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    SqlError error{sqlite3_extended_errcode(handle), sqlite3_errmsg(handle)};
    reset();
    return std::unexpected(std::move(error));
}

SqlResult<void> Statement::run() {
    auto row = step();
    if (!row) {
        return std::unexpected(std::move(row.error()));
    }
    reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* data = sqlite3_column_text(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr ? std::string_view{}
                           : std::string_view(reinterpret_cast<const char*>(data),
                                              static_cast<std::size_t>(size));
}

std::string_view Statement::blob(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr
               ? std::string_view{}
               : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

SqlResult<void> WalFile::flush() {
    if (file_ == nullptr || file_->pMethods == nullptr) {
        return std::unexpected(SqlError{SQLITE_IOERR_FSYNC, "there is no WAL to flush"});
    }
    const int code = file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) {
        return std::unexpected(SqlError{SQLITE_IOERR_FSYNC, "the flush of the WAL failed"});
    }
    return {};
}

WalFile Connection::wal_file() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                         static_cast<void*>(&file));
    return WalFile(file);
}

void Connection::gather_wal_writes() {
    sqlite3_file* const file = wal_file().file_;
    if (file != nullptr && file->pMethods != nullptr) {
        handle_.get_deleter().wal_writes = std::make_unique<WalWrites>(*file);
    }
}

void Connection::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

SqlError Connection::error(int code) const {
    return {handle_ ? sqlite3_extended_errcode(handle_.get()) : code,
            handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code)};
}

SqlResult<Connection> Connection::open(const std::string& path, Mode mode) {
    // Counting memory takes a lock of the whole process at each allocation.
    static std::once_flag configured;
    std::call_once(configured, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });

    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (mode == Mode::read_only ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Connection connection;
    connection.handle_.reset(handle);
    if (code != SQLITE_OK) {
        return std::unexpected(connection.error(code));
    }
    return connection;
}

SqlResult<Statement> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(error(code));
    }
    return Statement(statement);
}

SqlResult<void> Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(error(code));
    }
    return {};
}

SqlResult<std::int64_t> Connection::query_integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    auto row = statement->step();
    if (!row) {
        return std::unexpected(std::move(row.error()));
    }
    return *row ? statement->integer(0) : 0;
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

std::int64_t Connection::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_.get());
}

SqlResult<void> Connection::checkpoint(bool truncate) {
    const int code = sqlite3_wal_checkpoint_v2(
        handle_.get(), nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
        nullptr, nullptr);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
        return std::unexpected(error(code));
    }
    return {};
}

void Connection::count_wal_frames(int& frames) {
    sqlite3_wal_hook(
        handle_.get(),
        [](void* counter, sqlite3*, const char*, int count) {
            *static_cast<int*>(counter) = count;
            return SQLITE_OK;
        },
        &frames);
}

} // namespace mailcast::store::sqlite
