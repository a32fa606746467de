// For tests and benchmarks of stores: a folder that goes away, answers waited for, mails made up.
#pragma once

#include "base/id.h"
#include "store/store.h"

#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <stdlib.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace mailcast::store::test {

class TemporaryFolder {
  public:
    // In `parent`, or where temporary files go.
    explicit TemporaryFolder(const std::string& parent = "") {
        const std::filesystem::path folder =
            parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
        std::string pattern = folder / "mailcast-store-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// Calls `request` with a completion and waits for what it gets.
template <typename T, typename Request>
T wait_for(Request request) {
    auto answer = std::make_shared<std::promise<T>>();
    auto future = answer->get_future();
    request([answer](T value) { answer->set_value(std::move(value)); });
    return future.get();
}

inline Committed commit(Store& store, Commit commit) {
    return wait_for<Committed>([&](auto done) { store.commit(std::move(commit), done); });
}

inline Result<std::vector<LogEntry>> read_log(Store& store, const LogQuery& query) {
    return wait_for<Result<std::vector<LogEntry>>>([&](auto done) { store.read_log(query, done); });
}

inline Result<std::shared_ptr<const chat::Note>> read_note(Store& store,
                                                           const base::MessageId& id) {
    return wait_for<Result<std::shared_ptr<const chat::Note>>>(
        [&](auto done) { store.read_note(id, done); });
}

inline Result<StoredMail> read_mail(Store& store, const base::MessageId& id) {
    return wait_for<Result<StoredMail>>([&](auto done) { store.read_mail(id, done); });
}

inline Result<chat::Sequence> read_cursor(Store& store, chat::EntityId entity,
                                          const std::string& client) {
    return wait_for<Result<chat::Sequence>>(
        [&](auto done) { store.read_cursor(entity, client, done); });
}

inline Result<std::monostate> move_cursor(Store& store, chat::EntityId entity,
                                          const std::string& client, chat::Sequence to) {
    return wait_for<Result<std::monostate>>(
        [&](auto done) { store.move_cursor(entity, client, to, done); });
}

inline Result<Account> put_account(Store& store, Account account) {
    return wait_for<Result<Account>>([&](auto done) { store.put_account(account, done); });
}

inline Result<std::monostate> remove_account(Store& store, chat::EntityId id) {
    return wait_for<Result<std::monostate>>([&](auto done) { store.remove_account(id, done); });
}

inline Result<std::monostate> put_alias(Store& store, Alias alias) {
    return wait_for<Result<std::monostate>>([&](auto done) { store.put_alias(alias, done); });
}

inline Result<Accounts> read_accounts(Store& store) {
    return wait_for<Result<Accounts>>([&](auto done) { store.read_accounts(done); });
}

inline Result<std::monostate> expire(Store& store, base::Time now) {
    return wait_for<Result<std::monostate>>([&](auto done) { store.expire(now, done); });
}

inline Result<chat::Sequence> read_end(Store& store) {
    return wait_for<Result<chat::Sequence>>([&](auto done) { store.read_end(done); });
}

inline Statistics statistics(Store& store) {
    return wait_for<Result<Statistics>>([&](auto done) { store.read_statistics(done); }).value();
}

inline Account person(std::string name, delivery::Rules rules = {}) {
    Account account;
    account.name = std::move(name);
    account.display = account.name;
    account.rules = std::move(rules);
    return account;
}

inline constexpr base::Time start_of_time = base::from_unix_ms(1'764'000'000'000);

// A forked child draws other ids than its parent would.
inline base::MessageId next_id(base::Time time = start_of_time) {
    thread_local pid_t owner = ::getpid();
    thread_local base::MessageIdGenerator generator(std::random_device{}());
    if (owner != ::getpid()) {
        owner = ::getpid();
        generator = base::MessageIdGenerator(std::random_device{}());
    }
    return generator.next(time);
}

// A mail for `entities` whose content has `size` octets.
inline Commit mail_for(const std::vector<chat::EntityId>& entities, std::size_t size = 2000,
                       base::Time time = start_of_time) {
    auto note = std::make_shared<chat::Note>();
    note->id = next_id(time);
    note->kind = chat::NoteKind::mail;
    note->time = time;
    note->source = "mailto:bea@example.net";
    note->source_name = "Bea Sender";
    note->badge = "external";
    note->subject = "Minutes of the meeting";
    note->text = "Dear all,\nhere is what we decided.";
    note->mail.envelope_from = "bea@example.net";
    note->mail.from_name = "Bea Sender";
    note->mail.from_address = "bea@example.net";
    note->mail.message_id = note->id.text() + "@example.net";
    note->mail.origin = "external";
    note->mail.host_source = "mail.example.net";
    note->mail.date = "2025-11-24T16:00:00Z";
    note->mail.size = size;
    note->mail.text_lines = 2;
    Commit commit;
    for (const chat::EntityId entity : entities) {
        const std::string address = "nick" + std::to_string(entity) + "@example.org";
        note->recipients.push_back({entity, address, "example.org", entity % 2 == 0});
        commit.all_recipients.push_back(address);
    }
    commit.note = note;
    commit.queue_id = "4ZQ1bX2kq7z";
    commit.trace = "Return-Path: <bea@example.net>\r\n";
    commit.content.bytes.assign(size, 'x');
    commit.content.size = size;
    return commit;
}

inline JournalKey key_of(std::uint64_t number) {
    JournalKey key{};
    std::uint64_t state = number * 0x9e3779b97f4a7c15ULL + 1;
    for (auto& octet : key) {
        state ^= state >> 29;
        state *= 0xbf58476d1ce4e5b9ULL;
        octet = static_cast<std::uint8_t>(state >> 56);
    }
    return key;
}

} // namespace mailcast::store::test
