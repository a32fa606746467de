// What tests of the way of a mail stand on: a real store in a temporary folder, without sockets.
#pragma once

#include "chat/feed.h"
#include "mail/mailbox.h"
#include "net/intake/intake.h"

#include <sodium.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace mailcast::net {

using chat::EntityKind;

// What is true whatever a test is about.
inline void must(bool holds, const char* what) {
    if (!holds) {
        throw std::logic_error(what);
    }
}

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

struct IntakeNode {
    IntakeNode() {
        must(sodium_init() >= 0, "libsodium starts");
        std::string name = (std::filesystem::temp_directory_path() / "intake-XXXXXX").string();
        directory = ::mkdtemp(name.data());
        store::OpenOptions options;
        options.data_dir = directory;
        auto opened = store::open(options);
        must(opened.has_value(), "the store opens");
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

    ~IntakeNode() {
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
        transaction.disk_failed = transaction.disk_full = disk_full;
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
        must(sink.append(content), "the sink takes it");
        intake->submit(transaction, envelope, sink, peer,
                       [&answers, slots = envelope.recipients.size()](
                           const std::vector<mail::Status>& statuses) {
                           must(answers.empty(), "answered once");
                           must(statuses.size() == slots, "one status a slot");
                           for (const mail::Status& status : statuses) {
                               answers.push_back(mail::to_string(status));
                           }
                       });
        must(answers.empty(), "never from within");
    }

    bool disk_full = false; // what the sink of the next mail found

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

    IntakeNode(const IntakeNode&) = delete;
    IntakeNode& operator=(const IntakeNode&) = delete;

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

inline const std::string plain =
    "From: bea@example.net\r\nMessage-ID: <1@x>\r\nSubject: hi\r\n\r\ntext\r\n";
inline const std::string with_file =
    "From: bea@example.net\r\nMessage-ID: <2@x>\r\nContent-Type: multipart/mixed; "
    "boundary=b\r\n\r\n"
    "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
    "filename=a.pdf\r\n\r\nx\r\n--b--\r\n";

} // namespace mailcast::net
