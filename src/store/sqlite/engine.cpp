#include "store/sqlite/engine.h"

#include "store/sqlite/accounts.h"
#include "store/sqlite/committer.h"
#include "store/sqlite/content_files.h"
#include "store/sqlite/data_lock.h"
#include "store/sqlite/database.h"
#include "store/sqlite/facts.h"
#include "store/sqlite/held.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/reader.h"

#include <fmt/core.h>

#include <filesystem>
#include <sys/stat.h>

namespace mailcast::store::sqlite {

namespace {

class Engine final : public Store {
  public:
    Engine(DataLock lock, Committer::Settings settings, ContentFiles files)
        : lock_(std::move(lock)), settings_(std::move(settings)), files_(std::move(files)) {}

    ~Engine() override { close(); }

    Result<void> start() {
        auto database =
            Database::open(settings_.path, settings_.tuning, settings_.journal_age, files_);
        if (!database) {
            return std::unexpected(std::move(database.error()));
        }
        reader_.emplace(settings_.path, files_);
        committer_.emplace(std::move(*database), settings_, files_, *reader_);
        return {};
    }

    void commit(std::vector<Commit> commits,
                std::function<void(std::vector<Committed>)> done) override {
        committer_->post(CommitRequest{std::move(commits), std::move(done), {}});
    }

    void read_log(const LogQuery& query, Completion<std::vector<LogEntry>> done) override {
        committer_->post(ReadLogRequest{query, std::move(done)});
    }

    void read_mail(base::MessageId id, Completion<StoredMail> done) override {
        committer_->post(ReadMailRequest{id, std::move(done)});
    }

    void read_note(base::MessageId id,
                   Completion<std::shared_ptr<const chat::Note>> done) override {
        committer_->post(ReadNoteRequest{id, std::move(done)});
    }

    void read_cursor(chat::EntityId entity, std::string client,
                     Completion<chat::Sequence> done) override {
        committer_->post(ReadCursorRequest{entity, std::move(client), std::move(done)});
    }

    void read_farthest_cursor(chat::EntityId entity, Completion<chat::Sequence> done) override {
        ask<chat::Sequence>(
            [entity](Connection& connection) {
                return sqlite::read_farthest_cursor(connection, entity);
            },
            std::move(done));
    }

    void move_cursor(chat::EntityId entity, std::string client, chat::Sequence to,
                     Completion<std::monostate> done) override {
        committer_->post(MoveCursorRequest{entity, std::move(client), to, std::move(done)});
    }

    void read_end(Completion<chat::Sequence> done) override {
        committer_->post(ReadEndRequest{std::move(done)});
    }

    void read_accounts(Completion<Accounts> done) override {
        committer_->post(ReadAccountsRequest{std::move(done)});
    }

    void put_account(Account account, Completion<Account> done) override {
        committer_->post(PutAccountRequest{std::move(account), std::move(done)});
    }

    void put_scram(chat::EntityId id, std::string password_hash, std::string scram,
                   Completion<std::monostate> done) override {
        const auto found = std::make_shared<bool>(false);
        const auto change = [id, hash = std::move(password_hash), scram = std::move(scram),
                             found](Connection& connection) -> SqlResult<void> {
            const auto put = sqlite::put_scram(connection, id, hash, scram);
            if (!put) {
                return std::unexpected(put.error());
            }
            *found = *put;
            return {};
        };
        committer_->post(ChangeRequest{
            change, [found, done = std::move(done)](Result<std::monostate> changed) {
                if (changed && !*found) {
                    changed = std::unexpected(
                        Error{Error::Kind::not_found, "this account has another password now"});
                }
                done(std::move(changed));
            }});
    }

    void remove_account(chat::EntityId id, Completion<std::monostate> done) override {
        committer_->post(RemoveAccountRequest{id, std::move(done)});
    }

    void put_alias(Alias alias, Completion<std::monostate> done) override {
        committer_->post(PutAliasRequest{std::move(alias), std::move(done)});
    }

    void expire(base::Time now, Completion<std::monostate> done) override {
        committer_->post(ExpireRequest{now, std::move(done)});
    }

    void when_recovered(std::function<void()> told) override {
        committer_->when_recovered(std::move(told));
    }

    void read_statistics(Completion<Statistics> done) override {
        committer_->post(ReadStatisticsRequest{std::move(done)});
    }

    void read_relations(Completion<std::vector<chat::Relation>> done) override {
        ask<std::vector<chat::Relation>>(
            [](Connection& connection) { return sqlite::read_relations(connection); },
            std::move(done));
    }

    void put_relation(chat::Relation relation, Completion<std::monostate> done) override {
        committer_->post(ChangeRequest{[relation = std::move(relation)](Connection& connection) {
                                           return sqlite::put_relation(connection, relation);
                                       },
                                       std::move(done)});
    }

    void remove_relation(chat::Relation relation, Completion<std::monostate> done) override {
        committer_->post(ChangeRequest{[relation = std::move(relation)](Connection& connection) {
                                           return sqlite::remove_relation(connection, relation);
                                       },
                                       std::move(done)});
    }

    void find_context(std::vector<std::string> message_ids, Completion<std::string> done) override {
        ask<std::string>(
            [ids = std::move(message_ids)](Connection& connection) {
                return sqlite::find_context(connection, ids);
            },
            std::move(done));
    }

    void read_outbox(Completion<std::vector<OutboxItem>> done) override {
        ask<std::vector<OutboxItem>>(
            [](Connection& connection) { return sqlite::read_outbox(connection); },
            std::move(done));
    }

    void read_outbox_item(std::int64_t id, Completion<OutboxItem> done) override {
        ask<OutboxItem>(
            [id](Connection& connection) { return sqlite::read_outbox_item(connection, id); },
            [done = std::move(done), id](Result<OutboxItem> item) {
                if (item && item->id == 0) {
                    item = std::unexpected(Error{Error::Kind::not_found,
                                                 fmt::format("nothing waits under number {}", id)});
                }
                done(std::move(item));
            });
    }

    void put_outbox_item(OutboxItem item, Completion<std::int64_t> done) override {
        ask<std::int64_t>(
            [item = std::move(item)](Connection& connection) mutable -> SqlResult<std::int64_t> {
                if (auto put = sqlite::put_outbox_item(connection, item); !put) {
                    return std::unexpected(std::move(put.error()));
                }
                return item.id;
            },
            std::move(done));
    }

    void remove_outbox_item(std::int64_t id, Completion<std::monostate> done) override {
        committer_->post(ChangeRequest{
            [id](Connection& connection) { return sqlite::remove_outbox_item(connection, id); },
            std::move(done)});
    }

    void read_held(chat::EntityId entity, Completion<std::vector<HeldItem>> done) override {
        ask<std::vector<HeldItem>>(
            [entity](Connection& connection) { return sqlite::read_held(connection, entity); },
            std::move(done));
    }

    void release_held(chat::EntityId entity, std::int64_t number,
                      Completion<Released> done) override {
        committer_->post(ReleaseRequest{entity, number, std::move(done)});
    }

    void drop_held(chat::EntityId entity, std::int64_t number,
                   Completion<std::monostate> done) override {
        ask<bool>(
            [entity, number](Connection& connection) {
                return sqlite::remove_held(connection, entity, number);
            },
            [done = std::move(done)](const Result<bool>& removed) {
                if (!removed) {
                    done(std::unexpected(removed.error()));
                } else if (!*removed) {
                    done(std::unexpected(Error{Error::Kind::not_found, "no such mail is held"}));
                } else {
                    done(std::monostate{});
                }
            });
    }

    void expire_held(base::Time now, Completion<std::vector<HeldItem>> done) override {
        constexpr std::size_t most = 1000;
        ask<std::vector<HeldItem>>(
            [now](Connection& connection) { return sqlite::expire_held(connection, now, most); },
            std::move(done));
    }

    const std::string& content_dir() const override { return files_.incoming(); }

    // The committer first: it hands the last reads over.
    void close() override {
        if (committer_) {
            committer_->close();
            reader_->close();
        }
    }

  private:
    // Asks within the transaction of a group, so that what was committed before is seen.
    template <typename Value>
    void ask(std::function<SqlResult<Value>(Connection&)> find, Completion<Value> done) {
        auto found = std::make_shared<Value>();
        committer_->post(ChangeRequest{
            [found, find = std::move(find)](Connection& connection) -> SqlResult<void> {
                auto value = find(connection);
                if (!value) {
                    return std::unexpected(std::move(value.error()));
                }
                *found = std::move(*value);
                return {};
            },
            [found, done = std::move(done)](const Result<std::monostate>& result) {
                if (result) {
                    done(std::move(*found));
                } else {
                    done(std::unexpected(result.error()));
                }
            }});
    }

    DataLock lock_;
    const Committer::Settings settings_;
    ContentFiles files_;
    std::optional<Reader> reader_;
    std::optional<Committer> committer_;
};

} // namespace

Result<std::unique_ptr<Store>> open_engine(const OpenOptions& options, const std::string& path,
                                           const Tuning& tuning) {
    std::error_code error;
    const bool is_new = !std::filesystem::exists(options.data_dir, error);
    std::filesystem::create_directories(options.data_dir, error);
    if (error) {
        return std::unexpected(Error{Error::Kind::unavailable,
                                     fmt::format("{}: {}", options.data_dir, error.message())});
    }
    if (is_new) {
        ::chmod(options.data_dir.c_str(), 0700);
    }
    auto lock = DataLock::acquire(options.data_dir);
    if (!lock) {
        return std::unexpected(std::move(lock.error()));
    }
    auto files = ContentFiles::open(options.data_dir);
    if (!files) {
        return std::unexpected(std::move(files.error()));
    }
    const auto full_path = std::filesystem::path(options.data_dir) / path;
    auto engine = std::make_unique<Engine>(
        std::move(*lock), Committer::Settings{full_path.string(), tuning, options.journal_age},
        std::move(*files));
    if (auto started = engine->start(); !started) {
        return std::unexpected(std::move(started.error()));
    }
    return engine;
}

} // namespace mailcast::store::sqlite
