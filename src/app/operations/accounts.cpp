// Persons and places: add, list, show, remove, passwd, set.

#include "app/command/account_text.h"
#include "app/operations/task.h"
#include "delivery/names.h"
#include "delivery/rules.h"

#include <fmt/format.h>

#include <utility>

namespace mailcast::app {

using chat::EntityKind;

namespace {

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

Reply no_such(EntityKind kind, std::string_view name) {
    return Reply::failed(fmt::format("there is no {} {}; 'mailcast {} list' shows who is",
                                     kind_word(kind), name, kind_word(kind)));
}

} // namespace

void Operations::add(const TaskPointer& task, EntityKind kind) {
    const auto name = bare_name(kind, task->request.name);
    if (!name) {
        finish(task, Reply::wrong_usage(name.error()));
        return;
    }
    if (const auto fault = delivery::name_fault(kind, *name)) {
        finish(task, Reply::wrong_usage(*fault));
        return;
    }
    if (task->find(kind, *name) != nullptr) {
        finish(task, Reply::failed(fmt::format("{} is there already",
                                               spelled(kind, delivery::folded(kind, *name)))));
        return;
    }
    store::Account account;
    account.kind = kind;
    account.name = delivery::folded(kind, *name);
    account.display = *name;
    account.password_hash = task->request.password_hash;
    account.scram = task->request.scram;
    account.created = base::now();
    store_.put_account(std::move(account), [this, task](store::Result<store::Account> made) {
        if (!made) {
            finish(task, Reply::failed(made.error().message));
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
    finish(task, Reply::done(std::move(out)));
}

void Operations::list_persons(const TaskPointer& task) {
    list(task, EntityKind::person);
}

void Operations::list_places(const TaskPointer& task) {
    list(task, EntityKind::place);
}

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
    finish(task,
           Reply::done(task->request.json ? account_json(*task->directory, domains, *account) + "\n"
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
            finish(task, Reply::failed(removed.error().message));
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
            finish(task, Reply::failed(put.error().message));
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
    changed.scram = task->request.scram;
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
            finish(task, Reply::wrong_usage(fmt::format("'{}' is no KEY=VALUE; right would be "
                                                        "senders=known",
                                                        assignment)));
            return;
        }
        const auto set =
            delivery::set_rule(changed.rules, std::string_view(assignment).substr(0, equals),
                               std::string_view(assignment).substr(equals + 1));
        if (!set) {
            finish(task, Reply::wrong_usage(set.error().message));
            return;
        }
    }
    if (const auto fits = delivery::check_rules(changed.kind, changed.rules); !fits) {
        finish(task, Reply::wrong_usage(fits.error().message));
        return;
    }
    const auto home = mail::parse_mailbox(changed.rules.digest);
    if (home && task->directory->resolve(*home).kind != delivery::Resolution::Kind::not_ours) {
        finish(task,
               Reply::wrong_usage(fmt::format(
                   "digest: {} leads back to this server; right would be an address elsewhere",
                   changed.rules.digest)));
        return;
    }
    std::string line =
        fmt::format("{}: {}\n", spelled(changed.kind, changed.name),
                    changed.rules == delivery::Rules{}
                        ? "no rules of its own"
                        : fmt::format("{}", fmt::join(delivery::print_rules(changed.rules), " ")));
    put_changed(task, std::move(changed), std::move(line));
}

} // namespace mailcast::app
