#include "app/operations.h"

#include "app/account_text.h"
#include "app/directory_source.h"
#include "app/explain.h"
#include "app/held_operations.h"
#include "app/mail_text.h"
#include "app/outbox_operations.h"
#include "base/ascii.h"
#include "delivery/names.h"
#include "net/held_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace mailcast::app {

namespace {

using chat::EntityKind;

Reply done(std::string out = {}) {
    return {exit_done, std::move(out), {}, 0};
}

Reply failed(std::string error) {
    return {exit_failed, {}, std::move(error), 0};
}

Reply wrong_usage(std::string error) {
    return {exit_usage, {}, std::move(error), 0};
}

std::string spelled(EntityKind kind, std::string_view name) {
    return fmt::format("{}{}", kind == EntityKind::person ? '~' : '*', name);
}

std::string_view kind_word(EntityKind kind) {
    return kind == EntityKind::person ? "person" : "place";
}

// "person add ~ada" is meant as "person add ada"; the other sign is a mistake.
std::expected<std::string_view, std::string> bare_name(EntityKind kind, std::string_view name) {
    const auto parsed = delivery::parse_entity_name(name);
    if (parsed && parsed->host.empty()) {
        if (parsed->kind.value_or(kind) != kind) {
            return std::unexpected(
                fmt::format("'{}' is not the name of a {}", name, kind_word(kind)));
        }
        return parsed->name;
    }
    return name;
}

} // namespace

struct Operations::Task {
    Request request;
    std::function<void(Reply)> done;
    std::shared_ptr<const Configuration> configuration;
    store::Accounts accounts;
    std::shared_ptr<const delivery::Directory> directory;

    const store::Account* find(EntityKind kind, std::string_view name) const {
        const delivery::Entity* entity = directory->find(kind, name);
        return entity == nullptr ? nullptr : find(entity->id);
    }

    const store::Account* find(chat::EntityId id) const {
        const auto found = std::ranges::find(accounts.accounts, id, &store::Account::id);
        return found == accounts.accounts.end() ? nullptr : &*found;
    }

    // What ENTITY names; else why there is nothing.
    std::expected<const store::Account*, Reply> entity() const;
};

std::expected<const store::Account*, Reply> Operations::Task::entity() const {
    const auto name = delivery::parse_entity_name(request.name);
    if (!name) {
        return std::unexpected(wrong_usage(
            fmt::format("'{}' is no entity; right would be ~ada, *lab, @lab or psyc://{}/~ada",
                        request.name, directory->hostname())));
    }
    if (!name->host.empty() && !directory->is_our_domain(base::lowered(name->host))) {
        return std::unexpected(failed(fmt::format("{} is not on this node, which is psyc://{}/",
                                                  request.name, directory->hostname())));
    }
    const store::Account* account = nullptr;
    if (name->kind) {
        account = find(*name->kind, name->name);
    } else {
        account = find(EntityKind::person, name->name);
        account = account == nullptr ? find(EntityKind::place, name->name) : account;
    }
    if (account == nullptr) {
        return std::unexpected(failed(fmt::format(
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

// ---- one after another -----------------------------------------------------------------------------

void Operations::perform(Request request, std::function<void(Reply)> done) {
    const Row* row = find_row(request.verb);
    if (row == nullptr) {
        done(wrong_usage(fmt::format("there is no command '{}'", request.verb)));
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
        task->done(failed("too many commands are waiting; try again in a moment"));
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
            finish(task, failed(accounts.error().message));
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
        finish(task, done(std::move(line)));
        return;
    }
    changed_([this, task, line = std::move(line)] { finish(task, done(line)); });
}

// ---- persons and places ----------------------------------------------------------------------------

void Operations::add(const TaskPointer& task, EntityKind kind) {
    const auto name = bare_name(kind, task->request.name);
    if (!name) {
        finish(task, wrong_usage(name.error()));
        return;
    }
    if (const auto fault = delivery::name_fault(kind, *name)) {
        finish(task, wrong_usage(*fault));
        return;
    }
    if (task->find(kind, *name) != nullptr) {
        finish(task, failed(fmt::format("{} is there already",
                                        spelled(kind, delivery::folded(kind, *name)))));
        return;
    }
    store::Account account;
    account.kind = kind;
    account.name = delivery::folded(kind, *name);
    account.display = *name;
    account.password_hash = task->request.password_hash;
    account.created = base::now();
    store_.put_account(std::move(account), [this, task](store::Result<store::Account> made) {
        if (!made) {
            finish(task, failed(made.error().message));
            return;
        }
        finish_changed(task, fmt::format("{} is there now: {}\n", spelled(made->kind, made->name),
                                         uniform_of(*task->directory, *made)));
    });
}

void Operations::add_person(const TaskPointer& task) {
    add(task, EntityKind::person);
}

void Operations::add_place(const TaskPointer& task) {
    add(task, EntityKind::place);
}

void Operations::list(const TaskPointer& task, EntityKind kind) {
    std::string out;
    for (const store::Account& account : task->accounts.accounts) {
        if (account.kind != kind) {
            continue;
        }
        if (task->request.json) {
            out += out.empty() ? "[" : ",\n ";
            out += account_json(*task->directory, task->configuration->domains, account);
        } else {
            out += account_line(*task->directory, account);
        }
    }
    if (task->request.json) {
        out += out.empty() ? "[]\n" : "]\n";
    }
    finish(task, done(std::move(out)));
}

void Operations::list_persons(const TaskPointer& task) {
    list(task, EntityKind::person);
}

void Operations::list_places(const TaskPointer& task) {
    list(task, EntityKind::place);
}

namespace {

Reply no_such(EntityKind kind, std::string_view name) {
    return failed(fmt::format("there is no {} {}; 'mailcast {} list' shows who is", kind_word(kind),
                              name, kind_word(kind)));
}

} // namespace

const store::Account* Operations::find_account(const TaskPointer& task, EntityKind kind) {
    const auto name = bare_name(kind, task->request.name);
    const store::Account* account = name ? task->find(kind, *name) : nullptr;
    if (account == nullptr) {
        finish(task, no_such(kind, task->request.name));
    }
    return account;
}

void Operations::show(const TaskPointer& task, EntityKind kind) {
    const store::Account* account = find_account(task, kind);
    if (account == nullptr) {
        return;
    }
    const auto& domains = task->configuration->domains;
    finish(task, done(task->request.json ? account_json(*task->directory, domains, *account) + "\n"
                                         : account_text(*task->directory, domains, *account)));
}

void Operations::show_person(const TaskPointer& task) {
    show(task, EntityKind::person);
}

void Operations::show_place(const TaskPointer& task) {
    show(task, EntityKind::place);
}

void Operations::remove(const TaskPointer& task, EntityKind kind) {
    const store::Account* account = find_account(task, kind);
    if (account == nullptr) {
        return;
    }
    const std::string name = spelled(kind, account->name);
    store_.remove_account(account->id, [this, task, name](store::Result<std::monostate> removed) {
        if (!removed) {
            finish(task, failed(removed.error().message));
            return;
        }
        finish_changed(task, fmt::format("{} is gone, with its log\n", name));
    });
}

void Operations::remove_person(const TaskPointer& task) {
    remove(task, EntityKind::person);
}

void Operations::remove_place(const TaskPointer& task) {
    remove(task, EntityKind::place);
}

void Operations::put_changed(const TaskPointer& task, store::Account account, std::string line) {
    store_.put_account(std::move(account), [this, task, line = std::move(line)](
                                               const store::Result<store::Account>& put) {
        if (!put) {
            finish(task, failed(put.error().message));
            return;
        }
        finish_changed(task, line);
    });
}

void Operations::set_password(const TaskPointer& task) {
    const store::Account* account = find_account(task, EntityKind::person);
    if (account == nullptr) {
        return;
    }
    store::Account changed = *account;
    changed.password_hash = task->request.password_hash;
    put_changed(task, std::move(changed),
                fmt::format("the password of ~{} is set\n", account->name));
}

void Operations::set_rules(const TaskPointer& task) {
    const auto account = task->entity();
    if (!account) {
        finish(task, account.error());
        return;
    }
    store::Account changed = **account;
    for (const std::string& assignment : task->request.values) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos) {
            finish(task, wrong_usage(fmt::format("'{}' is no KEY=VALUE; right would be "
                                                 "senders=known",
                                                 assignment)));
            return;
        }
        const auto set =
            delivery::set_rule(changed.rules, std::string_view(assignment).substr(0, equals),
                               std::string_view(assignment).substr(equals + 1));
        if (!set) {
            finish(task, wrong_usage(set.error().message));
            return;
        }
    }
    std::string line =
        fmt::format("{}: {}\n", spelled(changed.kind, changed.name),
                    changed.rules == delivery::Rules{}
                        ? "no rules of its own"
                        : fmt::format("{}", fmt::join(delivery::print_rules(changed.rules), " ")));
    put_changed(task, std::move(changed), std::move(line));
}

// ---- aliases ---------------------------------------------------------------------------------------

// The stored form of an alias's own address.
std::expected<std::string, Reply> Operations::alias_address(const TaskPointer& task) {
    const auto mailbox = mail::parse_mailbox(task->request.name);
    if (!mailbox || mailbox->domain.empty()) {
        return std::unexpected(
            wrong_usage(fmt::format("'{}' is no mail address; right would be info@{}",
                                    task->request.name, task->configuration->domains.back())));
    }
    return mail::Mailbox{base::lowered(mailbox->local), mailbox->domain}.text();
}

// The stored form of what an alias leads to.
std::expected<std::string, Reply> Operations::alias_target(const TaskPointer& task,
                                                           const std::string& written) {
    const delivery::Directory& directory = *task->directory;
    std::vector<delivery::Target> targets;
    const auto resolution = directory.resolve_target(written, targets);
    if (const auto name = delivery::parse_entity_name(written)) {
        if (!resolution.found()) {
            return std::unexpected(
                failed(fmt::format("there is no {}; add it first, then the alias", written)));
        }
        const auto* const* entity = std::get_if<const delivery::Entity*>(&targets.front());
        return entity == nullptr ? written : spelled((*entity)->kind, (*entity)->name);
    }
    if (const auto mailbox = mail::parse_mailbox(written)) {
        if (!directory.is_our_domain(mailbox->domain)) {
            return std::unexpected(failed(fmt::format(
                "{} is at a mail host elsewhere, and mail is not forwarded from here; right would "
                "be ~ada, *lab, an address at {}, or a uniform",
                written, directory.hostname())));
        }
        return mail::Mailbox{base::lowered(mailbox->local), mailbox->domain}.text();
    }
    if (resolution.found()) {
        return written;
    }
    return std::unexpected(wrong_usage(fmt::format(
        "'{}' can be no target; right would be ~ada, *lab, an address at {}, or a uniform", written,
        directory.hostname())));
}

void Operations::add_alias(const TaskPointer& task) {
    const auto address = alias_address(task);
    if (!address) {
        finish(task, address.error());
        return;
    }
    const std::string_view domain = std::string_view(*address).substr(address->rfind('@') + 1);
    if (!task->directory->is_our_domain(domain)) {
        finish(task, failed(fmt::format("{} is not one of our domains ({}); add it to 'domains' "
                                        "first",
                                        domain, fmt::join(task->configuration->domains, ", "))));
        return;
    }
    if (task->request.values.empty()) {
        finish(task, wrong_usage("an alias needs a target: ~ada, *lab, an address or a uniform"));
        return;
    }
    auto& aliases = task->accounts.aliases;
    auto alias = std::ranges::find(aliases, *address, &store::Alias::address);
    if (alias == aliases.end()) {
        alias = aliases.insert(alias, store::Alias{*address, {}});
    }
    for (const std::string& written : task->request.values) {
        auto target = alias_target(task, written);
        if (!target) {
            finish(task, target.error());
            return;
        }
        if (std::ranges::find(alias->targets, *target) == alias->targets.end()) {
            alias->targets.push_back(*std::move(target));
        }
    }
    if (alias->targets.size() > delivery::Directory::max_alias_targets) {
        finish(task, failed(fmt::format("an alias has at most {} targets; a place serves more",
                                        delivery::Directory::max_alias_targets)));
        return;
    }
    const auto directory = make_directory(*task->configuration, task->accounts);
    const auto mailbox = mail::parse_mailbox(*address);
    if (mailbox && directory->resolve(*mailbox).kind == delivery::Resolution::Kind::broken_alias) {
        finish(task, failed(fmt::format("{} would lead only to itself", *address)));
        return;
    }
    put_alias(task, *alias);
}

void Operations::put_alias(const TaskPointer& task, const store::Alias& alias) {
    std::string line = alias.targets.empty() ? fmt::format("{} is gone\n", alias.address)
                                             : fmt::format("{} leads to {}\n", alias.address,
                                                           fmt::join(alias.targets, " "));
    store_.put_alias(
        alias, [this, task, line = std::move(line)](const store::Result<std::monostate>& put) {
            if (!put) {
                finish(task, failed(put.error().message));
                return;
            }
            finish_changed(task, line);
        });
}

void Operations::list_aliases(const TaskPointer& task) {
    std::string out;
    for (const store::Alias& alias : task->accounts.aliases) {
        if (!task->request.name.empty() && !base::iequals(alias.address, task->request.name)) {
            continue;
        }
        if (task->request.json) {
            out += out.empty() ? "[" : ",\n ";
            out += alias_json(alias);
        } else {
            out += alias_line(alias);
        }
    }
    if (task->request.json) {
        out += out.empty() ? "[]\n" : "]\n";
    }
    finish(task, done(std::move(out)));
}

void Operations::remove_alias(const TaskPointer& task) {
    const auto address = alias_address(task);
    if (!address) {
        finish(task, address.error());
        return;
    }
    const auto alias = std::ranges::find(task->accounts.aliases, *address, &store::Alias::address);
    if (alias == task->accounts.aliases.end()) {
        finish(task, failed(fmt::format("there is no alias {}; 'mailcast alias list' shows all",
                                        *address)));
        return;
    }
    store::Alias left = *alias;
    if (task->request.values.empty()) {
        left.targets.clear();
    }
    for (const std::string& written : task->request.values) {
        // What is gone meanwhile can still be taken out as it is written.
        const auto target = alias_target(task, written);
        const std::string spelling = target ? *target : written;
        if (std::erase(left.targets, spelling) == 0) {
            finish(task, failed(fmt::format("{} does not lead to {}", *address, written)));
            return;
        }
    }
    put_alias(task, left);
}

// ---- log and mail ----------------------------------------------------------------------------------

void Operations::show_log(const TaskPointer& task) {
    const auto account = task->entity();
    if (!account) {
        finish(task, account.error());
        return;
    }
    store::LogQuery query;
    query.entity = (*account)->id;
    query.after = task->request.since;
    query.newest = task->request.limit.has_value();
    if (task->request.limit.value_or(0) > log_limit) {
        finish(task, wrong_usage(fmt::format("--limit is at most {}; without it all is printed",
                                             log_limit)));
        return;
    }
    if (task->request.limit == 0) {
        finish(task, done());
        return;
    }
    query.limit = task->request.limit.value_or(log_page);
    store_.read_log(query, [this, task](store::Result<std::vector<store::LogEntry>> entries) {
        if (!entries) {
            finish(task, failed(entries.error().message));
            return;
        }
        Reply reply = done();
        for (const store::LogEntry& entry : *entries) {
            reply.out += task->request.json ? log_json(entry) : log_text(entry);
        }
        if (!task->request.limit && entries->size() == log_page) {
            reply.next = entries->back().sequence;
        }
        finish(task, std::move(reply));
    });
}

void Operations::show_mail(const TaskPointer& task) {
    const auto id = base::MessageId::parse(task->request.name);
    if (!id) {
        finish(task, wrong_usage(fmt::format("'{}' is no id of a mail; right would be the 26 "
                                             "characters of the 250 reply, or 'mail' of a log "
                                             "entry",
                                             task->request.name)));
        return;
    }
    store_.read_mail(*id, [this, task, id](const store::Result<store::StoredMail>& mail) {
        if (!mail) {
            finish(task, failed(mail.error().kind == store::Error::Kind::not_found
                                    ? fmt::format("there is no mail {}", id->text())
                                    : mail.error().message));
            return;
        }
        if (task->request.raw) {
            finish(task, done(mail->trace + mail->content));
            return;
        }
        finish(task, done(task->request.json ? mail_json(*mail) : mail_text(*mail)));
    });
}

// Without a running server nobody says who has talked with whom: the rules of the configuration alone count.
void Operations::explain_address(const TaskPointer& task) {
    const delivery::Policy policy(task->configuration->internal, task->configuration->external);
    finish(task, explain(task->request, *task->directory, policy));
}

// ---- the table -------------------------------------------------------------------------------------

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
        finish(task, failed(fmt::format("{} is a place; mail is held for persons only",
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
