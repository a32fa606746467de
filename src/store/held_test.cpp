// Mail that is held: bounded, known again, announced, released and dropped; over the interface of a Store alone.
#include "store/store.h"
#include "store/test_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

namespace mailcast::store {
namespace {

using namespace test;
using Kind = Outcome::Result;

class HeldTest : public ::testing::Test {
  protected:
    void SetUp() override { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = open({.data_dir = folder_.path()});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        if (ada_ == 0) {
            ada_ = put_account(*store_, person("ada")).value().id;
            bob_ = put_account(*store_, person("bob")).value().id;
        }
    }

    // For `delivered` into their logs, and held for each of `held`.
    Commit mail(const std::vector<chat::EntityId>& delivered,
                const std::vector<chat::EntityId>& held, std::size_t size = 2000) {
        Commit commit = mail_for(delivered, size);
        for (const chat::EntityId entity : held) {
            auto note = std::make_shared<chat::Note>(*commit.note);
            note->id = next_id();
            note->recipients = {{entity, "nick@example.org", "example.org", true}};
            Hold hold;
            hold.note = std::move(note);
            hold.kept_until = start_of_time + std::chrono::hours(24);
            hold.most_mails = 3;
            hold.most_octets = 5000;
            hold.announce = [entity](std::int64_t number) {
                auto line = std::make_shared<chat::Note>();
                line->id = next_id();
                line->kind = chat::NoteKind::notice;
                line->time = start_of_time;
                line->text = "held " + std::to_string(number);
                line->recipients = {{entity, {}, {}, false}};
                return line;
            };
            commit.holds.push_back(std::move(hold));
        }
        return commit;
    }

    std::vector<std::string> texts(chat::EntityId entity) {
        std::vector<std::string> found;
        const auto entries = read_log(*store_, {.entity = entity});
        for (const LogEntry& entry : entries.value_or(std::vector<LogEntry>{})) {
            found.push_back(entry.note->kind == chat::NoteKind::mail ? entry.note->subject
                                                                     : entry.note->text);
        }
        return found;
    }

    std::vector<HeldItem> held(chat::EntityId entity) {
        return wait_for<Result<std::vector<HeldItem>>>(
                   [&](const auto& done) { store_->read_held(entity, done); })
            .value();
    }

    Result<Released> release(chat::EntityId entity, std::int64_t number) {
        return wait_for<Result<Released>>(
            [&](const auto& done) { store_->release_held(entity, number, done); });
    }

    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
    chat::EntityId ada_ = 0;
    chat::EntityId bob_ = 0;
};

const std::string subject = "Minutes of the meeting";

TEST_F(HeldTest, it_is_announced_in_her_log_and_stands_in_her_list_alone) {
    const Commit first = mail({bob_}, {ada_});
    const Committed result = commit(*store_, first);
    EXPECT_EQ(result.outcomes.at(0).result, Kind::stored);
    ASSERT_EQ(result.held.size(), 1U);
    EXPECT_EQ(result.held[0].outcome.result, Kind::stored);
    EXPECT_GT(result.held[0].announced, 0);
    EXPECT_EQ(result.held[0].announcement->text, "held 1");
    for (int turn = 0; turn < 2; ++turn) {
        EXPECT_EQ(texts(ada_), (std::vector<std::string>{"held 1"}));
        EXPECT_EQ(texts(bob_), (std::vector<std::string>{subject}));
        EXPECT_TRUE(held(bob_).empty());
        const auto items = held(ada_);
        ASSERT_EQ(items.size(), 1U);
        EXPECT_EQ(items[0].number, 1);
        EXPECT_EQ(items[0].sender, "bea@example.net");
        EXPECT_EQ(items[0].octets, 2000U);
        EXPECT_EQ(items[0].note->subject, subject);
        reopen(); // and after a restart
    }
}

TEST_F(HeldTest, handed_in_again_it_is_a_duplicate_also_after_it_was_released_or_dropped) {
    Commit first = mail({}, {ada_});
    first.journal_key = key_of(1);
    const Committed before = commit(*store_, first);
    EXPECT_EQ(before.held[0].outcome.result, Kind::stored);
    const auto repeats = [&] {
        const Committed again = commit(*store_, first);
        return again.held[0].outcome.result == Kind::duplicate &&
               again.held[0].outcome.id == before.held[0].outcome.id &&
               again.held[0].announced == 0;
    };
    EXPECT_TRUE(repeats());
    reopen();
    EXPECT_TRUE(repeats());
    ASSERT_TRUE(release(ada_, 1));
    EXPECT_TRUE(repeats());
    EXPECT_TRUE(held(ada_).empty());

    Commit both = mail({bob_}, {ada_});
    both.journal_key = key_of(2);
    commit(*store_, both);
    const Committed again = commit(*store_, both);
    EXPECT_EQ(again.outcomes[0].result, Kind::duplicate);
    EXPECT_EQ(again.held[0].outcome.result, Kind::duplicate);
    EXPECT_TRUE(wait_for<Result<std::monostate>>(
        [&](const auto& done) { store_->drop_held(ada_, 2, done); }));
    EXPECT_EQ(commit(*store_, both).held[0].outcome.result, Kind::duplicate);
}

TEST_F(HeldTest, who_knows_her_by_now_gets_the_repetition_of_a_held_mail_answered) {
    Commit first = mail({}, {ada_});
    first.journal_key = key_of(3);
    commit(*store_, first);
    Commit again = mail({ada_}, {});
    again.journal_key = key_of(3);
    EXPECT_EQ(commit(*store_, again).outcomes[0].result, Kind::duplicate);
}

TEST_F(HeldTest, released_it_is_in_her_log_as_it_came_and_no_longer_held) {
    Commit large = mail({}, {ada_}, 3000);
    const std::string path = store_->content_dir() + "/large";
    std::ofstream(path, std::ios::binary) << large.content.bytes;
    const std::string octets = std::exchange(large.content.bytes, {});
    large.content.temporary_file = path;
    commit(*store_, large);
    const auto wrong = release(bob_, 1);
    ASSERT_FALSE(wrong) << "another person's";
    EXPECT_EQ(wrong.error().kind, Error::Kind::not_found);
    const auto released = release(ada_, 1);
    ASSERT_TRUE(released) << released.error().message;
    EXPECT_EQ(released->note->subject, subject);
    EXPECT_GT(released->sequence, 0);
    EXPECT_FALSE(release(ada_, 1)) << "once";
    reopen();
    EXPECT_TRUE(held(ada_).empty());
    EXPECT_EQ(texts(ada_), (std::vector<std::string>{"held 1", subject}));
    const auto stored = read_mail(*store_, released->note->id);
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(stored->content, octets);
    EXPECT_EQ(stored->trace, large.trace);
    EXPECT_EQ(stored->queue_id, large.queue_id);
    EXPECT_EQ(stored->note->recipients.at(0).address, "nick@example.org");
}

TEST_F(HeldTest, a_number_and_an_amount_of_octets_bound_what_is_held) {
    EXPECT_EQ(commit(*store_, mail({}, {ada_}, 2500)).held[0].outcome.result, Kind::stored);
    EXPECT_EQ(commit(*store_, mail({}, {ada_}, 2500)).held[0].outcome.result, Kind::stored);
    EXPECT_EQ(commit(*store_, mail({}, {ada_}, 1)).held[0].outcome.result, Kind::full);
    const Committed both = commit(*store_, mail({}, {ada_, bob_}, 10));
    EXPECT_EQ(both.held[0].outcome.result, Kind::full);
    EXPECT_EQ(both.held[1].outcome.result, Kind::stored) << "bob has room";
    EXPECT_EQ(both.held[0].announced, 0);
    EXPECT_EQ(commit(*store_, mail({}, {bob_}, 10)).held[0].outcome.result, Kind::stored);
    EXPECT_EQ(commit(*store_, mail({}, {bob_}, 10)).held[0].outcome.result, Kind::stored);
    EXPECT_EQ(commit(*store_, mail({}, {bob_}, 10)).held[0].outcome.result, Kind::full);
    EXPECT_EQ(texts(ada_).size(), 2U);
}

TEST_F(HeldTest, a_full_log_keeps_it_held) {
    commit(*store_, mail({}, {ada_}));
    Account account = read_accounts(*store_).value().accounts[0];
    account.rules.quota = 100;
    ASSERT_TRUE(put_account(*store_, account));
    const auto released = release(ada_, 1);
    ASSERT_FALSE(released);
    EXPECT_EQ(released.error().kind, Error::Kind::full);
    EXPECT_EQ(held(ada_).size(), 1U);
}

TEST_F(HeldTest, it_goes_when_its_time_is_over_or_with_the_person) {
    commit(*store_, mail({}, {ada_, bob_}));
    const auto expire_at = [&](base::Time now) {
        return wait_for<Result<std::vector<HeldItem>>>(
                   [&](const auto& done) { store_->expire_held(now, done); })
            .value()
            .size();
    };
    EXPECT_EQ(expire_at(start_of_time), 0U);
    ASSERT_TRUE(remove_account(*store_, bob_));
    EXPECT_EQ(held(0).size(), 1U);
    EXPECT_EQ(expire_at(start_of_time + std::chrono::hours(25)), 1U);
    EXPECT_TRUE(held(0).empty());
}

} // namespace
} // namespace mailcast::store
