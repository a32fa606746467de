// The bounds and sizes of the SQLite engine; docs/storage.md has the measurements behind them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mailcast::store::sqlite {

struct Tuning {
    int page_size = 8192; // octets; of a new database only
    int cache_octets = 32 << 20;

    // One group, which is one transaction and one flush, ends at either.
    std::size_t group_requests_max = 512;
    std::size_t group_octets_max = 4 << 20;

    // Index entries that may wait for the quiet moment after `idle_delay`; also what is read again at open
    // after a crash.
    std::size_t pending_messages_max = 8192;
    std::size_t pending_entries_max = 65536;
    std::chrono::milliseconds idle_delay{100};

    // Rows that are entered in one step: beside a group, at the least, and in quiet moments.
    std::size_t index_slice = 32;
    std::size_t index_slice_quiet = 512;

    // The WAL is moved into the database when it is this long, and in quiet moments when it is not short.
    std::uint64_t wal_octets_max = 16 << 20;
    std::uint64_t wal_octets_idle = 1 << 20;

    // Log entries that expiry looks at in one transaction.
    std::size_t expiry_slice = 256;

    // Keys of the journal that are known in memory, two octets each.  With more, each mail is looked up on disk, in
    // every hour.
    std::size_t journal_keys_in_memory_max = 16U << 20U;

    // Integrity check at open and after a failure: a large database is checked as far as this allows.
    std::chrono::milliseconds check_time_max{2000};

    // How long an answer finds its way into the context of what it answers.
    std::chrono::hours thread_age{24 * 365};

    // Between attempts to open the database again after a failure.
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_longest{10'000};

    // SQLITE_FULL beyond this many pages; 0: no bound but the disk.
    std::int64_t page_count_max = 0;

    std::size_t cursors_per_entity_max = 1000;
    std::size_t cursor_name_max = 256; // octets
};

} // namespace mailcast::store::sqlite
