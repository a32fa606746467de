// Mail about what waits for who is away long, over a real store.
#include "chat/test_backing.h"
#include "net/intake/test_intake.h"
#include "net/out/digests.h"

#include <gtest/gtest.h>

namespace mailcast::net {

using std::chrono::hours;

struct DigestsTest : testing::Test, IntakeNode {
    DigestsTest() {
        hub.set_entities(
            {{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "Ada"}});
        source.entities[0].rules.digest = "ada@home.example";
        start();
    }

    void start() {
        digests = std::make_unique<Digests>(
            Digests::Parts{.store = *store,
                           .hub = hub,
                           .post = [this](std::function<void()> job) { jobs.post(std::move(job)); },
                           .next_id = [this](base::Time time) { return ids.next(time); },
                           .directory = [this] { return delivery::Directory::make(source); },
                           .domain = [] { return std::string("example.org"); },
                           .refuses = [this] { return refuses; },
                           .remember =
                               [this](const chat::Relation& relation) {
                                   if (remembers) {
                                       hub.relations().add(relation);
                                   }
                               },
                           .outbox_changed = [] {}});
        digests->use(hours(24));
    }

    std::vector<store::OutboxItem> waiting() {
        std::vector<store::OutboxItem> items;
        std::size_t left = 1;
        store->read_outbox([&](store::Result<std::vector<store::OutboxItem>> read) {
            jobs.post([&, read] {
                left = read->size();
                for (const store::OutboxItem& item : *read) {
                    store->read_outbox_item(item.id, [&](store::Result<store::OutboxItem> whole) {
                        jobs.post([&, whole] {
                            items.push_back(*whole);
                            --left;
                        });
                    });
                }
            });
        });
        jobs.run_until([&] { return left == 0; });
        return items;
    }

    std::size_t after(base::Time time) {
        digests->tick(time);
        jobs.run_until([this] { return !digests->is_looking(); });
        return waiting().size();
    }

    void read_up_to(chat::Sequence sequence, const char* client) {
        bool done = false;
        store->move_cursor(ada, client, sequence,
                           [&](store::Result<std::monostate>) { jobs.post([&] { done = true; }); });
        jobs.run_until([&] { return done; });
    }

    void mail(const std::string& number) {
        ASSERT_EQ(deliver({"ada@example.org"}, "From: Bea <bea@example.net>\r\nMessage-ID: <" +
                                                   number + "@x>\r\nSubject: lunch\r\n\r\ntext\r\n")
                      .size(),
                  1U);
    }

    base::MessageIdGenerator ids{7};
    std::unique_ptr<Digests> digests;
    std::string refuses;
    bool remembers = true;
    base::Time now = base::now();
};

TEST_F(DigestsTest, who_is_away_long_is_told_once_what_waits) {
    EXPECT_EQ(after(now + hours(100)), 0U) << "nothing waits";
    mail("1");
    mail("2");
    EXPECT_EQ(after(now + hours(120)), 1U);
    const store::OutboxItem item = waiting().at(0);
    EXPECT_EQ(item.targets, (std::vector<store::OutboxTarget>{{"ada@home.example", true}}));
    EXPECT_EQ(item.reverse_path, "") << "nobody hears of a bounce";
    EXPECT_EQ(item.sender, ada) << "but she does of a refusal";
    EXPECT_NE(item.content.find("\r\nAuto-Submitted: auto-generated\r\n"), std::string::npos);
    EXPECT_NE(item.content.find("From: \"chat.example.org\" <postmaster@example.org>\r\n"),
              std::string::npos)
        << item.content;
    EXPECT_NE(item.content.find("Subject: 2 mails wait for you at chat.example.org\r\n"),
              std::string::npos);
    EXPECT_NE(item.content.find("Bea <bea@example.net>: lunch"), std::string::npos);
    EXPECT_EQ(log_size(ada), 2U) << "her log says nothing about it";
    mail("3");
    EXPECT_EQ(after(now + hours(1000)), 1U) << "once for an absence";
    start();
    EXPECT_EQ(after(now + hours(2000)), 1U) << "also after a restart";
}

TEST_F(DigestsTest, what_is_young_or_read_is_not_told) {
    mail("1");
    EXPECT_EQ(after(now + hours(23)), 0U);
    read_up_to(1000, "phone");
    EXPECT_EQ(after(now + hours(200)), 0U) << "whichever client of hers has read it";
}

TEST_F(DigestsTest, the_next_absence_is_another) {
    mail("1");
    EXPECT_EQ(after(now + hours(200)), 1U);
    read_up_to(1, "");
    EXPECT_EQ(after(now + hours(300)), 1U);
    mail("2");
    EXPECT_EQ(after(now + hours(400)), 2U);
}

TEST_F(DigestsTest, who_has_a_client_is_not_away) {
    mail("1");

    struct Nobody : chat::Feed::Reader {
        void show(const chat::Feed&, const chat::Cast&, bool) override {}

        bool has_room() const override { return true; }

        void caught_up(const chat::Feed&, std::size_t) override {}
    };

    chat::TestBacking backing;
    Nobody reader;
    const auto feed = std::make_shared<chat::Feed>(backing, reader, ada, 0);
    hub.follow({.uniform = "psyc://chat.example.org/~ada", .nick = "ada", .feed = feed});
    EXPECT_EQ(after(now + hours(200)), 0U);
    hub.unfollow(feed);
    EXPECT_EQ(after(now + hours(300)), 1U);
}

TEST_F(DigestsTest, a_crash_before_it_is_remembered_tells_nothing_twice) {
    remembers = false;
    mail("1");
    EXPECT_EQ(after(now + hours(25)), 1U);
    start();
    EXPECT_EQ(after(now + hours(26)), 1U);
}

TEST_F(DigestsTest, nothing_goes_where_it_cannot_or_would_come_back) {
    mail("1");
    refuses = "no smarthost";
    EXPECT_EQ(after(now + hours(200)), 0U);
    refuses.clear();
    source.entities[0].rules.digest = "picky@example.org";
    EXPECT_EQ(after(now + hours(300)), 0U);
    source.entities[0].rules.digest = "ada@home.example";
    EXPECT_EQ(after(now + hours(400)), 1U) << "and later it does";
}

} // namespace mailcast::net
