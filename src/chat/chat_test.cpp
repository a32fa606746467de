#include "chat/feed.h"
#include "chat/hub.h"
#include "chat/test_backing.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace mailcast::chat {
namespace {

std::shared_ptr<const Note> note_to(std::vector<EntityId> entities, const std::string& text) {
    auto note = std::make_shared<Note>();
    note->text = text;
    for (const EntityId entity : entities) {
        note->recipients.push_back(
            {.entity = entity, .address = {}, .domain = {}, .visible = true});
    }
    return note;
}

class MemoryReader : public Feed::Reader {
  public:
    void show(const Feed&, const Cast& cast, bool replayed) override {
        shown.push_back((replayed ? "old " : "new ") + cast.note().text);
    }

    bool has_room() const override { return shown.size() < room; }

    void caught_up(const Feed&, std::size_t count) override { replays.push_back(count); }

    std::vector<std::string> shown;
    std::vector<std::size_t> replays;
    std::size_t room = 1000;
};

struct FeedTest : testing::Test {
    TestBacking backing;
    MemoryReader reader;
    Hub hub{"chat.example.org"};

    void commit(Sequence sequence, const std::string& text) {
        const auto note = note_to({1}, text);
        backing.logs[1].push_back({.sequence = sequence, .note = note});
        hub.publish(sequence, note);
    }

    std::shared_ptr<Feed> follow(Sequence from) {
        auto feed = std::make_shared<Feed>(backing, reader, 1, from);
        hub.follow({.uniform = "psyc://chat.example.org/~ada", .nick = "ada", .feed = feed});
        return feed;
    }
};

TEST_F(FeedTest, what_was_missed_comes_first_then_live) {
    commit(1, "a");
    commit(2, "b");
    const auto feed = follow(1);
    feed->catch_up();
    backing.settle();
    commit(3, "c");
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"old b", "new c"}));
    EXPECT_EQ(reader.replays, std::vector<std::size_t>{1});
    EXPECT_EQ(feed->position(), 3);
}

TEST_F(FeedTest, a_note_committed_during_the_replay_is_shown_once_and_was_not_missed) {
    commit(1, "a");
    const auto feed = follow(0);
    feed->catch_up();
    // Committed after the read was asked for and before its answer: the answer has it already.
    commit(2, "b");
    backing.settle();
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"old a", "new b"}));
    commit(3, "c");
    EXPECT_EQ(reader.shown.back(), "new c");
    EXPECT_EQ(reader.shown.size(), 3U);
}

TEST_F(FeedTest, a_note_committed_behind_a_read_that_found_nothing_is_shown) {
    const auto feed = follow(0);
    feed->catch_up();
    // The store has read already, and its answer is on the way when the note is published.
    const auto note = note_to({1}, "a");
    hub.publish(1, note);
    backing.answer();
    backing.logs[1].push_back({.sequence = 1, .note = note});
    backing.settle();
    EXPECT_EQ(reader.shown, std::vector<std::string>{"new a"});
    EXPECT_EQ(feed->position(), 1);
}

TEST_F(FeedTest, what_a_slow_reader_left_in_the_first_run_comes_late) {
    commit(1, "a");
    const auto feed = follow(0);
    feed->catch_up();
    commit(2, "b");
    reader.room = 1;
    backing.settle();
    EXPECT_EQ(reader.shown, std::vector<std::string>{"old a"});
    reader.room = 1000;
    feed->catch_up();
    backing.settle();
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"old a", "old b"}));
}

TEST_F(FeedTest, an_entry_that_is_gone_again_is_not_read_for_ever) {
    const auto feed = follow(0);
    feed->catch_up();
    hub.publish(1, note_to({1}, "a"));
    backing.settle();
    EXPECT_TRUE(reader.shown.empty());
    commit(2, "b");
    EXPECT_EQ(reader.shown, std::vector<std::string>{"new b"});
}

TEST_F(FeedTest, more_than_one_read_is_replayed_in_order) {
    for (int i = 1; i <= 250; ++i) {
        commit(i, std::to_string(i));
    }
    const auto feed = follow(0);
    feed->catch_up();
    backing.settle();
    ASSERT_EQ(reader.shown.size(), 250U);
    EXPECT_EQ(reader.shown.front(), "old 1");
    EXPECT_EQ(reader.shown.back(), "old 250");
    EXPECT_EQ(reader.replays, std::vector<std::size_t>{250});
}

TEST_F(FeedTest, a_slow_reader_falls_behind_and_catches_up_without_loss) {
    const auto feed = follow(0);
    feed->catch_up();
    backing.settle();
    reader.room = 1;
    commit(1, "a");
    commit(2, "b");
    commit(3, "c");
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"new a"}));
    reader.room = 2;
    feed->catch_up();
    backing.settle();
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"new a", "old b"}));
    reader.room = 1000;
    feed->catch_up();
    backing.settle();
    commit(4, "d");
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"new a", "old b", "old c", "new d"}));
}

TEST_F(FeedTest, what_a_quiet_entity_gets_is_not_shown_live_and_not_lost) {
    Entity ada{.id = 1, .kind = EntityKind::person, .name = "ada", .display = "ada", .quiet = true};
    hub.set_entities({ada});
    const auto feed = follow(0);
    feed->catch_up();
    backing.settle();
    commit(1, "a");
    commit(2, "b");
    EXPECT_TRUE(reader.shown.empty());
    ada.quiet = false;
    hub.set_entities({ada});
    feed->catch_up();
    backing.settle();
    commit(3, "c");
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"old a", "old b", "new c"}));
}

TEST_F(FeedTest, a_failed_read_is_tried_again) {
    commit(1, "a");
    backing.fails = true;
    const auto feed = follow(0);
    feed->catch_up();
    backing.settle();
    EXPECT_TRUE(reader.shown.empty());
    backing.fails = false;
    feed->catch_up();
    backing.settle();
    EXPECT_EQ(reader.shown, (std::vector<std::string>{"old a"}));
}

TEST_F(FeedTest, an_answer_for_a_reader_that_left_is_dropped) {
    commit(1, "a");
    auto feed = follow(0);
    feed->catch_up();
    hub.unfollow(feed);
    feed.reset();
    backing.settle();
    EXPECT_TRUE(reader.shown.empty());
    EXPECT_EQ(hub.clients(), 0U);
}

TEST(Hub, names_and_uniforms_lead_to_entities) {
    Hub hub{"chat.example.org"};
    hub.set_entities(
        {{.id = 1, .kind = EntityKind::person, .name = "firstlast", .display = "First.Last"},
         {.id = 2, .kind = EntityKind::place, .name = "lab", .display = "Lab"}});
    const Entity* person = hub.find(EntityKind::person, "First.Last");
    ASSERT_NE(person, nullptr);
    EXPECT_EQ(hub.uniform_of(*person), "psyc://chat.example.org/~firstlast");
    EXPECT_EQ(hub.find_uniform("psyc://CHAT.example.org/~FirstLast", EntityKind::place), person);
    EXPECT_EQ(hub.find_uniform("psyc://chat.example.org:4404/@lab", EntityKind::place)->id, 2);
    EXPECT_EQ(hub.find_uniform("lab", EntityKind::place)->id, 2);
    EXPECT_EQ(hub.find_uniform("psyc://elsewhere.example/@lab", EntityKind::place), nullptr);
    EXPECT_EQ(hub.find_uniform("psyc://chat.example.org/", EntityKind::place), nullptr);
    EXPECT_EQ(hub.find(EntityKind::person, "lab"), nullptr);
}

TEST(Hub, feeds_of_a_removed_entity_end) {
    Hub hub{"chat.example.org"};
    TestBacking backing;
    MemoryReader reader;
    hub.set_entities({{.id = 1, .kind = EntityKind::person, .name = "ada", .display = "ada"}});
    const auto feed = std::make_shared<Feed>(backing, reader, 1, 0);
    hub.follow({.uniform = "psyc://chat.example.org/~ada", .nick = "ada", .feed = feed});
    hub.set_entities({});
    hub.publish(1, note_to({1}, "a"));
    feed->catch_up();
    backing.settle();
    EXPECT_TRUE(reader.shown.empty());
    EXPECT_EQ(hub.clients(), 0U);
}

TEST(Cast, bytes_are_made_once_for_each_form_and_audience) {
    const Cast cast{1, note_to({1}, "a")};
    int made = 0;
    const auto make = [&made] {
        ++made;
        return std::string("bytes");
    };
    const auto first = cast.once({.form = 1, .audience = 1}, make);
    const auto again = cast.once({.form = 1, .audience = 1}, make);
    const auto other = cast.once({.form = 2, .audience = 1}, make);
    EXPECT_EQ(first, again);
    EXPECT_NE(first, other);
    EXPECT_EQ(made, 2);
}

} // namespace
} // namespace mailcast::chat
