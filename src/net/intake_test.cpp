// The way of a mail over a real store in a temporary folder, without sockets.
#include "chat/feed.h"
#include "mail/mailbox.h"
#include "net/intake.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mailcast::net {
namespace {

using chat::EntityKind;

// The hub thread's queue: the test's thread carries out what is posted.
class Jobs {
  public:
    void post(std::function<void()> job) {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        wake_.notify_one();
    }

    void run_until(const std::function<bool()>& done) {
        while (!done()) {
            std::function<void()> job;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return !jobs_.empty(); });
                job = std::move(jobs_.front());
                jobs_.pop_front();
            }
            job();
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
};

struct IntakeTest : testing::Test {
    IntakeTest() {
        EXPECT_GE(sodium_init(), 0);
        std::string name = testing::TempDir() + "intake-XXXXXX";
        directory = ::mkdtemp(name.data());
        store::OpenOptions options;
        options.data_dir = directory;
        auto opened = store::open(options);
        EXPECT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        ada = add(EntityKind::person, "ada", {});
        delivery::Rules picky;
        picky.attachments = false;
        add(EntityKind::person, "picky", picky);
        delivery::Rules full;
        full.quota = 0;
        add(EntityKind::person, "full", full);
        lab = add(EntityKind::place, "lab", {});
        source.entities = entities;
        source.domains = {"example.org"};
        intake = std::make_unique<Intake>(
            Intake::Parts{.store = *store,
                          .hub = hub,
                          .passwords = passwords,
                          .post = [this](std::function<void()> job) { jobs.post(std::move(job)); },
                          .hostname = "chat.example.org",
                          .seed = 1});
        intake->set_directory(delivery::Directory::make(source));
    }

    ~IntakeTest() override {
        store->close();
        std::filesystem::remove_all(directory);
    }

    chat::EntityId add(EntityKind kind, const std::string& name, const delivery::Rules& rules) {
        chat::EntityId id = 0;
        bool done = false;
        store::Account account;
        account.kind = kind;
        account.name = name;
        account.display = name;
        account.rules = rules;
        store->put_account(account, [&](store::Result<store::Account> made) {
            jobs.post([&, made] {
                id = made->id;
                done = true;
            });
        });
        jobs.run_until([&] { return done; });
        entities.push_back({.id = id, .kind = kind, .name = name, .display = name, .rules = rules});
        return id;
    }

    // What RCPT and the content are answered, one line each.
    std::vector<std::string> deliver(const std::vector<std::string>& recipients,
                                     const std::string& content,
                                     const std::string& from = "bea@example.net",
                                     smtp::Dialect dialect = smtp::Dialect::lmtp) {
        std::vector<std::string> refused;
        std::vector<std::string> answers;
        submit(recipients, content, answers, &refused, from, dialect);
        jobs.run_until([&] { return !answers.empty(); });
        refused.insert(refused.end(), answers.begin(), answers.end());
        return refused;
    }

    // Hands one mail in; `answers` is filled when it is the mail's turn.
    void submit(const std::vector<std::string>& recipients, const std::string& content,
                std::vector<std::string>& answers, std::vector<std::string>* refused = nullptr,
                const std::string& from = "bea@example.net",
                smtp::Dialect dialect = smtp::Dialect::lmtp) {
        mail::Envelope envelope;
        if (!from.empty()) {
            envelope.reverse_path = *mail::parse_mailbox(from);
        }
        Intake::Transaction transaction;
        const Intake::Source peer{.peer_name = "127.0.0.1",
                                  .dialect = dialect,
                                  .origin = mail::Origin::external,
                                  .tls = false};
        for (const std::string& address : recipients) {
            mail::Recipient recipient;
            recipient.mailbox = *mail::parse_mailbox(address);
            recipient.original = address;
            const mail::Status status = intake->recipient(transaction, envelope, recipient, peer);
            if (status.is_success()) {
                envelope.recipients.push_back(recipient);
            } else if (refused != nullptr) {
                refused->push_back(mail::to_string(status));
            }
        }
        ContentSink sink(intake->content_dir(), intake->budget(), inline_max);
        EXPECT_TRUE(sink.append(content));
        intake->submit(transaction, envelope, sink, peer,
                       [&answers, slots = envelope.recipients.size()](
                           const std::vector<mail::Status>& statuses) {
                           EXPECT_TRUE(answers.empty()) << "answered once";
                           EXPECT_EQ(statuses.size(), slots);
                           for (const mail::Status& status : statuses) {
                               answers.push_back(mail::to_string(status));
                           }
                       });
        EXPECT_TRUE(answers.empty()) << "never from within";
    }

    std::size_t log_size(chat::EntityId entity) {
        std::size_t size = 0;
        bool done = false;
        store->read_log({.entity = entity}, [&](store::Result<std::vector<store::LogEntry>> read) {
            jobs.post([&, count = read->size()] {
                size = count;
                done = true;
            });
        });
        jobs.run_until([&] { return done; });
        return size;
    }

    std::string directory;
    Jobs jobs;
    chat::Hub hub{"chat.example.org"};
    Passwords passwords;
    std::unique_ptr<store::Store> store;
    std::vector<delivery::Entity> entities;
    delivery::Directory::Source source;
    std::unique_ptr<Intake> intake;
    chat::EntityId ada = 0;
    chat::EntityId lab = 0;
    std::size_t inline_max = store::inline_content_max;
};

const std::string plain =
    "From: bea@example.net\r\nMessage-ID: <1@x>\r\nSubject: hi\r\n\r\ntext\r\n";
const std::string with_file =
    "From: bea@example.net\r\nMessage-ID: <2@x>\r\nContent-Type: multipart/mixed; "
    "boundary=b\r\n\r\n"
    "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
    "filename=a.pdf\r\n\r\nx\r\n--b--\r\n";

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
    EXPECT_TRUE(deliver({"ada@example.org"}, content + plain)[0].starts_with("554 5.4.6 "));
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

TEST_F(IntakeTest, a_store_that_is_closed_puts_mail_off) {
    store->close();
    EXPECT_TRUE(
        deliver({"ada@example.org", "lab@example.org"}, plain)[0].starts_with("451 4.3.0 "));
}

} // namespace
} // namespace mailcast::net
