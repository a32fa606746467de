// Aliases: add, list, remove.

#include "app/command/account_text.h"
#include "app/operations/task.h"
#include "app/server/directory_source.h"
#include "base/ascii.h"
#include "delivery/names.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailcast::app {

// The stored form of an alias's own address.
std::expected<std::string, Reply> Operations::alias_address(const TaskPointer& task) {
    const auto mailbox = mail::parse_mailbox(task->request.name);
    if (!mailbox || mailbox->domain.empty()) {
        return std::unexpected(Reply::wrong_usage(
            fmt::format("'{}' is no mail address; right would be info@{}", task->request.name,
                        task->configuration->domains.back())));
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
            return std::unexpected(Reply::failed(
                fmt::format("there is no {}; add it first, then the alias", written)));
        }
        const auto* const* entity = std::get_if<const delivery::Entity*>(&targets.front());
        return entity == nullptr ? written : spelled((*entity)->kind, (*entity)->name);
    }
    if (const auto mailbox = mail::parse_mailbox(written)) {
        if (!directory.is_our_domain(mailbox->domain)) {
            return std::unexpected(Reply::failed(fmt::format(
                "{} is at a mail host elsewhere, and mail is not forwarded from here; right would "
                "be ~ada, *lab, an address at {}, or a uniform",
                written, directory.hostname())));
        }
        return mail::Mailbox{base::lowered(mailbox->local), mailbox->domain}.text();
    }
    if (resolution.found()) {
        const auto uniform = psyc::parse_uniform(written);
        if (!base::istarts_with(written, "psyc:")) {
            return std::unexpected(Reply::failed(fmt::format(
                "{} is not reached from here; of other schemes right would be psyc:// alone",
                written)));
        }
        if (uniform && (uniform->kind == psyc::UniformKind::person ||
                        uniform->kind == psyc::UniformKind::place)) {
            return written;
        }
    }
    return std::unexpected(Reply::wrong_usage(fmt::format(
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
        finish(task,
               Reply::failed(fmt::format("{} is not one of our domains ({}); add it to 'domains' "
                                         "first",
                                         domain, fmt::join(task->configuration->domains, ", "))));
        return;
    }
    if (task->request.values.empty()) {
        finish(task,
               Reply::wrong_usage("an alias needs a target: ~ada, *lab, an address or a uniform"));
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
        finish(task,
               Reply::failed(fmt::format("an alias has at most {} targets; a place serves more",
                                         delivery::Directory::max_alias_targets)));
        return;
    }
    const auto directory = make_directory(*task->configuration, task->accounts);
    const auto mailbox = mail::parse_mailbox(*address);
    if (mailbox && directory->resolve(*mailbox).kind == delivery::Resolution::Kind::broken_alias) {
        finish(task, Reply::failed(fmt::format("{} would lead only to itself", *address)));
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
                finish(task, Reply::failed(put.error().message));
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
    finish(task, Reply::done(std::move(out)));
}

void Operations::remove_alias(const TaskPointer& task) {
    const auto address = alias_address(task);
    if (!address) {
        finish(task, address.error());
        return;
    }
    const auto alias = std::ranges::find(task->accounts.aliases, *address, &store::Alias::address);
    if (alias == task->accounts.aliases.end()) {
        finish(task, Reply::failed(fmt::format(
                         "there is no alias {}; 'mailcast alias list' shows all", *address)));
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
            finish(task, Reply::failed(fmt::format("{} does not lead to {}", *address, written)));
            return;
        }
    }
    put_alias(task, left);
}

} // namespace mailcast::app
