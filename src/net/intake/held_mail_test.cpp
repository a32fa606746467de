// Mail of strangers from RCPT to the person's word about it, over a real store in a temporary folder.
#include "net/intake/held_mail.h"
#include "net/intake/test_intake.h"

#include <gtest/gtest.h>

namespace mailcast::net {
namespace {

using chat::HeldVerdict;

struct HeldMailTest : testing::Test, IntakeNode {
    HeldMailTest() {
        delivery::Rules rules;
        rules.senders = delivery::Rules::Senders::known;
        rules.hold = true;
        cat = add(EntityKind::person, "cat", rules);
        source.entities = entities;
        intake->set_directory(delivery::Directory::make(source));
        std::vector<chat::Entity> persons;
        persons.reserve(entities.size());
        for (const delivery::Entity& entity : entities) {
            persons.push_back({.id = entity.id,
                               .kind = entity.kind,
                               .name = entity.name,
                               .display = entity.display});
        }
        hub.set_entities(persons);
        const auto related = [this](chat::RelationKind kind) {
            return [this, kind](const delivery::Entity& entity, const mail::Mailbox& sender) {
                return hub.relations().find(entity.id, kind, "mailto:" + sender.text()) != nullptr;
            };
        };
        intake->set_policy(delivery::Policy({}, {}, related(chat::RelationKind::known),
                                            related(chat::RelationKind::refused)));
        held = std::make_unique<HeldMail>(HeldMail::Parts{
            .store = *store,
            .post = [this](std::function<void()> job) { jobs.post(std::move(job)); },
            .publish =
                [this](chat::Sequence, const std::shared_ptr<const chat::Note>& note) {
                    published.push_back(note->subject);
                },
            .remember =
                [this](const chat::Relation& relation) { return hub.relations().add(relation); },
            .forget =
                [this](const chat::Relation& relation) {
                    hub.relations().remove(relation.entity, relation.kind, relation.subject);
                }});
    }

    static std::string mail(const std::string& subject) {
        return "From: Bea <bea@example.net>\r\nTo: cat@example.org\r\nSubject: " + subject +
               "\r\nMessage-ID: <" + subject + "@example.net>\r\n\r\nText.\r\n";
    }

    std::vector<chat::HeldMail> list() {
        std::optional<std::vector<chat::HeldMail>> mails;
        bool done = false;
        held->list(cat, [&](std::optional<std::vector<chat::HeldMail>> found) {
            mails = std::move(found);
            done = true;
        });
        jobs.run_until([&] { return done; });
        return mails.value();
    }

    std::string told;

    bool say(std::int64_t number, HeldVerdict verdict, chat::EntityId person = 0) {
        bool done = false;
        bool good = false;
        held->judge(person == 0 ? cat : person, number, verdict, [&](bool ok, std::string line) {
            good = ok;
            told = std::move(line);
            done = true;
        });
        jobs.run_until([&] { return done; });
        return good;
    }

    chat::EntityId cat = 0;
    std::unique_ptr<HeldMail> held;
    std::vector<std::string> published;
};

TEST_F(HeldMailTest, a_stranger_is_told_250_and_she_hears_of_it_in_one_line) {
    const auto answers = deliver({"cat@example.org", "ada@example.org"}, mail("hello"));
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("250 2.1.5 <cat@example.org> ")) << answers[0];
    EXPECT_TRUE(answers[0].ends_with(" accepted")) << "nothing says that it is held";
    EXPECT_TRUE(answers[1].starts_with("250 2.1.5 <ada@example.org> "));
    EXPECT_EQ(answers[0].substr(28, 26), answers[1].substr(28, 26)) << "one id for both";
    EXPECT_EQ(log_size(cat), 1U);
    EXPECT_EQ(log_size(ada), 1U);
    const auto mails = list();
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails[0].sender, "bea@example.net");
    EXPECT_EQ(mails[0].source_name, "Bea");
    EXPECT_EQ(mails[0].subject, "hello");
    EXPECT_GT(mails[0].kept_until, mails[0].received);
    EXPECT_EQ(intake->counters().held, 1U);
}

TEST_F(HeldMailTest, handed_in_again_it_is_neither_held_nor_announced_again) {
    const auto first = deliver({"cat@example.org"}, mail("hello"));
    const auto again = deliver({"cat@example.org"}, mail("hello"));
    EXPECT_EQ(again[0].substr(0, 54), first[0].substr(0, 54)) << "the same id";
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(log_size(cat), 1U);
    EXPECT_TRUE(say(1, HeldVerdict::release));
    static_cast<void>(deliver({"cat@example.org"}, mail("hello")));
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(log_size(cat), 2U) << "the line and the mail";
}

TEST_F(HeldMailTest, released_alone_the_next_one_is_held_again) {
    static_cast<void>(deliver({"cat@example.org"}, mail("one")));
    EXPECT_FALSE(say(1, HeldVerdict::release, ada)) << "it is not hers";
    EXPECT_TRUE(say(1, HeldVerdict::release)) << told;
    EXPECT_EQ(published, (std::vector<std::string>{"one"}));
    EXPECT_FALSE(say(1, HeldVerdict::release));
    EXPECT_EQ(told, "no mail 1 is held");
    static_cast<void>(deliver({"cat@example.org"}, mail("two")));
    EXPECT_EQ(list().size(), 1U);
}

TEST_F(HeldMailTest, always_lets_him_in_with_all_that_is_held_of_him) {
    static_cast<void>(deliver({"cat@example.org"}, mail("one")));
    static_cast<void>(deliver({"cat@example.org"}, mail("other"), "eve@example.com"));
    static_cast<void>(deliver({"cat@example.org"}, mail("two")));
    EXPECT_TRUE(say(3, HeldVerdict::always)) << told;
    EXPECT_EQ(told, "2 mails released; mail of bea@example.net is let in from now on");
    EXPECT_EQ(published, (std::vector<std::string>{"one", "two"})) << "in their order";
    ASSERT_EQ(list().size(), 1U);
    EXPECT_EQ(list()[0].sender, "eve@example.com");
    static_cast<void>(deliver({"cat@example.org"}, mail("three")));
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(log_size(cat), 3U + 3U);
}

TEST_F(HeldMailTest, never_drops_it_and_refuses_him_at_rcpt) {
    static_cast<void>(deliver({"cat@example.org"}, mail("one")));
    EXPECT_TRUE(say(1, HeldVerdict::never)) << told;
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(log_size(cat), 1U) << "the line alone";
    const auto answers = deliver({"cat@example.org", "ada@example.org"}, mail("again"));
    EXPECT_TRUE(answers[0].starts_with("550 5.7.1 <cat@example.org>")) << answers[0];
    bool done = false;
    held->judge_sender(cat, "Bea@Example.NET", HeldVerdict::always,
                       [&](bool good, const std::string&) {
                           EXPECT_TRUE(good);
                           done = true;
                       });
    jobs.run_until([&] { return done; });
    static_cast<void>(deliver({"cat@example.org"}, mail("two")));
    EXPECT_EQ(log_size(cat), 2U) << "she may change her mind";
}

TEST_F(HeldMailTest, a_bounce_is_held_and_names_nobody_to_remember) {
    static_cast<void>(deliver({"cat@example.org"}, mail("bounce"), ""));
    ASSERT_EQ(list().size(), 1U);
    EXPECT_TRUE(say(1, HeldVerdict::always));
    EXPECT_EQ(told, "1 mail released; it names no sender to remember");
    EXPECT_EQ(published.size(), 1U);
}

TEST_F(HeldMailTest, beyond_the_bound_it_is_put_off_for_her_alone) {
    intake->set_held_limits({.mails = 1, .octets = 1000, .keep = std::chrono::hours(1)});
    static_cast<void>(deliver({"cat@example.org"}, mail("one")));
    const auto answers = deliver({"cat@example.org", "ada@example.org"}, mail("two"));
    EXPECT_TRUE(answers[0].starts_with("452 4.2.2 <cat@example.org>")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 ")) << answers[1];
    EXPECT_EQ(list().size(), 1U);
    EXPECT_TRUE(say(1, HeldVerdict::release));
    const auto later = deliver({"cat@example.org"}, mail("two"));
    EXPECT_TRUE(later[0].starts_with("250 ")) << later[0];
}

TEST_F(HeldMailTest, when_its_time_is_over_it_goes) {
    static_cast<void>(deliver({"cat@example.org"}, mail("one")));
    held->expire(base::now());
    EXPECT_EQ(list().size(), 1U);
    held->expire(base::now() + std::chrono::days{31});
    EXPECT_TRUE(list().empty());
}

} // namespace
} // namespace mailcast::net
