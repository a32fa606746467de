// The way of a mail over a real store in a temporary folder, without sockets.
#include "net/intake/test_intake.h"

#include <gtest/gtest.h>

namespace mailcast::net {

struct IntakeTest : testing::Test, IntakeNode {};

TEST_F(IntakeTest, four_recipients_four_different_answers_in_order) {
    const auto answers =
        deliver({"ada@example.org", "picky@example.org", "full@example.org", "nobody@example.org"},
                with_file);
    ASSERT_EQ(answers.size(), 4U);
    EXPECT_TRUE(answers[0].starts_with("550 5.1.1 ")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 2.1.5 <ada@example.org> ")) << answers[1];
    EXPECT_TRUE(answers[2].starts_with("550 5.7.1 <picky@example.org> ")) << answers[2];
    EXPECT_TRUE(answers[3].starts_with("452 4.2.2 <full@example.org> ")) << answers[3];
    EXPECT_EQ(log_size(ada), 1U);
}

TEST_F(IntakeTest, the_same_address_twice_gives_two_replies_and_one_entry) {
    const auto answers = deliver({"ada@example.org", "Ada@example.org"}, plain);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("250 2.1.5 <ada@example.org> "));
    EXPECT_TRUE(answers[1].starts_with("250 2.1.5 <Ada@example.org> "));
    EXPECT_EQ(log_size(ada), 1U);
}

TEST_F(IntakeTest, a_retry_is_answered_with_the_first_id_and_stored_once) {
    const auto first = deliver({"ada@example.org"}, plain);
    const auto again = deliver({"ada@example.org", "lab@example.org"}, plain);
    const auto id = first[0].substr(sizeof "250 2.1.5 <ada@example.org>", 26);
    EXPECT_NE(again[0].find(id), std::string::npos) << again[0];
    EXPECT_EQ(log_size(ada), 1U);
    EXPECT_EQ(log_size(lab), 1U);
    EXPECT_EQ(intake->counters().duplicates, 1U);
}

TEST_F(IntakeTest, the_same_message_directly_and_by_a_list_is_entered_once_and_names_both_ways) {
    const std::string head = "From: bea@example.net\r\nMessage-ID: <twin@x>\r\n"
                             "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                             "To: dev@lists.example.net, ada@example.org\r\n";
    const std::string direct = head + "Subject: plan\r\n\r\nHere it is.\r\n";
    const std::string listed = head +
                               "Subject: [dev] plan\r\nList-Id: <dev.lists.example.net>\r\n"
                               "\r\nHere it is.\r\n" +
                               std::string(40, '_') + "\r\ndev mailing list\r\n";
    const auto first = deliver({"ada@example.org"}, direct);
    const auto second = deliver({"ada@example.org", "lab@example.org"}, listed);
    EXPECT_TRUE(second[0].starts_with("250 ")) << second[0];
    EXPECT_NE(second[0].find("it was here before"), std::string::npos) << second[0];
    EXPECT_EQ(log_size(ada), 1U);
    EXPECT_EQ(log_size(lab), 1U) << "who had none gets it";
    static_cast<void>(deliver({"ada@example.org"}, listed));
    std::string badge;
    bool done = false;
    store->read_log({.entity = ada}, [&](store::Result<std::vector<store::LogEntry>> read) {
        jobs.post([&, read] {
            badge = read->at(0).note->badge;
            done = true;
        });
    });
    jobs.run_until([&] { return done; });
    EXPECT_TRUE(badge.ends_with(", directly and by list dev.lists.example.net")) << badge;
    // The same Message-ID with other words is another mail.
    static_cast<void>(deliver({"ada@example.org"}, head + "\r\nSomething else.\r\n"));
    EXPECT_EQ(log_size(ada), 2U);
}

TEST_F(IntakeTest, mails_of_one_turn_share_a_commit_and_each_gets_its_own_answers) {
    store::Statistics before;
    store::Statistics after;
    int read = 0;
    const auto count = [&](store::Statistics& into) {
        store->read_statistics([&](const store::Result<store::Statistics>& statistics) {
            into = *statistics;
            jobs.post([&read] { ++read; });
        });
    };
    count(before);
    jobs.run_until([&] { return read == 1; });
    const std::vector<std::vector<std::string>> mails = {
        {"ada@example.org"}, {"full@example.org", "lab@example.org"}, {"lab@example.org"}};
    std::vector<std::vector<std::string>> answers(mails.size());
    for (std::size_t i = 0; i < mails.size(); ++i) {
        submit(mails[i], "Subject: x\r\n\r\n" + std::to_string(i) + "\r\n", answers[i]);
    }
    jobs.run_until([&] { return std::ranges::none_of(answers, &std::vector<std::string>::empty); });
    EXPECT_TRUE(answers[0].at(0).starts_with("250 2.1.5 <ada@example.org> "));
    EXPECT_TRUE(answers[1].at(0).starts_with("452 4.2.2 <full@example.org> "));
    EXPECT_TRUE(answers[1].at(1).starts_with("250 2.1.5 <lab@example.org> "));
    EXPECT_TRUE(answers[2].at(0).starts_with("250 2.1.5 <lab@example.org> "));
    count(after);
    jobs.run_until([&] { return read == 2; });
    EXPECT_EQ(after.commits, before.commits + 1);
    EXPECT_EQ(after.committed_messages, before.committed_messages + 3);
}

TEST_F(IntakeTest, without_an_id_a_repetition_is_meant) {
    const std::string alarm = "Subject: disk is full\r\n\r\nagain\r\n";
    deliver({"ada@example.org"}, alarm);
    deliver({"ada@example.org"}, alarm);
    EXPECT_EQ(log_size(ada), 2U);
}

TEST_F(IntakeTest, a_mail_that_went_through_too_many_hands_is_a_loop) {
    std::string content;
    for (int i = 0; i < 51; ++i) {
        content += "Received: from a by b\r\n";
    }
    const auto answers = deliver({"ada@example.org"}, content + plain);
    EXPECT_TRUE(answers[0].starts_with("554 5.4.6 <ada@example.org> ")) << answers[0];
    EXPECT_EQ(log_size(ada), 0U);
}

TEST_F(IntakeTest, smtp_recipients_with_rules_of_their_own_come_alone) {
    const auto answers = deliver({"ada@example.org", "picky@example.org"}, plain, "bea@example.net",
                                 smtp::Dialect::smtp);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("452 4.5.3 ")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 2.1.5 <ada@example.org> ")) << answers[1];
}

TEST_F(IntakeTest, a_large_mail_goes_through_a_file_and_is_the_same_when_read) {
    inline_max = 1000;
    std::string content = plain;
    for (int i = 0; i < 1000; ++i) {
        content += "line " + std::to_string(i) + "\r\n";
    }
    deliver({"ada@example.org"}, content);
    std::string stored;
    bool done = false;
    store->read_log({.entity = ada}, [&](store::Result<std::vector<store::LogEntry>> log) {
        store->read_mail(log->front().note->id, [&](store::Result<store::StoredMail> mail) {
            jobs.post([&, octets = mail->content] {
                stored = octets;
                done = true;
            });
        });
    });
    jobs.run_until([&] { return done; });
    EXPECT_EQ(stored, content);
}

TEST_F(IntakeTest, when_the_disk_has_room_again_is_told_once_and_not_for_a_smaller_mail) {
    int told = 0;
    intake->set_room_again([&told] { ++told; });
    const std::string large = "Subject: large\r\n\r\n" + std::string(5000, 'x') + "\r\n";
    deliver({"ada@example.org"}, large + "1");
    EXPECT_EQ(told, 0) << "nothing was refused";
    disk_full = true;
    EXPECT_TRUE(deliver({"ada@example.org"}, large + "2").at(0).starts_with("452 4.3.1 "));
    disk_full = false;
    deliver({"ada@example.org"}, "Subject: small\r\n\r\nx\r\n");
    EXPECT_EQ(told, 0) << "a small mail finds room where a large one does not";
    deliver({"ada@example.org"}, large + "2");
    EXPECT_EQ(told, 1);
    deliver({"ada@example.org"}, large + "3");
    EXPECT_EQ(told, 1);
}

TEST_F(IntakeTest, a_store_that_is_closed_puts_mail_off) {
    store->close();
    EXPECT_TRUE(
        deliver({"ada@example.org", "lab@example.org"}, plain)[0].starts_with("451 4.3.0 "));
}

} // namespace mailcast::net
