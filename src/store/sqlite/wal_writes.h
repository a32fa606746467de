// SQLite writes each page of a transaction to the WAL in two calls, the 24 octets of its head and the page.  This
// stands in front of an open WAL and holds what is appended until the frame that commits is whole: a group is
// then one write, which costs less in the kernel and is flushed as one piece.  What is held has never been
// committed, so whatever becomes of it no reader misses it.  https://www.sqlite.org/fileformat2.html#walformat
//
// Owned by the connection; it outlives the open file.  Writes come from the connection's thread, a flush from any.
// A write that fails is told by the call that completes the commit, or by whichever made it, and then by every
// further one of that transaction.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace mailcast::store::sqlite {

class WalWrites {
  public:
    static constexpr std::size_t held_max =
        256 << 10; // octets; a large transaction goes in such pieces

    explicit WalWrites(sqlite3_file& wal);
    WalWrites(const WalWrites&) = delete;
    WalWrites& operator=(const WalWrites&) = delete;

  private:
    // SQLite knows a file by the first member of its methods' table; ours leads back here.
    struct Methods {
        sqlite3_io_methods table;
        WalWrites* writes;
    };

    static WalWrites& of(sqlite3_file* file);
    template <auto Method, typename... Arguments>
    static int after_held(sqlite3_file* file, Arguments... arguments);
    static int write(sqlite3_file* file, const void* data, int octets, sqlite3_int64 at);

    int take(sqlite3_file* file, std::string_view data, std::int64_t at);
    int put_held(sqlite3_file* file);

    const sqlite3_io_methods* real_;
    Methods methods_;
    std::mutex mutex_;
    std::string held_;
    std::int64_t held_at_ = 0;
    int lost_ = 0;          // why what was held from there on could not be written
    std::int64_t end_ = -1; // of the last write, held or not
    bool in_frame_ = false; // a head is held whose page is yet to come
    bool commits_ = false;  // that frame is the last of its transaction
};

} // namespace mailcast::store::sqlite
