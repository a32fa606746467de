// What the SQLite engine does when the world fails: flushes, disks, files, versions.
#include "store/packing.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/engine.h"
#include "store/sqlite/fault_vfs.h"
#include "store/sqlite/schema.h"
#include "store/test_store.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace mailcast::store::sqlite {

namespace {

using namespace store::test;
using Kind = Outcome::Result;
using namespace std::chrono_literals;

class EngineTest : public ::testing::Test {
  protected:
    EngineTest() {
        tuning_.retry_first = 1ms;
        tuning_.retry_longest = 5ms;
        tuning_.idle_delay = 1h; // nothing happens behind the test's back, nothing waits for it
    }

    Result<void> try_open() {
        store_.reset();
        auto opened = open_engine({.data_dir = folder_.path()}, "mailcast.db", tuning_);
        if (!opened) {
            return std::unexpected(opened.error());
        }
        store_ = std::move(*opened);
        return {};
    }

    void reopen() {
        const auto opened = try_open();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    chat::EntityId add(const std::string& name) {
        return put_account(*store_, person(name)).value().id;
    }

    Kind send(chat::EntityId entity, std::size_t size = 2000,
              std::optional<JournalKey> key = std::nullopt) {
        Commit mail = mail_for({entity}, size);
        mail.journal_key = key;
        return commit(*store_, mail).outcomes.at(0).result;
    }

    std::size_t log_size(chat::EntityId entity) {
        const auto log = read_log(*store_, {.entity = entity});
        EXPECT_TRUE(log) << log.error().message;
        return log ? log->size() : 0;
    }

    // Until the store takes mails again; it tries by itself.
    void wait_until_accepting() {
        for (int i = 0; i < 2000 && !statistics(*store_).accepting; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_TRUE(statistics(*store_).accepting);
    }

    std::string path() const { return folder_.path() + "/mailcast.db"; }

    TemporaryFolder folder_;
    Tuning tuning_;
    std::unique_ptr<Store> store_;
};

} // namespace

TEST_F(EngineTest, after_a_failed_flush_nothing_is_accepted_until_the_disk_is_well) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    EXPECT_EQ(send(ada), Kind::stored);
    std::atomic<int> recovered = 0;
    store_->when_recovered([&recovered] { ++recovered; });
    disk.sync_fails = true;
    EXPECT_EQ(send(ada, 2000, key_of(1)), Kind::failed);
    EXPECT_EQ(send(ada), Kind::failed);
    EXPECT_EQ(recovered, 0);
    EXPECT_FALSE(statistics(*store_).accepting);
    const auto log = read_log(*store_, {.entity = ada});
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().kind, Error::Kind::unavailable);
    EXPECT_FALSE(put_account(*store_, person("bob")));
    disk.sync_fails = false;
    wait_until_accepting();
    EXPECT_EQ(recovered, 1);
    // The flush failed after the octets were written, so the mail may be there; then its retry is known.
    const Kind retried = send(ada, 2000, key_of(1));
    EXPECT_TRUE(retried == Kind::stored || retried == Kind::duplicate);
    EXPECT_EQ(log_size(ada), 2U);
    EXPECT_EQ(send(ada), Kind::stored);
    reopen();
    EXPECT_EQ(log_size(ada), 3U);
    store_.reset();
}

TEST_F(EngineTest, a_database_that_is_taken_away_takes_no_mail_and_is_not_begun_anew) {
    reopen();
    const auto ada = add("ada");
    EXPECT_EQ(send(ada), Kind::stored);
    std::filesystem::rename(path(), path() + ".away");
    EXPECT_EQ(send(ada), Kind::failed);
    EXPECT_EQ(send(ada), Kind::failed);
    EXPECT_FALSE(std::filesystem::exists(path()));
    std::filesystem::rename(path() + ".away", path());
    wait_until_accepting();
    EXPECT_EQ(send(ada), Kind::stored);
    EXPECT_EQ(log_size(ada), 2U);
}

TEST_F(EngineTest, closing_during_trouble_answers_everything) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    disk.sync_fails = true;
    int answers = 0;
    for (int i = 0; i < 20; ++i) {
        store_->commit(mail_for({ada}), [&](const Committed&) { ++answers; });
        store_->read_log({.entity = ada}, [&](auto) { ++answers; });
        store_->expire(start_of_time, [&](auto) { ++answers; });
    }
    store_->close();
    EXPECT_EQ(answers, 60);
    store_.reset();
}

TEST_F(EngineTest, a_full_disk_refuses_the_group_and_no_more) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    EXPECT_EQ(send(ada), Kind::stored);
    disk.disk_is_full = true;
    EXPECT_EQ(send(ada), Kind::disk_full);
    EXPECT_EQ(send(ada), Kind::disk_full);
    disk.disk_is_full = false;
    wait_until_accepting();
    EXPECT_EQ(send(ada), Kind::stored);
    EXPECT_EQ(log_size(ada), 2U);
    store_.reset();
}

TEST_F(EngineTest, a_refused_batch_gives_each_of_its_mails_its_own_outcomes) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    const auto bob = add("bob");
    const auto send_batch = [&] {
        std::vector<Commit> batch;
        batch.push_back(mail_for({ada}));
        batch.push_back(mail_for({ada, bob}));
        return wait_for<std::vector<Committed>>(
            [&](const auto& done) { store_->commit(std::move(batch), done); });
    };
    const auto all_are = [](const std::vector<Committed>& batch, Kind kind) {
        ASSERT_EQ(batch.size(), 2U);
        ASSERT_EQ(batch[0].outcomes.size(), 1U);
        ASSERT_EQ(batch[1].outcomes.size(), 2U);
        for (const Committed& committed : batch) {
            EXPECT_EQ(committed.sequence != 0, kind == Kind::stored);
            for (const Outcome& outcome : committed.outcomes) {
                EXPECT_EQ(outcome.result, kind);
            }
        }
    };
    disk.disk_is_full = true;
    all_are(send_batch(), Kind::disk_full);
    disk.disk_is_full = false;
    all_are(send_batch(), Kind::stored);
    disk.sync_fails = true;
    all_are(send_batch(), Kind::failed);
    all_are(send_batch(), Kind::failed);
    disk.sync_fails = false;
    wait_until_accepting();
    store_->close();
    all_are(send_batch(), Kind::failed);
    store_.reset();
}

TEST_F(EngineTest, expiry_and_indexing_on_a_full_disk_wait_for_room) {
    test::FaultDisk disk;
    tuning_.pending_messages_max = 4;
    reopen();
    delivery::Rules rules;
    rules.keep_count = 1;
    const auto ada = put_account(*store_, person("ada", rules)).value().id;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(send(ada), Kind::stored);
    }
    disk.disk_is_full = true;
    const auto expired = expire(*store_, start_of_time);
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.error().kind, Error::Kind::full);
    EXPECT_TRUE(statistics(*store_).accepting);
    disk.disk_is_full = false;
    EXPECT_EQ(statistics(*store_).entries, 3U);
    EXPECT_TRUE(expire(*store_, start_of_time));
    EXPECT_EQ(statistics(*store_).entries, 1U);
    EXPECT_EQ(log_size(ada), 1U);
    store_.reset();
}

TEST_F(EngineTest, a_database_at_its_size_limit_refuses_and_takes_again_when_there_is_room) {
    tuning_.page_count_max = 64;
    reopen();
    const auto ada = add("ada");
    std::size_t stored = 0;
    while (send(ada, 20'000) == Kind::stored) {
        ++stored;
    }
    EXPECT_GT(stored, 3U);
    EXPECT_EQ(send(ada, 20'000), Kind::disk_full);
    EXPECT_TRUE(statistics(*store_).accepting);
    EXPECT_EQ(log_size(ada), stored);
    tuning_.page_count_max = 0;
    reopen();
    EXPECT_EQ(send(ada, 20'000), Kind::stored);
    EXPECT_EQ(log_size(ada), stored + 1);
}

TEST_F(EngineTest, what_was_answered_survives_the_loss_of_power) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    std::size_t stored = 0;
    // With and without the index written behind, whose commits are not flushed.
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 20; ++i) {
            ASSERT_EQ(send(ada, 3000, key_of(stored)), Kind::stored);
            ++stored;
        }
        if (round % 2 == 0) {
            EXPECT_EQ(log_size(ada), stored);
        }
        ASSERT_EQ(send(ada), Kind::stored);
        ++stored;
        disk.power_is_out = true;
        store_.reset();
        disk.restore_flushed();
        reopen();
        EXPECT_EQ(log_size(ada), stored);
        EXPECT_EQ(send(ada, 3000, key_of(stored - 2)), Kind::duplicate);
    }
    store_.reset();
}

// Mails in flight all the time, so that a group is prepared while another is being flushed.
class Pressure {
  public:
    Pressure(Store& store, chat::EntityId entity) : store_(store), entity_(entity) {}

    // From now on batches of three are handed in, some at a time.
    void begin() {
        for (int i = 0; i < 4; ++i) {
            send_batch();
        }
    }

    // Ends it when `count` mails have been answered.
    void end_after(std::size_t count) {
        std::unique_lock lock(mutex_);
        answered_.wait(lock, [&] { return answers_ >= count; });
        is_over_ = true;
    }

    void wait_for_the_rest() {
        std::unique_lock lock(mutex_);
        answered_.wait(lock, [&] { return in_flight_ == 0; });
    }

    // When nothing is in flight any more:
    std::size_t handed_in() const { return handed_in_; }

    std::size_t answers() const { return answers_; }

    const std::vector<chat::Sequence>& stored() const { return stored_; }

  private:
    void send_batch() {
        std::vector<Commit> batch;
        for (int i = 0; i < 3; ++i) {
            batch.push_back(mail_for({entity_}, 3000));
        }
        {
            const std::scoped_lock lock(mutex_);
            handed_in_ += batch.size();
            ++in_flight_;
        }
        store_.commit(std::move(batch), [this](const std::vector<Committed>& results) {
            bool more = false;
            {
                const std::scoped_lock lock(mutex_);
                for (const Committed& result : results) {
                    ++answers_;
                    if (result.outcomes.at(0).result == Kind::stored) {
                        stored_.push_back(result.sequence);
                    }
                }
                more = !is_over_;
            }
            if (more) {
                send_batch();
            }
            const std::scoped_lock lock(mutex_);
            --in_flight_;
            answered_.notify_one();
        });
    }

    Store& store_;
    chat::EntityId entity_;
    std::mutex mutex_; // guards what follows
    std::condition_variable answered_;
    std::size_t handed_in_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t answers_ = 0;
    std::vector<chat::Sequence> stored_;
    bool is_over_ = false;
};

TEST_F(EngineTest, what_was_answered_under_load_survives_the_loss_of_power) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    std::vector<chat::Sequence> stored;
    for (int round = 0; round < 5; ++round) {
        Pressure pressure(*store_, ada);
        pressure.begin();
        pressure.end_after(60);
        disk.power_is_out = true;
        store_.reset();
        pressure.wait_for_the_rest();
        EXPECT_EQ(pressure.answers(), pressure.handed_in()) << "each mail is answered once";
        stored.insert(stored.end(), pressure.stored().begin(), pressure.stored().end());
        EXPECT_TRUE(std::ranges::is_sorted(stored)) << "in the order of the logs";
        disk.restore_flushed();
        reopen();
        const auto log = read_log(*store_, {.entity = ada});
        ASSERT_TRUE(log) << log.error().message;
        std::vector<chat::Sequence> there;
        for (const LogEntry& entry : *log) {
            there.push_back(entry.sequence);
        }
        EXPECT_TRUE(std::ranges::includes(there, stored));
    }
    store_.reset();
}

TEST_F(EngineTest, a_flush_that_fails_under_load_refuses_what_stands_on_it) {
    test::FaultDisk disk;
    reopen();
    const auto ada = add("ada");
    for (int round = 0; round < 5; ++round) {
        Pressure pressure(*store_, ada);
        pressure.begin();
        const int before = disk.syncs;
        while (disk.syncs < before + 5) {
            std::this_thread::yield();
        }
        disk.sync_fails = true;
        while (disk.syncs < before + 9) {
            std::this_thread::yield();
        }
        disk.sync_fails = false;
        pressure.end_after(90);
        pressure.wait_for_the_rest();
        wait_until_accepting();
        EXPECT_EQ(send(ada), Kind::stored);
        EXPECT_EQ(pressure.answers(), pressure.handed_in());
        const auto log = read_log(*store_, {.entity = ada});
        ASSERT_TRUE(log) << log.error().message;
        for (const chat::Sequence sequence : pressure.stored()) {
            EXPECT_EQ(std::ranges::count(*log, sequence, &LogEntry::sequence), 1) << sequence;
        }
    }
    store_.reset();
}

TEST_F(EngineTest, a_repetition_is_known_whatever_memory_knows_of_the_journal) {
    for (const std::size_t most : {std::size_t{0}, std::size_t{3}, std::size_t{1000}}) {
        tuning_.journal_keys_in_memory_max = most;
        tuning_.pending_messages_max = 2; // into the table at once
        reopen();
        const auto ada = add("ada" + std::to_string(most));
        for (std::uint64_t number = 0; number < 10; ++number) {
            EXPECT_EQ(send(ada, 2000, key_of(most * 100 + number)), Kind::stored);
        }
        for (std::uint64_t number = 0; number < 10; ++number) {
            EXPECT_EQ(send(ada, 2000, key_of(most * 100 + number)), Kind::duplicate);
        }
        reopen();
        for (std::uint64_t number = 0; number < 10; ++number) {
            EXPECT_EQ(send(ada, 2000, key_of(most * 100 + number)), Kind::duplicate);
        }
        EXPECT_EQ(log_size(ada), 10U);
    }
    store_.reset();
}

TEST_F(EngineTest, a_repetition_is_known_from_whichever_hour_it_comes) {
    tuning_.pending_messages_max = 5; // some in the table, some on the way there
    for (const std::size_t most : {std::size_t{0}, std::size_t{1000}}) {
        tuning_.journal_keys_in_memory_max = most;
        reopen();
        const auto ada = add("ada" + std::to_string(most));
        const auto send_at = [&](std::uint64_t number, std::chrono::minutes after) {
            Commit mail = mail_for({ada}, 100, start_of_time + after);
            mail.journal_key = key_of(most + number);
            return commit(*store_, mail).outcomes.at(0).result;
        };
        // Over six days, and with a clock that steps back.
        const auto came = [](std::uint64_t number) { return 173min * ((number * 7) % 50); };
        for (std::uint64_t number = 0; number < 50; ++number) {
            EXPECT_EQ(send_at(number, came(number)), Kind::stored) << number;
        }
        for (const bool after_reopen : {false, true}) {
            if (after_reopen) {
                reopen();
            }
            for (std::uint64_t number = 0; number < 50; ++number) {
                EXPECT_EQ(send_at(number, 24h * 7), Kind::duplicate) << number;
            }
        }
        EXPECT_EQ(log_size(ada), 50U);
    }
    store_.reset();
}

TEST_F(EngineTest, an_index_that_was_not_flushed_is_derived_again) {
    test::FaultDisk disk;
    tuning_.pending_messages_max = 8; // enters the index all the time, without a flush
    reopen();
    const auto ada = add("ada");
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(send(ada), Kind::stored);
    }
    disk.power_is_out = true;
    store_.reset();
    disk.restore_flushed();
    reopen();
    EXPECT_EQ(log_size(ada), 50U);
    EXPECT_EQ(statistics(*store_).entries, 50U);
    EXPECT_EQ(statistics(*store_).messages, 50U);
    store_.reset();
}

TEST_F(EngineTest, an_index_that_was_entered_in_part_is_derived_again) {
    test::FaultDisk disk;
    tuning_.pending_messages_max = 20;
    tuning_.index_slice = 3; // a turn spans many groups
    reopen();
    const auto ada = add("ada");
    const auto bob = add("bob");
    std::size_t stored = 0;
    for (int round = 0; round < 8; ++round) {
        // Another length each time, so that the power goes at another place of a turn.
        for (int i = 0; i < 25 + round; ++i) {
            Commit mail = mail_for({ada, bob}, 100);
            mail.journal_key = key_of(stored);
            ASSERT_EQ(commit(*store_, mail).outcomes.at(0).result, Kind::stored);
            ++stored;
            EXPECT_EQ(send(ada, 100, key_of(stored / 2)), Kind::duplicate);
        }
        disk.power_is_out = true;
        store_.reset();
        disk.restore_flushed();
        reopen();
        EXPECT_EQ(statistics(*store_).messages, stored);
        EXPECT_EQ(statistics(*store_).entries, 2 * stored);
        EXPECT_EQ(send(bob, 100, key_of(0)), Kind::duplicate);
        EXPECT_EQ(send(bob, 100, key_of(stored - 1)), Kind::duplicate);
    }
    EXPECT_EQ(log_size(ada), stored);
    EXPECT_EQ(log_size(bob), stored);
    // The sums: as much as is there fits, one octet more does not.
    Account full = read_accounts(*store_).value().accounts.front();
    full.rules.quota = 100 * stored + 100;
    ASSERT_TRUE(put_account(*store_, full));
    EXPECT_EQ(send(full.id, 101), Kind::full);
    EXPECT_EQ(send(full.id, 100), Kind::stored);
    store_.reset();
}

TEST_F(EngineTest, a_file_that_is_no_database_is_refused_and_left_alone) {
    const std::string text(5000, 'z');
    std::ofstream(path()) << text;
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, Error::Kind::corrupt);
    EXPECT_NE(opened.error().message.find(path()), std::string::npos);
    std::ifstream in(path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST_F(EngineTest, a_damaged_database_is_refused) {
    reopen();
    const auto ada = add("ada");
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(send(ada), Kind::stored);
    }
    store_.reset();
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string noise(1000, '\xee');
    for (int page = 1; page < 40; ++page) {
        file.seekp(page * tuning_.page_size);
        file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }
    file.close();
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, Error::Kind::corrupt) << opened.error().message;
}

TEST_F(EngineTest, a_packed_column_that_is_damaged_hides_its_message_alone) {
    reopen();
    const auto ada = add("ada");
    const Commit first = mail_for({ada});
    commit(*store_, first);
    EXPECT_EQ(send(ada), Kind::stored);
    store_.reset();
    {
        auto connection = Connection::open(path(), Connection::Mode::read_write_create);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->execute("UPDATE message SET details = x'0105' WHERE sequence = 1"));
    }
    reopen();
    EXPECT_EQ(log_size(ada), 1U);
    const auto mail = read_mail(*store_, first.note->id);
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().kind, Error::Kind::corrupt);
}

TEST_F(EngineTest, a_message_with_damaged_recipients_is_still_found_by_its_id) {
    reopen();
    const auto ada = add("ada");
    const Commit first = mail_for({ada});
    commit(*store_, first);
    EXPECT_EQ(send(ada), Kind::stored);
    store_.reset();
    {
        // Before what is derived was written.
        auto connection = Connection::open(path(), Connection::Mode::read_write_create);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(
            connection->execute("UPDATE message SET recipients = x'0105' WHERE sequence = 1;"
                                "DELETE FROM message_id; DELETE FROM log;"
                                "UPDATE state SET value = 0"));
    }
    reopen();
    EXPECT_EQ(log_size(ada), 1U);
    const auto mail = read_mail(*store_, first.note->id);
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().kind, Error::Kind::corrupt) << mail.error().message;
}

TEST_F(EngineTest, every_old_schema_is_migrated) {
    for (std::size_t version = 0; version <= schema_steps().size(); ++version) {
        std::filesystem::remove(path());
        {
            auto connection = Connection::open(path(), Connection::Mode::read_write_create);
            ASSERT_TRUE(connection);
            for (std::size_t step = 0; step < version; ++step) {
                ASSERT_TRUE(connection->execute(std::string(schema_steps()[step])));
            }
            ASSERT_TRUE(connection->execute(fmt::format("PRAGMA user_version = {}", version)));
            if (version >= 1 && version < 5) {
                auto put = connection->prepare("INSERT INTO journal (key, sequence, time, id, "
                                               "entities) VALUES (?1, ?2, ?3, ?4, ?5)");
                ASSERT_TRUE(put);
                for (std::uint64_t number = 0; number < 3; ++number) {
                    const JournalKey key = key_of(number);
                    const std::string entities = pack_entities({1});
                    const std::string id = next_id().text();
                    put->bind_blob(1, {reinterpret_cast<const char*>(key.data()), key.size()})
                        .bind(2, -1 - static_cast<std::int64_t>(number))
                        .bind(3, base::to_unix_ms(start_of_time - 26h * number))
                        .bind_text(4, id)
                        .bind_blob(5, entities);
                    ASSERT_TRUE(put->run());
                }
            }
        }
        reopen();
        const auto ada = add("ada");
        ASSERT_EQ(ada, 1);
        EXPECT_EQ(send(ada), Kind::stored) << version;
        const bool knows = version >= 1 && version < 5;
        for (std::uint64_t number = 0; number < 3; ++number) {
            EXPECT_EQ(send(ada, 2000, key_of(number)), knows ? Kind::duplicate : Kind::stored)
                << version;
        }
        store_.reset();
    }
}

TEST_F(EngineTest, a_newer_schema_is_refused_with_what_to_do) {
    reopen();
    store_.reset();
    {
        auto connection = Connection::open(path(), Connection::Mode::read_write_create);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->execute("PRAGMA user_version = 4711"));
    }
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, Error::Kind::newer_schema);
    EXPECT_NE(opened.error().message.find("4711"), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find("newer mailcast"), std::string::npos);
}

TEST_F(EngineTest, a_crowd_of_clients_is_bounded) {
    tuning_.cursors_per_entity_max = 3;
    reopen();
    const auto ada = add("ada");
    for (const char* client : {"a", "b", "c", "a"}) {
        EXPECT_TRUE(move_cursor(*store_, ada, client, 1));
    }
    EXPECT_FALSE(move_cursor(*store_, ada, "d", 1));
    EXPECT_FALSE(move_cursor(*store_, ada, std::string(tuning_.cursor_name_max + 1, 'x'), 1));
}

} // namespace mailcast::store::sqlite
