// Recipients at other nodes, and mail that comes from there.
#include "net/intake/test_intake.h"

#include <gtest/gtest.h>

namespace mailcast::net {

namespace {

// Another node's side: keeps what it is given until the test answers.
class Outside : public front::PsycOutside {
  public:
    void send(front::PsycLetter, std::function<void(std::string)>) override {}

    void members_changed(const chat::Entity&) override {}

    void hand_over(HandOver mail, std::function<void(std::vector<mail::Status>)> done) override {
        mails.push_back(std::move(mail));
        done(answers);
    }

    std::vector<HandOver> mails;
    std::vector<mail::Status> answers;
};

front::PsycMailDoor::Arrival arrival(const std::vector<std::string>& targets) {
    front::PsycMailDoor::Arrival mail;
    mail.note.subject = "hi\x1b[31m";
    mail.note.text = "one\ntwo\r\x07";
    mail.note.source = "mailto:bea@example.net";
    mail.note.source_name = "Bea";
    mail.note.badge = "inside";
    mail.note.context = "psyc://there.example/@mail-01";
    mail.note.mail.envelope_from = "bea@example.net";
    mail.note.mail.message_id = "1@x";
    mail.once = "psyc://there.example/ 1";
    mail.node = "psyc://there.example/";
    mail.targets = targets;
    mail.visible = std::vector<bool>(targets.size(), true);
    return mail;
}

} // namespace

struct ElsewhereTest : testing::Test, IntakeNode {
    ElsewhereTest() {
        source.aliases = {{"far@example.org", {"psyc://there.example/~bea"}},
                          {"both@example.org", {"~ada", "psyc://there.example/~bea"}},
                          {"near@example.org", {"psyc://there.example/~eve"}}};
        intake->set_directory(delivery::Directory::make(source));
        intake->set_outside(&outside);
    }

    ~ElsewhereTest() override { intake->set_outside(nullptr); }

    std::vector<std::string> take(front::PsycMailDoor::Arrival mail) {
        std::vector<std::string> got;
        intake->take(std::move(mail), [&got](const std::vector<mail::Status>& statuses) {
            for (const mail::Status& status : statuses) {
                got.push_back(mail::to_string(status));
            }
        });
        jobs.run_until([&got] { return !got.empty(); });
        return got;
    }

    std::vector<store::OutboxItem> outbox() {
        std::vector<store::OutboxItem> items;
        bool done = false;
        store->read_outbox([&](store::Result<std::vector<store::OutboxItem>> read) {
            jobs.post([&, read] {
                items = *read;
                done = true;
            });
        });
        jobs.run_until([&done] { return done; });
        return items;
    }

    std::shared_ptr<const chat::Note> newest(chat::EntityId entity) {
        std::shared_ptr<const chat::Note> note;
        bool done = false;
        store->read_log({.entity = entity, .limit = 1, .newest = true},
                        [&](store::Result<std::vector<store::LogEntry>> read) {
                            jobs.post([&, read] {
                                note = read->empty() ? nullptr : read->back().note;
                                done = true;
                            });
                        });
        jobs.run_until([&done] { return done; });
        return note;
    }

    Outside outside;
};

TEST_F(ElsewhereTest, over_lmtp_the_answer_is_that_of_the_other_node) {
    outside.answers = {mail::make_status(250, 1, 5, "taken")};
    const auto taken = deliver({"far@example.org"}, plain);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_TRUE(taken[0].starts_with("250 2.1.5 <far@example.org> ")) << taken[0];
    outside.answers = {mail::make_status(451, 4, 1, "away")};
    const auto away = deliver({"both@example.org"}, plain);
    ASSERT_EQ(away.size(), 1U);
    EXPECT_TRUE(away[0].starts_with("451 4.4.1 ")) << away[0];
    EXPECT_EQ(log_size(ada), 1U) << "ours has it, and knows it again when it is handed in anew";
    ASSERT_EQ(outside.mails.size(), 2U);
    EXPECT_EQ(outside.mails[0].once, outside.mails[1].once) << "the same mail by its Message-ID";
    EXPECT_TRUE(outbox().empty()) << "the mail server's queue has it";
}

TEST_F(ElsewhereTest, who_may_talk_about_a_mail_that_is_elsewhere_alone_is_told) {
    std::vector<std::vector<std::string>> told;
    intake->set_gone_elsewhere([&told](const chat::Note& mail) { told.push_back(mail.elsewhere); });
    const std::vector<std::string> both = {"psyc://there.example/~bea",
                                           "psyc://there.example/~eve"};
    const std::string named = "To: far@example.org, near@example.org\r\n";
    outside.answers = {mail::make_status(451, 4, 1, "later"),
                       mail::make_status(451, 4, 1, "later")};
    deliver({"far@example.org", "near@example.org"}, named + plain);
    EXPECT_TRUE(told.empty()) << "nobody has it";
    outside.answers = {mail::make_status(250, 1, 5, "taken"),
                       mail::make_status(250, 1, 5, "taken")};
    deliver({"far@example.org", "near@example.org"}, named + plain);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], both);
    deliver({"far@example.org", "near@example.org"}, named + plain, "bea@example.net",
            smtp::Dialect::smtp);
    EXPECT_EQ(told.size(), 2U) << "the outbox has it";
    // Not when it is here as well, nor when only one of them is named.
    deliver({"far@example.org", "ada@example.org"}, named + plain);
    deliver({"far@example.org", "near@example.org"}, "To: far@example.org\r\n" + plain);
    EXPECT_EQ(told.size(), 2U);
}

TEST_F(ElsewhereTest, all_recipients_at_other_nodes_go_in_one_hand_over) {
    outside.answers = {mail::make_status(250, 1, 5, "taken"), mail::make_status(550, 1, 1, "no")};
    const auto answers = deliver({"far@example.org", "ada@example.org", "near@example.org"},
                                 "To: far@example.org\r\n" + plain);
    ASSERT_EQ(outside.mails.size(), 1U);
    EXPECT_EQ(outside.mails[0].targets,
              (std::vector<std::string>{"psyc://there.example/~bea", "psyc://there.example/~eve"}));
    EXPECT_EQ(outside.mails[0].visible, (std::vector<bool>{true, false}));
    EXPECT_TRUE(outside.mails[0].note->context.starts_with("psyc://chat.example.org/@mail-"));
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_TRUE(answers[0].starts_with("250 ")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 ")) << answers[1];
    EXPECT_TRUE(answers[2].starts_with("550 5.1.1 ")) << answers[2];
}

TEST_F(ElsewhereTest,
       over_smtp_it_is_in_the_outbox_before_the_answer_and_a_repetition_adds_nothing) {
    int changed = 0;
    intake->set_outbox([&changed] { ++changed; }, [] { return false; });
    for (int i = 0; i < 2; ++i) {
        const auto answers = deliver({"far@example.org", "near@example.org", "ada@example.org"},
                                     plain, "ada@example.org", smtp::Dialect::smtp);
        ASSERT_EQ(answers.size(), 3U);
        EXPECT_TRUE(answers[0].starts_with("250 2.1.5 ")) << answers[0];
    }
    EXPECT_TRUE(outside.mails.empty());
    EXPECT_GE(changed, 1);
    const auto items = outbox();
    ASSERT_EQ(items.size(), 1U) << "one packet for all at one node";
    EXPECT_EQ(items[0].destination, "psyc://there.example/");
    EXPECT_EQ(items[0].targets.size(), 2U);
    EXPECT_EQ(items[0].sender, ada);
    EXPECT_EQ(log_size(ada), 1U);
}

TEST_F(ElsewhereTest, a_full_outbox_puts_off_who_is_elsewhere_and_nobody_else) {
    intake->set_outbox([] {}, [] { return true; });
    const auto answers = deliver({"far@example.org", "ada@example.org"}, plain, "bea@example.net",
                                 smtp::Dialect::smtp);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("452 4.3.1 ")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 2.1.5 ")) << answers[1];
}

TEST_F(ElsewhereTest, a_repetition_is_known_when_all_recipients_are_elsewhere) {
    for (int i = 0; i < 2; ++i) {
        const auto answers =
            deliver({"far@example.org"}, plain, "bea@example.net", smtp::Dialect::smtp);
        ASSERT_EQ(answers.size(), 1U);
        EXPECT_TRUE(answers[0].starts_with("250 2.1.5 ")) << answers[0];
    }
    EXPECT_EQ(outbox().size(), 1U);
}

TEST_F(ElsewhereTest, an_answer_comes_into_the_context_of_what_it_answers) {
    static_cast<void>(deliver({"ada@example.org", "lab@example.org"}, plain));
    const std::string context = newest(ada)->context;
    EXPECT_TRUE(context.starts_with("psyc://chat.example.org/@mail-0")) << context;
    static_cast<void>(
        deliver({"ada@example.org"}, "Message-ID: <5@y>\r\nIn-Reply-To: <1@x>\r\n\r\nyes\r\n"));
    EXPECT_EQ(newest(ada)->context, context);
    static_cast<void>(deliver({"ada@example.org"}, "Message-ID: <6@y>\r\nReferences: <1@x> "
                                                   "<5@y>\r\n\r\nno\r\n"));
    EXPECT_EQ(newest(ada)->context, context);
    static_cast<void>(
        deliver({"ada@example.org"}, "Message-ID: <7@y>\r\nIn-Reply-To: <8@y>\r\n\r\nyes\r\n"));
    EXPECT_EQ(newest(ada)->context, "") << "nobody else has it, and it answers nothing of ours";
}

TEST_F(ElsewhereTest, mail_from_another_node_gets_the_same_answers_as_by_lmtp) {
    const auto answers =
        take(arrival({"psyc://chat.example.org/~ada", "psyc://chat.example.org/~no",
                      "psyc://chat.example.org/@lab", "psyc://chat.example.org/~full"}));
    ASSERT_EQ(answers.size(), 4U);
    EXPECT_TRUE(answers[0].starts_with("250 ")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("550 5.1.1 ")) << answers[1];
    EXPECT_TRUE(answers[2].starts_with("250 ")) << answers[2];
    EXPECT_TRUE(answers[3].starts_with("452 4.2.2 ")) << answers[3];
    const auto note = newest(ada);
    ASSERT_NE(note, nullptr);
    EXPECT_EQ(note->badge, "external, by psyc://there.example/") << "its own word is not ours";
    EXPECT_EQ(note->subject.find('\x1b'), std::string::npos);
    EXPECT_EQ(note->text.find('\x07'), std::string::npos);
    EXPECT_EQ(note->context, "psyc://there.example/@mail-01");
    EXPECT_EQ(take(arrival({"psyc://chat.example.org/~ada"})).front().substr(0, 4), "250 ");
    EXPECT_EQ(log_size(ada), 1U) << "handed over again after a lost answer";
}

} // namespace mailcast::net
