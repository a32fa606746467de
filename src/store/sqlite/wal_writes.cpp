#include "store/sqlite/wal_writes.h"

#include <algorithm>

namespace mailcast::store::sqlite {

namespace {

constexpr std::size_t head_octets = 24;
// SQLite's file layer takes less than 128 KiB in one call, and calls what is longer a full disk.
constexpr std::size_t piece_octets = 112 << 10;

// The head of the frame that commits says how many pages the database has then; all others say 0.
bool is_of_commit(std::string_view head) {
    return !std::ranges::all_of(head.substr(4, 4), [](char octet) { return octet == 0; });
}

} // namespace

WalWrites::WalWrites(sqlite3_file& wal) : real_(wal.pMethods), methods_{*wal.pMethods, this} {
    methods_.table.xWrite = write;
    methods_.table.xRead = after_held<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>;
    methods_.table.xTruncate = after_held<&sqlite3_io_methods::xTruncate, sqlite3_int64>;
    methods_.table.xSync = after_held<&sqlite3_io_methods::xSync, int>;
    methods_.table.xFileSize = after_held<&sqlite3_io_methods::xFileSize, sqlite3_int64*>;
    wal.pMethods = &methods_.table;
}

WalWrites& WalWrites::of(sqlite3_file* file) {
    return *reinterpret_cast<const Methods*>(file->pMethods)->writes;
}

template <auto Method, typename... Arguments>
int WalWrites::after_held(sqlite3_file* file, Arguments... arguments) {
    WalWrites& writes = of(file);
    {
        const std::scoped_lock lock(writes.mutex_);
        if (const int code = writes.put_held(file); code != SQLITE_OK) {
            return code;
        }
    }
    return (writes.real_->*Method)(file, arguments...);
}

int WalWrites::write(sqlite3_file* file, const void* data, int octets, sqlite3_int64 at) {
    WalWrites& writes = of(file);
    const std::scoped_lock lock(writes.mutex_);
    return writes.take(file, {static_cast<const char*>(data), static_cast<std::size_t>(octets)},
                       at);
}

// When something held is lost, its transaction must hear of it before it commits, whoever had it written.  The next one
// begins where that one did, or before.
//
// Only what is appended is held.  A head that is written anew where a frame stands already has no page behind it.
int WalWrites::take(sqlite3_file* file, std::string_view data, std::int64_t at) {
    if (lost_ != SQLITE_OK) {
        if (at > held_at_) {
            return lost_;
        }
        lost_ = SQLITE_OK;
    }
    const bool appended = at == end_;
    const bool is_head = appended && !in_frame_ && data.size() == head_octets;
    const bool is_page = appended && in_frame_;
    end_ = at + static_cast<std::int64_t>(data.size());
    if (!is_head && !is_page) {
        in_frame_ = false;
        if (const int code = put_held(file); code != SQLITE_OK) {
            return code;
        }
        return real_->xWrite(file, data.data(), static_cast<int>(data.size()), at);
    }
    if (is_head) {
        commits_ = is_of_commit(data);
    }
    if (held_.empty()) {
        held_at_ = at;
    }
    held_.append(data);
    in_frame_ = is_head;
    const bool is_whole = is_page && (commits_ || held_.size() >= held_max);
    return is_whole ? put_held(file) : SQLITE_OK;
}

int WalWrites::put_held(sqlite3_file* file) {
    int code = SQLITE_OK;
    for (std::size_t at = 0; at < held_.size() && code == SQLITE_OK; at += piece_octets) {
        const std::string_view piece = std::string_view(held_).substr(at, piece_octets);
        code = real_->xWrite(file, piece.data(), static_cast<int>(piece.size()),
                             held_at_ + static_cast<std::int64_t>(at));
    }
    held_.clear();
    if (code != SQLITE_OK) {
        lost_ = code;
    }
    return code;
}

} // namespace mailcast::store::sqlite
