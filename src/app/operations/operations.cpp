#include "app/operations/operations.h"

#include "app/operations/explain.h"
#include "app/operations/held.h"
#include "app/operations/outbox.h"
#include "app/operations/task.h"
#include "app/server/directory_source.h"
#include "base/ascii.h"
#include "delivery/names.h"
#include "net/intake/held_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace mailcast::app {

using chat::EntityKind;

std::string spelled(EntityKind kind, std::string_view name) {
    return fmt::format("{}{}", kind == EntityKind::person ? '~' : '*', name);
}

std::string_view kind_word(EntityKind kind) {
    return kind == EntityKind::person ? "person" : "place";
}

// ---- one after another -----------------------------------------------------------------------------

std::expected<const store::Account*, Reply> Operations::Task::entity() const {
    const auto name = delivery::parse_entity_name(request.name);
    if (!name) {
        return std::unexpected(Reply::wrong_usage(
            fmt::format("'{}' is no entity; right would be ~ada, *lab, @lab or psyc://{}/~ada",
                        request.name, directory->hostname())));
    }
    if (!name->host.empty() && !directory->is_our_domain(base::lowered(name->host))) {
        return std::unexpected(Reply::failed(fmt::format(
            "{} is not on this node, which is psyc://{}/", request.name, directory->hostname())));
    }
    const store::Account* account = nullptr;
    if (name->kind) {
        account = find(*name->kind, name->name);
    } else {
        account = find(EntityKind::person, name->name);
        account = account == nullptr ? find(EntityKind::place, name->name) : account;
    }
    if (account == nullptr) {
        return std::unexpected(Reply::failed(fmt::format(
            "there is no {}; 'mailcast person list' and 'mailcast place list' show who is",
            request.name)));
    }
    return account;
}

Operations::Operations(store::Store& store, std::shared_ptr<const Configuration> configuration,
                       AccountsChanged changed)
    : store_(store), changed_(std::move(changed)),
      held_(std::make_unique<net::HeldMail>(net::HeldMail::Parts{
          .store = store_,
          .post = [](const std::function<void()>& job) { job(); },
          .publish = [](chat::Sequence, const std::shared_ptr<const chat::Note>&) {},
          .remember =
              [this](const chat::Relation& relation) {
                  store_.put_relation(relation, [](const store::Result<std::monostate>&) {});
                  return true;
              },
          .forget =
              [this](const chat::Relation& relation) {
                  store_.remove_relation(relation, [](const store::Result<std::monostate>&) {});
              }})),
      configuration_(std::move(configuration)) {}

void Operations::set_configuration(std::shared_ptr<const Configuration> configuration) {
    const std::scoped_lock lock(mutex_);
    configuration_ = std::move(configuration);
}

void Operations::perform(Request request, std::function<void(Reply)> done) {
    const Row* row = find_row(request.verb);
    if (row == nullptr) {
        done(Reply::wrong_usage(fmt::format("there is no command '{}'", request.verb)));
        return;
    }
    auto task = std::make_shared<Task>();
    task->request = std::move(request);
    task->done = std::move(done);
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.size() < max_waiting) {
            task->configuration = configuration_;
            waiting_.push_back(task);
            if (waiting_.size() > 1) {
                return; // finish() of the one before starts it
            }
        }
    }
    if (task->configuration == nullptr) {
        task->done(Reply::failed("too many commands are waiting; try again in a moment"));
        return;
    }
    start(task);
}

void Operations::start(const TaskPointer& task) {
    const Row* row = find_row(task->request.verb);
    if (!row->needs_accounts) {
        (this->*row->handler)(task);
        return;
    }
    store_.read_accounts([this, task, row](store::Result<store::Accounts> accounts) {
        if (!accounts) {
            finish(task, Reply::failed(accounts.error().message));
            return;
        }
        task->accounts = *std::move(accounts);
        task->directory = make_directory(*task->configuration, task->accounts);
        (this->*row->handler)(task);
    });
}

void Operations::finish(const TaskPointer& task, Reply reply) {
    TaskPointer next;
    {
        const std::scoped_lock lock(mutex_);
        waiting_.pop_front();
        if (!waiting_.empty()) {
            next = waiting_.front();
        }
    }
    // After `done` of the last request the object may be gone.
    task->done(std::move(reply));
    if (next) {
        start(next);
    }
}

void Operations::finish_changed(const TaskPointer& task, std::string line) {
    if (!changed_) {
        finish(task, Reply::done(std::move(line)));
        return;
    }
    changed_([this, task, line = std::move(line)] { finish(task, Reply::done(line)); });
}

// ---- what others carry out -------------------------------------------------------------------------

// Without a running server nobody says who has talked with whom: the rules of the configuration alone count.
void Operations::explain_address(const TaskPointer& task) {
    const delivery::Policy policy(task->configuration->internal, task->configuration->external);
    finish(task, explain(task->request, *task->directory, policy));
}

void Operations::use_outbox(const TaskPointer& task) {
    perform_outbox(store_, task->request, outbox_changed_,
                   [this, task](Reply reply) { finish(task, std::move(reply)); });
}

void Operations::use_held(const TaskPointer& task) {
    const auto account = task->entity();
    if (!account) {
        finish(task, account.error());
        return;
    }
    if ((*account)->kind != EntityKind::person) {
        finish(task, Reply::failed(fmt::format("{} is a place; mail is held for persons only",
                                               task->request.name)));
        return;
    }
    const auto ask = [this, task, person = (*account)->id](chat::Held& held) {
        perform_held(held, person, task->request,
                     [this, task](Reply reply) { finish(task, std::move(reply)); });
    };
    if (use_held_) {
        use_held_(ask);
    } else {
        ask(*held_);
    }
}

// ---- the table -------------------------------------------------------------------------------------

std::span<const Operations::Row> Operations::rows() {
    static constexpr auto table = std::to_array<Row>({
        {"person add", &Operations::add_person, true},
        {"person list", &Operations::list_persons, true},
        {"person show", &Operations::show_person, true},
        {"person remove", &Operations::remove_person, true},
        {"person passwd", &Operations::set_password, true},
        {"place add", &Operations::add_place, true},
        {"place list", &Operations::list_places, true},
        {"place show", &Operations::show_place, true},
        {"place remove", &Operations::remove_place, true},
        {"alias add", &Operations::add_alias, true},
        {"alias list", &Operations::list_aliases, true},
        {"alias remove", &Operations::remove_alias, true},
        {"set", &Operations::set_rules, true},
        {"log", &Operations::show_log, true},
        {"mail show", &Operations::show_mail, false},
        {"explain", &Operations::explain_address, true},
        {"held", &Operations::use_held, true},
        {"outbox list", &Operations::use_outbox, false},
        {"outbox show", &Operations::use_outbox, false},
        {"outbox retry", &Operations::use_outbox, false},
        {"outbox drop", &Operations::use_outbox, false},
    });
    return table;
}

const Operations::Row* Operations::find_row(std::string_view verb) {
    const auto found = std::ranges::find(rows(), verb, &Row::verb);
    return found == rows().end() ? nullptr : &*found;
}

std::vector<std::string_view> operation_verbs() {
    std::vector<std::string_view> verbs;
    std::ranges::transform(Operations::rows(), std::back_inserter(verbs), &Operations::Row::verb);
    return verbs;
}

} // namespace mailcast::app
