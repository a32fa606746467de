#include "store/sqlite/accounts.h"

#include "base/log.h"
#include "store/sqlite/facts.h"
#include "store/sqlite/held.h"

#include <boost/json.hpp>
#include <fmt/core.h>

#include <array>
#include <utility>

namespace mailcast::store::sqlite {

namespace json = boost::json;
using delivery::Rules;

namespace {

constexpr std::array<std::pair<Rules::Senders, std::string_view>, 5> senders_names{{
    {Rules::Senders::any, "any"},
    {Rules::Senders::known, "known"},
    {Rules::Senders::internal, "internal"},
    {Rules::Senders::none, "none"},
    {Rules::Senders::list, "list"},
}};

void put_number(json::object& object, std::string_view key,
                const std::optional<std::uint64_t>& value) {
    if (value) {
        object[key] = *value;
    }
}

std::optional<std::uint64_t> get_number(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

bool get_bool(const json::object& object, std::string_view key, bool otherwise) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() ? value->as_bool() : otherwise;
}

std::vector<std::string> strings_from(const json::value& value) {
    std::vector<std::string> result;
    if (const auto* array = value.if_array()) {
        for (const json::value& item : *array) {
            if (const auto* string = item.if_string()) {
                result.emplace_back(string->data(), string->size());
            }
        }
    }
    return result;
}

std::string strings_to_json(const std::vector<std::string>& strings) {
    json::array array;
    for (const auto& string : strings) {
        array.emplace_back(string);
    }
    return json::serialize(array);
}

json::value parse_or_null(std::string_view text, std::string_view what) {
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error) {
        base::log::error("store: unreadable {}, taken as empty: {}", what, error.message());
        return nullptr;
    }
    return value;
}

// The answer of a change that is not made; the transaction goes on.
template <typename T>
Answer<T> refusal(Error::Kind kind, std::string message) {
    return Result<T>(std::unexpected(Error{kind, std::move(message)}));
}

} // namespace

std::string rules_to_json(const Rules& rules) {
    const Rules standard;
    json::object object;
    if (rules.senders != standard.senders) {
        for (const auto& [senders, name] : senders_names) {
            if (senders == rules.senders) {
                object["senders"] = name;
            }
        }
    }
    if (!rules.sender_list.empty()) {
        json::array& list = object["sender_list"].emplace_array();
        for (const auto& sender : rules.sender_list) {
            list.emplace_back(sender);
        }
    }
    put_number(object, "max_size", rules.max_size);
    put_number(object, "max_lines", rules.max_lines);
    if (!rules.attachments) {
        object["attachments"] = false;
    }
    if (!rules.html) {
        object["html"] = false;
    }
    put_number(object, "quota", rules.quota);
    put_number(object, "keep_count", rules.keep_count);
    if (rules.keep_age) {
        object["keep_age"] = static_cast<std::int64_t>(rules.keep_age->count());
    }
    if (rules.hold) {
        object["hold"] = true;
    }
    if (rules.quiet) {
        object["quiet"] = true;
    }
    if (!rules.digest.empty()) {
        object["digest"] = rules.digest;
    }
    return json::serialize(object);
}

Rules rules_from_json(std::string_view text) {
    Rules rules;
    const json::value value = parse_or_null(text, "rules of an account");
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return rules;
    }
    if (const json::value* senders = object->if_contains("senders")) {
        if (const json::string* wanted = senders->if_string()) {
            for (const auto& [known, name] : senders_names) {
                if (name == std::string_view(wanted->data(), wanted->size())) {
                    rules.senders = known;
                }
            }
        }
    }
    if (const json::value* list = object->if_contains("sender_list")) {
        rules.sender_list = strings_from(*list);
    }
    rules.max_size = get_number(*object, "max_size");
    rules.max_lines = get_number(*object, "max_lines");
    rules.attachments = get_bool(*object, "attachments", true);
    rules.html = get_bool(*object, "html", true);
    rules.quota = get_number(*object, "quota");
    rules.keep_count = get_number(*object, "keep_count");
    if (const auto age = get_number(*object, "keep_age")) {
        rules.keep_age = std::chrono::seconds(static_cast<std::int64_t>(*age));
    }
    rules.hold = get_bool(*object, "hold", false);
    rules.quiet = get_bool(*object, "quiet", false);
    if (const json::value* digest = object->if_contains("digest"); digest && digest->is_string()) {
        rules.digest = std::string(digest->get_string());
    }
    return rules;
}

SqlResult<Accounts> read_accounts(Connection& connection) {
    Accounts result;
    auto accounts =
        connection.prepare("SELECT id, kind, name, display, password_hash, rules, created, scram "
                           "FROM account ORDER BY kind, name");
    if (!accounts) {
        return std::unexpected(std::move(accounts.error()));
    }
    for (;;) {
        const auto row = accounts->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            break;
        }
        Account account;
        account.id = accounts->integer(0);
        account.kind =
            accounts->integer(1) == 0 ? chat::EntityKind::person : chat::EntityKind::place;
        account.name = accounts->text(2);
        account.display = accounts->text(3);
        account.password_hash = accounts->text(4);
        account.rules = rules_from_json(accounts->text(5));
        account.created = base::from_unix_ms(accounts->integer(6));
        account.scram = accounts->text(7);
        result.accounts.push_back(std::move(account));
    }
    auto secret = connection.prepare("SELECT value FROM secret WHERE name = 'salt'");
    if (!secret) {
        return std::unexpected(std::move(secret.error()));
    }
    const auto there = secret->step();
    if (!there) {
        return std::unexpected(there.error());
    }
    if (*there) {
        result.salt_secret = secret->blob(0);
    }
    auto aliases = connection.prepare("SELECT address, targets FROM alias ORDER BY address");
    if (!aliases) {
        return std::unexpected(std::move(aliases.error()));
    }
    for (;;) {
        const auto row = aliases->step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return result;
        }
        result.aliases.push_back(
            {std::string(aliases->text(0)),
             strings_from(parse_or_null(aliases->text(1), "targets of an alias"))});
    }
}

Answer<Account> put_account(Connection& connection, Account account) {
    const bool is_new = account.id == 0;
    auto statement = connection.prepare(
        is_new ? "INSERT INTO account (kind, name, display, password_hash, rules, created, "
                 "scram) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8)"
               : "UPDATE account SET kind = ?1, name = ?2, display = ?3, password_hash = ?4, "
                 "rules = ?5, created = ?6, scram = ?8 WHERE id = ?7");
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    const std::string rules = rules_to_json(account.rules);
    statement->bind(1, account.kind == chat::EntityKind::person ? 0 : 1)
        .bind_text(2, account.name)
        .bind_text(3, account.display)
        .bind_text(4, account.password_hash)
        .bind_text(5, rules)
        .bind(6, base::to_unix_ms(account.created))
        .bind_text(8, account.scram);
    if (!is_new) {
        statement->bind(7, account.id);
    }
    if (auto done = statement->run(); !done) {
        if (done.error().is_of_one_row()) {
            return refusal<Account>(Error::Kind::exists,
                                    fmt::format("the name {} is taken", account.name));
        }
        return std::unexpected(std::move(done.error()));
    }
    if (is_new) {
        account.id = connection.last_insert_rowid();
    } else if (connection.changes() == 0) {
        return refusal<Account>(Error::Kind::not_found,
                                fmt::format("there is no account {}", account.id));
    }
    return account;
}

SqlResult<bool> put_scram(Connection& connection, chat::EntityId id, std::string_view password_hash,
                          std::string_view scram) {
    auto statement = connection.prepare(
        "UPDATE account SET scram = ?3 WHERE id = ?1 AND password_hash = ?2 AND kind = 0");
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    if (auto done = statement->bind(1, id).bind_text(2, password_hash).bind_text(3, scram).run();
        !done) {
        return std::unexpected(std::move(done.error()));
    }
    return connection.changes() != 0;
}

Answer<std::monostate> remove_account(Connection& connection, chat::EntityId id) {
    auto account = connection.prepare("DELETE FROM account WHERE id = ?1");
    auto cursors = connection.prepare("DELETE FROM cursor WHERE entity = ?1");
    if (!account || !cursors) {
        return std::unexpected(!account ? account.error() : cursors.error());
    }
    if (auto done = account->bind(1, id).run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (connection.changes() == 0) {
        return refusal<std::monostate>(Error::Kind::not_found,
                                       fmt::format("there is no account {}", id));
    }
    if (auto done = cursors->bind(1, id).run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = remove_relations_of(connection, id); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = remove_held_of(connection, id); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return std::monostate{};
}

Answer<std::monostate> put_alias(Connection& connection, const Alias& alias) {
    auto statement =
        connection.prepare(alias.targets.empty() ? "DELETE FROM alias WHERE address = ?1"
                                                 : "INSERT OR REPLACE INTO alias VALUES (?1, ?2)");
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    const std::string targets = strings_to_json(alias.targets);
    statement->bind_text(1, alias.address);
    if (!alias.targets.empty()) {
        statement->bind_text(2, targets);
    }
    if (auto done = statement->run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (alias.targets.empty() && connection.changes() == 0) {
        return refusal<std::monostate>(Error::Kind::not_found,
                                       fmt::format("there is no alias {}", alias.address));
    }
    return std::monostate{};
}

SqlResult<chat::Sequence> read_cursor(Connection& connection, chat::EntityId entity,
                                      std::string_view client) {
    auto statement =
        connection.prepare("SELECT sequence FROM cursor WHERE entity = ?1 AND client = ?2");
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    const auto row = statement->bind(1, entity).bind_text(2, client).step();
    if (!row) {
        return std::unexpected(row.error());
    }
    return *row ? statement->integer(0) : 0;
}

SqlResult<chat::Sequence> read_farthest_cursor(Connection& connection, chat::EntityId entity) {
    auto statement =
        connection.prepare("SELECT ifnull(max(sequence), 0) FROM cursor WHERE entity = ?1");
    if (!statement) {
        return std::unexpected(std::move(statement.error()));
    }
    const auto row = statement->bind(1, entity).step();
    if (!row) {
        return std::unexpected(row.error());
    }
    return *row ? statement->integer(0) : 0;
}

Answer<std::monostate> move_cursor(Connection& connection, chat::EntityId entity,
                                   std::string_view client, chat::Sequence to,
                                   const Tuning& tuning) {
    if (client.size() > tuning.cursor_name_max) {
        return refusal<std::monostate>(Error::Kind::full,
                                       "the client's name is too long for a cursor");
    }
    auto move = connection.prepare(
        "UPDATE cursor SET sequence = max(sequence, ?3) WHERE entity = ?1 AND client = ?2");
    if (!move) {
        return std::unexpected(std::move(move.error()));
    }
    if (auto done = move->bind(1, entity).bind_text(2, client).bind(3, to).run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (connection.changes() != 0) {
        return std::monostate{};
    }
    auto insert = connection.prepare("INSERT INTO cursor SELECT ?1, ?2, ?3 WHERE "
                                     "(SELECT count(*) FROM cursor WHERE entity = ?1) < ?4");
    if (!insert) {
        return std::unexpected(std::move(insert.error()));
    }
    insert->bind(1, entity).bind_text(2, client).bind(3, to).bind(
        4, static_cast<std::int64_t>(tuning.cursors_per_entity_max));
    if (auto done = insert->run(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (connection.changes() == 0) {
        return refusal<std::monostate>(Error::Kind::full, "too many clients have a cursor here");
    }
    return std::monostate{};
}

} // namespace mailcast::store::sqlite
