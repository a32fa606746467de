// The durable side: messages, logs of entities, cursors, accounts.
//
// A Store takes requests from any thread and answers on its own thread (the committer's for what
// writes, the reader's for what reads); the shell posts the answer to where it belongs.  Requests are
// carried out in the order they were made.  Each completion is called exactly once, also when the store
// is closed (then with Error::closed or Outcome failed; what is asked after close() is answered on the
// caller's thread).  A completion must not block: mails wait behind it.
//
// Durability: when the completion of commit() says `stored`, the entry and the message survive power
// loss.  After a failed flush nothing more is accepted (Outcome::Result::failed) until the store has been
// reopened and checked; it tries that by itself.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "chat/note.h"
#include "chat/relation.h"
#include "delivery/rules.h"
#include "mail/mailbox.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailcast::store {

struct Error {
    enum class Kind { not_found, exists, full, unavailable, corrupt, newer_schema, locked, closed };

    Kind kind = Kind::unavailable;
    std::string message; // for the operator: what happened, where, what to do
};

template <typename T>
using Result = std::expected<T, Error>;

template <typename T>
using Completion = std::function<void(Result<T>)>;

// ---- content -----------------------------------------------------------------------------------

// Above this a content is better a file than a row (docs/storage.md has the measurement): the shell spills
// what grows beyond it to a temporary file.
inline constexpr std::size_t inline_content_max = 128UL * 1024UL;

// The octets of a mail as they came.  Small ones in memory; large ones in a temporary file inside
// content_dir() which the store takes over (renames) on success and removes otherwise.
struct Content {
    std::string bytes;
    std::string temporary_file; // path; when set, `bytes` is empty
    std::uint64_t size = 0;
};

// 128 bits that tell "the same mail handed in again" from another: made from the content and the
// Message-ID or the MTA's queue id.  nullopt: the mail has neither, so a repetition is meant.
using JournalKey = std::array<std::uint8_t, 16>;

// The key of what has a name of its own that is the same each time: a mail or packet of another node.
JournalKey journal_key_of(std::string_view name);

// ---- outbox -------------------------------------------------------------------------------------

struct OutboxTarget {
    std::string address;  // a uniform, or an address for mail
    bool visible = false; // named in To or Cc

    bool operator==(const OutboxTarget&) const = default;
};

// One mail on its way to one other node or to the smarthost, with all its targets there.
struct OutboxItem {
    std::int64_t id = 0;     // given by the store
    std::string destination; // "psyc://elsewhere/", or "mailto:" for the smarthost
    std::vector<OutboxTarget> targets;
    chat::EntityId sender = 0; // entity of ours that hears of a failure; 0: the postmaster
    base::Time created{};
    base::Time next_try{};
    std::uint32_t attempts = 0;
    std::string reason;       // of the last failure
    std::string once;         // what the other side knows a repetition by
    std::string reverse_path; // of mail; "" is the null one
    std::uint64_t octets = 0;
    std::shared_ptr<const chat::Note> note; // for psyc
    std::string content;                    // for mail: the whole message
};

// ---- held -----------------------------------------------------------------------------------------

// A mail that is kept for one person outside of her log until she says what is to become of it.
struct Hold {
    // What goes into her log when she releases it; its only recipient is she.
    std::shared_ptr<const chat::Note> note;
    base::Time kept_until{};
    // Bounds of what is held for her; more: Outcome::Result::full.
    std::size_t most_mails = 0;
    std::uint64_t most_octets = 0;
    // Makes the line that goes into her log now, on disk together with the mail.  Pure; any thread.
    std::function<std::shared_ptr<const chat::Note>(std::int64_t number)> announce;
};

struct HeldItem {
    std::int64_t number = 0; // given by the store, never twice
    chat::EntityId entity = 0;
    base::Time received{};
    base::Time kept_until{};
    std::string sender; // of the envelope
    std::uint64_t octets = 0;
    std::shared_ptr<const chat::Note> note; // without recipients; null when it cannot be read
};

// It has left the held mails for the log.
struct Released {
    chat::Sequence sequence = 0;
    std::shared_ptr<const chat::Note> note;
};

// ---- commit --------------------------------------------------------------------------------------

struct Commit {
    std::shared_ptr<const chat::Note>
        note; // note->recipients: the entities whose logs get an entry
    std::optional<JournalKey> journal_key;
    std::string queue_id;                    // the MTA's, "" when unknown
    std::string trace;                       // header fields to stand before the content
    Content content;                         // empty for talk
    std::vector<std::string> all_recipients; // of the transaction, as written; for `mail show`
    // On disk together with the entries: nothing is promised for the one without the other.  A repetition
    // (journal_key) adds none.
    std::vector<OutboxItem> outbox;
    // The same for all copies of a message that came by several ways (delivery/twin.h), and by which this one
    // came: who has one of them does not get another, and the first names its ways in its badge.
    std::optional<JournalKey> twin_key;
    std::string path;
    // Those for whom it is held; none of them among note->recipients.
    std::vector<Hold> holds;
    // Message-ID of the mail that the note answers: it belongs to the note's context from now on.
    std::string answered;
};

// What became of one entry of note->recipients, in the same order.
struct Outcome {
    enum class Result {
        stored,    // in the log, on disk
        duplicate, // it is there from an earlier transaction, under `id`
        full,      // the entity's quota: 452 4.2.2
        disk_full, // 452 4.3.1
        failed     // 451 4.3.0; also an entity whose account was removed since RCPT
    };

    Result result = Result::failed;
    base::MessageId id;
};

struct HeldOutcome {
    Outcome outcome;
    std::int64_t number = 0;                        // when it is stored
    chat::Sequence announced = 0;                   // of the line in her log; 0 when there is none
    std::shared_ptr<const chat::Note> announcement; // that line
};

struct Committed {
    chat::Sequence sequence = 0; // 0 when nothing new was stored
    std::vector<Outcome> outcomes;
    std::vector<HeldOutcome> held; // of commit.holds, in the same order
    bool outbox = false;           // what was for the outbox is in it, from now or from before
};

// ---- reading --------------------------------------------------------------------------------------

struct LogEntry {
    chat::Sequence sequence = 0;
    std::shared_ptr<const chat::Note> note;
};

struct LogQuery {
    chat::EntityId entity = 0;
    chat::Sequence after = 0; // only entries behind this one
    std::size_t limit = 1000; // at most so many
    bool newest = false; // of more than `limit`: the newest, else the oldest; oldest first always
    chat::Sequence before = 0; // only entries before this one; 0: to the end
    // What the entity's `keep` does not keep any more is left out, whether expire() has come to it or not.
    // Its age counts to here; without a time only the count does.
    std::optional<base::Time> now{};
};

struct StoredMail {
    chat::Sequence sequence = 0;
    std::shared_ptr<const chat::Note> note;
    std::string queue_id;
    std::string trace;
    std::vector<std::string> all_recipients;
    std::string content; // the very octets
};

// ---- accounts -------------------------------------------------------------------------------------

struct Account {
    chat::EntityId id = 0; // given by the store
    chat::EntityKind kind = chat::EntityKind::person;
    std::string name;          // folded: what is compared
    std::string display;       // as the owner writes it
    std::string password_hash; // persons; libsodium's string, "" when none is set
    std::string scram{}; // irc::ScramVerifier of the same password; "" when it was not made yet
    delivery::Rules rules;
    base::Time created{};
};

struct Alias {
    std::string address; // normalised "local@domain"
    std::vector<std::string> targets;
};

struct Accounts {
    std::vector<Account> accounts; // by kind and name
    std::vector<Alias> aliases;    // by address
    std::string salt_secret;       // of this store, never told
};

struct Statistics {
    std::uint64_t messages = 0;
    std::uint64_t entries = 0;
    std::uint64_t octets = 0;  // database and content files
    std::uint64_t commits = 0; // since the start
    std::uint64_t committed_messages = 0;
    std::uint64_t duplicates = 0;
    bool accepting = true;
};

class Store {
  public:
    virtual ~Store() = default;

    // The mails of a batch are answered together, one Committed each, in their order; each has an outcome of
    // its own.  A group ends with the batch that reaches a bound of groups, so a batch is kept small.
    virtual void commit(std::vector<Commit> commits,
                        std::function<void(std::vector<Committed>)> done) = 0;
    void commit(Commit commit, std::function<void(Committed)> done);

    virtual void read_log(const LogQuery& query, Completion<std::vector<LogEntry>> done) = 0;
    virtual void read_mail(base::MessageId id, Completion<StoredMail> done) = 0;
    // What is shown of a mail, without its content, which may be large.
    virtual void read_note(base::MessageId id,
                           Completion<std::shared_ptr<const chat::Note>> done) = 0;

    // How far `client` of a person has read; "" is the person's own cursor.  0 when it never read.
    virtual void read_cursor(chat::EntityId entity, std::string client,
                             Completion<chat::Sequence> done) = 0;
    // The same of the client of hers that has read most.
    virtual void read_farthest_cursor(chat::EntityId entity, Completion<chat::Sequence> done) = 0;
    // Cursors only move forward.
    virtual void move_cursor(chat::EntityId entity, std::string client, chat::Sequence to,
                             Completion<std::monostate> done) = 0;

    // Newest sequence in any log: where a client that wants only what is to come begins.
    virtual void read_end(Completion<chat::Sequence> done) = 0;

    virtual void read_accounts(Completion<Accounts> done) = 0;
    // A new account when id is 0 (Error::exists when the name is taken), else its new state.
    virtual void put_account(Account account, Completion<Account> done) = 0;
    // Only while `password_hash` is still this account's: else nothing is done (Error::not_found).
    virtual void put_scram(chat::EntityId id, std::string password_hash, std::string scram,
                           Completion<std::monostate> done) = 0;
    // Its log entries go too; mails that nobody else has go with them.
    virtual void remove_account(chat::EntityId id, Completion<std::monostate> done) = 0;
    // Replaces an alias of the same address; no targets removes it (Error::not_found when there is none).
    virtual void put_alias(Alias alias, Completion<std::monostate> done) = 0;

    virtual void read_relations(Completion<std::vector<chat::Relation>> done) = 0;
    virtual void put_relation(chat::Relation relation, Completion<std::monostate> done) = 0;
    virtual void remove_relation(chat::Relation relation, Completion<std::monostate> done) = 0;

    // The context of the first of these Message-IDs (without brackets) that belongs to one; "" when none does.
    virtual void find_context(std::vector<std::string> message_ids,
                              Completion<std::string> done) = 0;

    // All that waits, oldest first, without their notes and contents; one item whole (Error::not_found when it is gone).
    virtual void read_outbox(Completion<std::vector<OutboxItem>> done) = 0;
    virtual void read_outbox_item(std::int64_t id, Completion<OutboxItem> done) = 0;
    // A new one when id is 0; else its targets, next_try, attempts and reason as they are now.
    virtual void put_outbox_item(OutboxItem item, Completion<std::int64_t> done) = 0;
    virtual void remove_outbox_item(std::int64_t id, Completion<std::monostate> done) = 0;

    // What is held for a person (0: for all), oldest first.
    virtual void read_held(chat::EntityId entity, Completion<std::vector<HeldItem>> done) = 0;
    // Into her log (Error::not_found, Error::full), or away.
    virtual void release_held(chat::EntityId entity, std::int64_t number,
                              Completion<Released> done) = 0;
    virtual void drop_held(chat::EntityId entity, std::int64_t number,
                           Completion<std::monostate> done) = 0;
    // Drops what was to be kept until `now`, at most a thousand, and says what it was.
    virtual void expire_held(base::Time now, Completion<std::vector<HeldItem>> done) = 0;

    // Drops what the rules of each entity no longer keep.  The shell calls it now and then.
    virtual void expire(base::Time now, Completion<std::monostate> done) = 0;

    virtual void read_statistics(Completion<Statistics> done) = 0;

    // Called on the store's thread each time it accepts again after trouble; it must not block.  To be set before the
    // first request.
    virtual void when_recovered(std::function<void()> told) = 0;

    // Where temporary content files are made (on the same file system as their final place).
    virtual const std::string& content_dir() const = 0;

    // Finishes what was requested and closes; blocks.  Completions run before it returns.
    virtual void close() = 0;
};

struct OpenOptions {
    std::string data_dir;
    std::string url = "sqlite:mailcast.db"; // relative to data_dir
    std::chrono::hours journal_age{24 * 7};
};

// Creates data_dir (0700) and the schema when there is none, migrates an older one, refuses a newer one,
// checks integrity.  Error::locked when another process has it.
Result<std::unique_ptr<Store>> open(const OpenOptions& options);

} // namespace mailcast::store
