// What waits for other nodes, over a real store in a temporary folder.
#include "chat/test_backing.h"
#include "net/intake/test_intake.h"
#include "net/out/outbox.h"

#include <gtest/gtest.h>

namespace mailcast::net {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

const auto taken = mail::make_status(250, 1, 5, "taken");
const auto away = mail::make_status(451, 4, 1, "away");
const auto never = mail::make_status(550, 1, 1, "nobody of this name");

} // namespace

struct OutboxTest : testing::Test, IntakeNode {
    OutboxTest() {
        hub.set_entities(
            {{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "ada"}});
        open({});
    }

    ~OutboxTest() override { outbox.reset(); }

    void open(Outbox::Settings settings) {
        outbox = std::make_unique<Outbox>(
            Outbox::Parts{.store = *store,
                          .hub = hub,
                          .backing = backing,
                          .post = [this](std::function<void()> job) { jobs.post(std::move(job)); },
                          .next_id = [this](base::Time time) { return ids.next(time); },
                          .postmaster = [this] { return ada; }},
            settings);
        outbox->set_carrier("psyc:", [this](const store::OutboxItem& item, auto done) {
            carried.push_back(item);
            done(answers);
        });
    }

    void put(std::vector<store::OutboxTarget> targets, chat::EntityId sender = 0) {
        auto note = std::make_shared<chat::Note>();
        note->subject = "hi";
        store::OutboxItem item;
        item.destination = "psyc://there.example/";
        item.targets = std::move(targets);
        item.sender = sender;
        item.created = now;
        item.once = "1";
        item.note = note;
        bool done = false;
        store->put_outbox_item(item, [&](const store::Result<std::int64_t>& id) {
            EXPECT_TRUE(id);
            jobs.post([&done] { done = true; });
        });
        jobs.run_until([&done] { return done; });
        outbox->changed();
        settle();
    }

    std::vector<store::OutboxItem> stored() {
        std::vector<store::OutboxItem> items;
        bool done = false;
        store->read_outbox([&](const store::Result<std::vector<store::OutboxItem>>& read) {
            jobs.post([&, read] {
                items = *read;
                done = true;
            });
        });
        jobs.run_until([&done] { return done; });
        return items;
    }

    // Runs what was posted until a question put to the store now would be answered with nothing new.
    void settle() {
        for (int i = 0; i < 6; ++i) {
            static_cast<void>(stored());
            backing.settle();
        }
    }

    void tick(std::chrono::milliseconds later) {
        now += later;
        outbox->tick(now);
        settle();
    }

    chat::TestBacking backing;
    base::MessageIdGenerator ids{1};
    std::unique_ptr<Outbox> outbox;
    std::vector<store::OutboxItem> carried;
    std::vector<mail::Status> answers;
    base::Time now = base::from_unix_ms(1'800'000'000'000);
};

TEST_F(OutboxTest, what_is_taken_leaves_and_nobody_is_told) {
    answers = {taken, taken};
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}, {"psyc://there.example/~eve", false}});
    ASSERT_EQ(carried.size(), 1U);
    ASSERT_NE(carried[0].note, nullptr);
    EXPECT_EQ(carried[0].note->subject, "hi");
    EXPECT_EQ(carried[0].targets.size(), 2U);
    EXPECT_TRUE(stored().empty());
    EXPECT_EQ(outbox->waiting(), 0U);
    EXPECT_TRUE(backing.logs.empty());
}

TEST_F(OutboxTest, a_clock_that_was_set_back_puts_nothing_off) {
    answers = {away};
    const base::Time right = now;
    now += hours(24 * 365);
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}}, ada);
    EXPECT_EQ(carried.size(), 1U);
    now = right;
    tick(seconds(1));
    EXPECT_EQ(carried.size(), 2U);
    tick(seconds(1));
    EXPECT_EQ(carried.size(), 2U);
}

TEST_F(OutboxTest, what_cannot_go_now_is_tried_with_growing_pauses) {
    answers = {away};
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}}, ada);
    EXPECT_EQ(carried.size(), 1U);
    tick(seconds(59));
    EXPECT_EQ(carried.size(), 1U);
    tick(seconds(1));
    EXPECT_EQ(carried.size(), 2U);
    tick(seconds(119));
    EXPECT_EQ(carried.size(), 2U);
    tick(seconds(1));
    EXPECT_EQ(carried.size(), 3U);
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_EQ(stored()[0].attempts, 3U);
    EXPECT_EQ(stored()[0].reason, "451 4.4.1 away");
    EXPECT_EQ(outbox->pause_after(30), seconds(3600)) << "bounded";
    outbox->retry("psyc://there.example/");
    settle();
    EXPECT_EQ(carried.size(), 4U) << "its node came back";
}

TEST_F(OutboxTest, it_waits_in_the_store_through_a_restart) {
    answers = {away};
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}}, ada);
    open({});
    answers = {taken};
    outbox->changed();
    tick(hours(1));
    EXPECT_EQ(carried.size(), 2U);
    EXPECT_TRUE(stored().empty());
}

TEST_F(OutboxTest, of_two_targets_one_refused_the_sender_is_told_and_the_other_is_tried_again) {
    answers = {never, away};
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}, {"psyc://there.example/~eve", true}}, ada);
    ASSERT_EQ(backing.logs[ada].size(), 1U);
    const chat::Note& note = *backing.logs[ada][0].note;
    EXPECT_EQ(note.kind, chat::NoteKind::notice);
    EXPECT_EQ(note.text, "Your mail \"hi\" was not delivered:\npsyc://there.example/~bea: "
                         "550 5.1.1 nobody of this name");
    ASSERT_EQ(stored().size(), 1U);
    ASSERT_EQ(stored()[0].targets.size(), 1U);
    EXPECT_EQ(stored()[0].targets[0].address, "psyc://there.example/~eve");
}

TEST_F(OutboxTest, it_gives_up_in_the_end_and_says_so) {
    answers = {away};
    outbox->tick(now);
    put({{"psyc://there.example/~bea",
          true}}); // the sender is nobody of ours: the postmaster hears
    tick(hours(24 * 5 + 1));
    EXPECT_TRUE(stored().empty());
    ASSERT_EQ(backing.logs[ada].size(), 1U);
    EXPECT_EQ(outbox->failed(), 1U);
}

TEST_F(OutboxTest, who_cannot_be_told_now_is_told_later_and_nothing_is_dropped) {
    answers = {never};
    backing.fails = true;
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}}, ada);
    EXPECT_EQ(stored().size(), 1U);
    backing.fails = false;
    tick(seconds(60));
    EXPECT_TRUE(stored().empty());
    EXPECT_EQ(backing.logs[ada].size(), 1U);
}

TEST_F(OutboxTest, it_is_full_at_its_bounds) {
    open({.items = 2});
    answers = {away};
    outbox->tick(now);
    put({{"psyc://there.example/~bea", true}});
    EXPECT_FALSE(outbox->is_full());
    put({{"psyc://there.example/~eve", true}});
    EXPECT_TRUE(outbox->is_full());
}

} // namespace mailcast::net
