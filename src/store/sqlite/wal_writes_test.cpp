#include "store/sqlite/connection.h"
#include "store/sqlite/wal_writes.h"
#include "store/test_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::store::sqlite {

namespace {

// A file in memory that remembers how it was written.
struct FakeFile {
    sqlite3_file base{}; // first: SQLite's calls find the file by it
    sqlite3_io_methods methods{};
    std::string content;
    std::vector<std::pair<sqlite3_int64, int>> writes;
    int answer = SQLITE_OK;

    static FakeFile& of(sqlite3_file* file) { return *reinterpret_cast<FakeFile*>(file); }

    FakeFile() {
        methods.xWrite = [](sqlite3_file* file, const void* data, int octets, sqlite3_int64 at) {
            FakeFile& self = of(file);
            if (self.answer != SQLITE_OK) {
                return self.answer;
            }
            self.writes.emplace_back(at, octets);
            const auto end = static_cast<std::size_t>(at + octets);
            self.content.resize(std::max(self.content.size(), end));
            self.content.replace(static_cast<std::size_t>(at), static_cast<std::size_t>(octets),
                                 static_cast<const char*>(data), static_cast<std::size_t>(octets));
            return SQLITE_OK;
        };
        methods.xRead = [](sqlite3_file* file, void* to, int octets, sqlite3_int64 at) {
            of(file).content.copy(static_cast<char*>(to), static_cast<std::size_t>(octets),
                                  static_cast<std::size_t>(at));
            return SQLITE_OK;
        };
        methods.xSync = [](sqlite3_file*, int) { return SQLITE_OK; };
        base.pMethods = &methods;
    }
};

class WalWritesTest : public ::testing::Test {
  protected:
    static constexpr sqlite3_int64 page_octets = 512;
    static constexpr sqlite3_int64 frame_octets = 24 + page_octets;

    int write(const std::string& data, sqlite3_int64 at) {
        written_.resize(std::max(written_.size(), static_cast<std::size_t>(at) + data.size()));
        written_.replace(static_cast<std::size_t>(at), data.size(), data);
        return file_.base.pMethods->xWrite(&file_.base, data.data(), static_cast<int>(data.size()),
                                           at);
    }

    static std::string head(bool commits) {
        std::string octets(24, 'h');
        octets.replace(4, 4, commits ? std::string("\0\0\1\0", 4) : std::string(4, '\0'));
        return octets;
    }

    int write_frame(int number, bool commits) {
        const sqlite3_int64 at = 32 + number * frame_octets;
        if (const int code = write(head(commits), at); code != SQLITE_OK) {
            return code;
        }
        return write(std::string(page_octets, static_cast<char>('a' + number % 26)), at + 24);
    }

    void begin_wal() {
        ASSERT_EQ(write(std::string(32, 'w'), 0), SQLITE_OK);
        file_.writes.clear();
    }

    using Writes = std::vector<std::pair<sqlite3_int64, int>>;

    FakeFile file_;
    WalWrites wal_{file_.base};
    std::string written_; // what the file must hold when nothing is held back
};

TEST_F(WalWritesTest, OneTransactionIsOneWrite) {
    begin_wal();
    EXPECT_EQ(write_frame(0, false), SQLITE_OK);
    EXPECT_EQ(write_frame(1, false), SQLITE_OK);
    EXPECT_TRUE(file_.writes.empty());
    EXPECT_EQ(write_frame(2, true), SQLITE_OK);
    EXPECT_EQ(file_.writes, (Writes{{32, 3 * frame_octets}}));
    EXPECT_EQ(file_.content, written_);
    EXPECT_EQ(write_frame(3, true), SQLITE_OK);
    EXPECT_EQ(file_.writes.size(), 2U);
    EXPECT_EQ(file_.content, written_);
}

TEST_F(WalWritesTest, TheFrameThatCommitsTellsOfTheFailure) {
    begin_wal();
    file_.answer = SQLITE_FULL;
    EXPECT_EQ(write_frame(0, false), SQLITE_OK);
    EXPECT_EQ(write_frame(1, true), SQLITE_FULL);
    // What could not be written is not written later behind somebody else's frame.
    file_.answer = SQLITE_OK;
    EXPECT_EQ(write_frame(0, true), SQLITE_OK);
    EXPECT_EQ(file_.content, written_.substr(0, 32 + frame_octets));
}

TEST_F(WalWritesTest, WhatAFlushCouldNotWriteIsNotCommitted) {
    begin_wal();
    EXPECT_EQ(write_frame(0, false), SQLITE_OK);
    file_.answer = SQLITE_IOERR_WRITE;
    EXPECT_EQ(file_.base.pMethods->xSync(&file_.base, SQLITE_SYNC_NORMAL), SQLITE_IOERR_WRITE);
    file_.answer = SQLITE_OK;
    EXPECT_EQ(file_.base.pMethods->xSync(&file_.base, SQLITE_SYNC_NORMAL), SQLITE_OK);
    EXPECT_EQ(write_frame(1, false), SQLITE_IOERR_WRITE);
    EXPECT_EQ(write_frame(2, true), SQLITE_IOERR_WRITE);
    EXPECT_EQ(write_frame(0, false), SQLITE_OK);
    EXPECT_EQ(write_frame(1, true), SQLITE_OK);
    EXPECT_EQ(file_.content, written_.substr(0, 32 + 2 * frame_octets));
}

TEST_F(WalWritesTest, HeadsThatAreWrittenAnewAreNotHeld) {
    begin_wal();
    write_frame(0, false);
    write_frame(1, false);
    write(std::string(page_octets, 'X'), 32 + 24); // the page of frame 0 changed again
    write_frame(2, true);
    for (int number = 0; number < 3; ++number) { // the sums behind it are made anew
        write(head(number == 2).replace(16, 8, "newsum!!"), 32 + number * frame_octets);
    }
    EXPECT_EQ(file_.content, written_);
}

TEST_F(WalWritesTest, WhoReadsOrFlushesFindsWhatIsHeld) {
    begin_wal();
    write_frame(0, false);
    std::string page(page_octets, ' ');
    EXPECT_EQ(file_.base.pMethods->xRead(&file_.base, page.data(), page_octets, 32 + 24),
              SQLITE_OK);
    EXPECT_EQ(page, std::string(page_octets, 'a'));
    write_frame(1, false);
    EXPECT_EQ(file_.base.pMethods->xSync(&file_.base, SQLITE_SYNC_NORMAL), SQLITE_OK);
    EXPECT_EQ(file_.content, written_);
    write(head(false), 32 + 2 * frame_octets); // even half a frame
    file_.base.pMethods->xSync(&file_.base, SQLITE_SYNC_NORMAL);
    EXPECT_EQ(file_.content, written_);
    write(std::string(page_octets, 'c'), 32 + 2 * frame_octets + 24);
    EXPECT_EQ(write_frame(3, true), SQLITE_OK);
    EXPECT_EQ(file_.content, written_);
}

TEST_F(WalWritesTest, AnotherPlaceEndsWhatIsHeld) {
    begin_wal();
    write_frame(0, false);
    write_frame(1, false); // rolled back: the next transaction begins where this one did
    EXPECT_EQ(write_frame(0, true), SQLITE_OK);
    EXPECT_EQ(file_.content, written_);
    write(std::string(32, 'v'), 0); // the WAL begins anew
    EXPECT_EQ(write_frame(0, true), SQLITE_OK);
    EXPECT_EQ(file_.content, written_);
}

TEST_F(WalWritesTest, LargeTransactionsGoInPieces) {
    begin_wal();
    constexpr int frames = 4 * static_cast<int>(WalWrites::held_max / frame_octets);
    for (int number = 0; number < frames; ++number) {
        ASSERT_EQ(write_frame(number, number == frames - 1), SQLITE_OK);
    }
    EXPECT_EQ(file_.content, written_);
    for (const auto& [at, octets] : file_.writes) {
        EXPECT_LT(octets, 128 << 10) << at; // what SQLite's file layer takes
    }
    EXPECT_LT(file_.writes.size(), 20U);
}

// A cache of a few pages: frames are spilled, read back, and written anew before the commit.
TEST(WalWritesInSqlite, TransactionsLargerThanTheCacheStayWhole) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path() + "/test.db";
    auto opened = Connection::open(path, Connection::Mode::read_write_create);
    ASSERT_TRUE(opened);
    Connection connection = std::move(*opened);
    const auto run = [&connection](const std::string& sql) {
        const auto done = connection.execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    };
    run("PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = 8;"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT)");
    connection.gather_wal_writes();
    const auto number = [](Connection& asked, const char* sql) {
        return asked.query_integer(sql).value_or(-1);
    };
    const std::string fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                             "WHERE i < 500) INSERT INTO t (value) SELECT hex(randomblob(100)) "
                             "FROM n;";
    for (int round = 0; round < 3; ++round) {
        run("BEGIN;" + fill + "UPDATE t SET value = value || 'x' WHERE id % 7 = 0; ROLLBACK");
        run("BEGIN;" + fill + "UPDATE t SET value = value || 'x' WHERE id % 3 = 0; COMMIT");
        run("UPDATE t SET value = 'short' WHERE id % 50 = 0");
        // As a process finds it that comes after this one was killed: the files as they are now.
        const std::string copy = folder.path() + "/copy" + std::to_string(round) + ".db";
        std::filesystem::copy_file(path, copy);
        std::filesystem::copy_file(path + "-wal", copy + "-wal");
        auto other = Connection::open(copy, Connection::Mode::read_write_create);
        ASSERT_TRUE(other);
        EXPECT_EQ(number(*other, "SELECT count(*) FROM t"), 500 * (round + 1));
        EXPECT_EQ(number(*other, "SELECT count(*) FROM pragma_integrity_check "
                                 "WHERE integrity_check <> 'ok'"),
                  0);
        const char* const changed = "SELECT count(*) FROM t WHERE value LIKE '%x'";
        EXPECT_EQ(number(*other, changed), number(connection, changed));
        ASSERT_TRUE(connection.checkpoint(round == 1));
    }
}

} // namespace

} // namespace mailcast::store::sqlite
