// What the account commands do: one Request in, one Reply out, over a Store.  Used by the command line
// itself when no daemon runs, and by the daemon for what comes through its control socket, so that
// both do exactly the same.
//
// perform() may be called from any thread.  Requests are carried out one after another, so that two
// changes of the same account cannot undo each other.  `done` is called exactly once for each, on a
// thread of the store or, when nothing had to be asked, on the caller's.
#pragma once

#include "app/configuration/configuration.h"
#include "chat/held.h"
#include "delivery/directory.h"
#include "store/store.h"

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailcast::app {

// Exit status of the program.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1; // it could not be done
inline constexpr int exit_usage = 2;  // wrong usage or configuration

struct Request {
    std::string verb;                // "person add", "log", ...: see operation_verbs()
    std::string name;                // the nick, room, ENTITY, ADDRESS or ID that is meant
    std::vector<std::string> values; // targets of an alias, KEY=VALUE of set, the form of status
    std::string password_hash;       // of person add and person passwd; never the password itself
    std::string scram;               // goes with it: store::Account
    bool json = false;
    bool raw = false;
    std::optional<std::uint64_t> limit; // log: the newest so many
    chat::Sequence since = 0;           // log: only what is behind this

    bool operator==(const Request&) const = default;
};

struct Reply {
    int exit = exit_done;
    std::string out{};       // for standard output, as it is
    std::string error{};     // one line for standard error, without its end
    chat::Sequence next = 0; // log: there is more behind this; ask again with it as `since`

    bool operator==(const Reply&) const = default;

    static Reply done(std::string out = {}) { return {.exit = exit_done, .out = std::move(out)}; }

    static Reply failed(std::string line) {
        return {.exit = exit_failed, .error = std::move(line)};
    }

    static Reply wrong_usage(std::string line) {
        return {.exit = exit_usage, .error = std::move(line)};
    }
};

// What the daemon does when accounts have changed: takes the new ones into use, then calls `applied`,
// so that the reply is not sent before the change is in force.
using AccountsChanged = std::function<void(std::function<void()> applied)>;

class Operations {
  public:
    // Log entries in one Reply when no limit is given.
    static constexpr std::size_t log_page = 200;
    // The largest limit of a log.
    static constexpr std::uint64_t log_limit = 10'000;
    // Requests that may wait; more are refused.
    static constexpr std::size_t max_waiting = 1000;

    // `store` must outlive the object, and every request that was made of it.
    Operations(store::Store& store, std::shared_ptr<const Configuration> configuration,
               AccountsChanged changed = {});

    void perform(Request request, std::function<void(Reply)> done);

    // Called when the outbox was changed by a command, on any thread; set before the first request.
    void set_outbox_changed(std::function<void()> changed) { outbox_changed_ = std::move(changed); }

    // How a chat::Held is asked on the thread that it belongs to; without it one over the store alone is used.  Set
    // before the first request.
    using UseHeld = std::function<void(std::function<void(chat::Held&)> ask)>;

    void set_use_held(UseHeld use) { use_held_ = std::move(use); }

    // After a reload.
    void set_configuration(std::shared_ptr<const Configuration> configuration);

  private:
    struct Task;
    using TaskPointer = std::shared_ptr<Task>;
    using Handler = void (Operations::*)(const TaskPointer&);

    struct Row {
        std::string_view verb;
        Handler handler;
        bool needs_accounts;
    };

    static std::span<const Row> rows();
    static const Row* find_row(std::string_view verb);
    friend std::vector<std::string_view> operation_verbs();

    void start(const TaskPointer& task);
    void finish(const TaskPointer& task, Reply reply);
    void finish_changed(const TaskPointer& task, std::string line);

    // The person or place that the request names; else finishes the task and gives nullptr.
    const store::Account* find_account(const TaskPointer& task, chat::EntityKind kind);

    void add_person(const TaskPointer& task);
    void add_place(const TaskPointer& task);
    void add(const TaskPointer& task, chat::EntityKind kind);
    void list_persons(const TaskPointer& task);
    void list_places(const TaskPointer& task);
    void list(const TaskPointer& task, chat::EntityKind kind);
    void show(const TaskPointer& task, chat::EntityKind kind);
    void show_person(const TaskPointer& task);
    void show_place(const TaskPointer& task);
    void remove_person(const TaskPointer& task);
    void remove_place(const TaskPointer& task);
    void remove(const TaskPointer& task, chat::EntityKind kind);
    void set_password(const TaskPointer& task);
    void set_rules(const TaskPointer& task);
    void put_changed(const TaskPointer& task, store::Account account, std::string line);
    void add_alias(const TaskPointer& task);
    void list_aliases(const TaskPointer& task);
    void remove_alias(const TaskPointer& task);
    void put_alias(const TaskPointer& task, const store::Alias& alias);
    static std::expected<std::string, Reply> alias_address(const TaskPointer& task);
    static std::expected<std::string, Reply> alias_target(const TaskPointer& task,
                                                          const std::string& written);
    void show_log(const TaskPointer& task);
    void show_mail(const TaskPointer& task);
    void explain_address(const TaskPointer& task);
    void use_outbox(const TaskPointer& task);
    void use_held(const TaskPointer& task);

    store::Store& store_;
    AccountsChanged changed_;
    std::function<void()> outbox_changed_;
    std::unique_ptr<chat::Held> held_; // over the store alone
    UseHeld use_held_;

    std::mutex mutex_; // guards what follows
    std::shared_ptr<const Configuration> configuration_;
    std::deque<TaskPointer> waiting_; // the first one is under way
};

// All that perform() knows.
std::vector<std::string_view> operation_verbs();

} // namespace mailcast::app
