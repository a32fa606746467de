#include "app/command/account_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace mailcast::app {

namespace {

namespace json = boost::json;

bool is_person(const store::Account& account) {
    return account.kind == chat::EntityKind::person;
}

// "~ada", "*lab": as the command line writes entities.
std::string spelled(const store::Account& account) {
    return (is_person(account) ? "~" : "*") + account.name;
}

json::array json_array(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts) {
        out.emplace_back(text);
    }
    return out;
}

bool leads_to(const delivery::Resolution& resolution, chat::EntityId id) {
    return std::ranges::any_of(resolution.targets, [&](const delivery::Target& target) {
        const auto* const* entity = std::get_if<const delivery::Entity*>(&target);
        return entity != nullptr && (*entity)->id == id;
    });
}

} // namespace

std::string uniform_of(const delivery::Directory& directory, const store::Account& account) {
    return fmt::format("psyc://{}/{}{}", directory.hostname(), is_person(account) ? '~' : '@',
                       account.name);
}

std::vector<std::string> addresses_of(const delivery::Directory& directory,
                                      std::span<const std::string> domains,
                                      const store::Account& account) {
    std::vector<std::string> out;
    for (const std::string& domain : domains) {
        // The plain name where it leads here, else the one with the sign: a person comes first.
        for (const std::string& local : {account.name, spelled(account)}) {
            const mail::Mailbox mailbox{local, domain};
            if (leads_to(directory.resolve(mailbox), account.id)) {
                out.push_back(mailbox.text());
                break;
            }
        }
    }
    for (const delivery::Alias& alias : directory.aliases()) {
        const auto mailbox = mail::parse_mailbox(alias.address);
        if (mailbox && leads_to(directory.resolve(*mailbox), account.id) &&
            std::ranges::find(out, alias.address) == out.end()) {
            out.push_back(alias.address);
        }
    }
    return out;
}

std::string account_json(const delivery::Directory& directory, std::span<const std::string> domains,
                         const store::Account& account) {
    json::object out;
    out[is_person(account) ? "nick" : "name"] = account.name;
    out["display"] = account.display;
    out["uniform"] = uniform_of(directory, account);
    out["addresses"] = json_array(addresses_of(directory, domains, account));
    json::object rules;
    for (const std::string& rule : delivery::print_rules(account.rules)) {
        const std::size_t equals = rule.find('=');
        rules[rule.substr(0, equals)] = rule.substr(equals + 1);
    }
    out["rules"] = std::move(rules);
    out["created"] = base::format_rfc3339(account.created);
    if (is_person(account)) {
        out["password"] = !account.password_hash.empty(); // whether there is one
    }
    return json::serialize(out);
}

std::string account_text(const delivery::Directory& directory, std::span<const std::string> domains,
                         const store::Account& account) {
    std::string out = fmt::format("{:<10} {}\n{:<10} {}\n{:<10} {}\n",
                                  is_person(account) ? "nick" : "name", account.name, "display",
                                  account.display, "uniform", uniform_of(directory, account));
    for (const std::string& address : addresses_of(directory, domains, account)) {
        out += fmt::format("{:<10} {}\n", "address", address);
    }
    for (const std::string& rule : delivery::print_rules(account.rules)) {
        out += fmt::format("{:<10} {}\n", "rule", rule);
    }
    out += fmt::format("{:<10} {}\n", "created", base::format_rfc3339(account.created));
    if (is_person(account)) {
        out +=
            fmt::format("{:<10} {}\n", "password",
                        account.password_hash.empty() ? "none: no login until one is set" : "set");
    }
    return out;
}

std::string account_line(const delivery::Directory& directory, const store::Account& account) {
    return fmt::format("{:<16} {}{}{}\n", account.name, uniform_of(directory, account),
                       account.rules == delivery::Rules{} ? "" : "  ",
                       fmt::join(delivery::print_rules(account.rules), " "));
}

std::string alias_json(const store::Alias& alias) {
    json::object out;
    out["address"] = alias.address;
    out["targets"] = json_array(alias.targets);
    return json::serialize(out);
}

std::string alias_line(const store::Alias& alias) {
    return fmt::format("{:<32} {}\n", alias.address, fmt::join(alias.targets, " "));
}

} // namespace mailcast::app
