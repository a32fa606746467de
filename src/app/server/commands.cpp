// The server's accounts, and what is asked of it through the control socket.

#include "app/command/status_metrics.h"
#include "app/command/status_text.h"
#include "app/operations/control_protocol.h"
#include "app/operations/explain.h"
#include "app/server/directory_source.h"
#include "app/server/server.h"
#include "base/log.h"
#include "delivery/names.h"
#include "delivery/rules.h"

#include <fmt/core.h>

#include <utility>

namespace mailcast::app {

std::expected<void, std::string> Server::open_control() {
    net::ListenAddress address;
    address.path = configuration_->control_socket();
    address.mode = 0600;
    auto control = net::LineServer::open(
        io_, address, {.line_octets = max_request_line},
        [this](const std::string& line, auto done) { answer_line(line, std::move(done)); });
    if (!control) {
        return std::unexpected(control.error());
    }
    control_ = std::move(*control);
    return {};
}

void Server::use_accounts(const store::Accounts& accounts) {
    accounts_ = accounts;
    intake_.set_directory(make_directory(*configuration_, accounts));
    std::vector<chat::Entity> entities;
    std::unordered_map<chat::EntityId, net::Credentials> credentials;
    for (const store::Account& account : accounts.accounts) {
        entities.push_back({.id = account.id,
                            .kind = account.kind,
                            .name = chat::folded_name(account.kind, account.name),
                            .display = account.display,
                            .quiet = account.rules.quiet});
        if (!account.password_hash.empty()) {
            credentials.emplace(account.id, net::Credentials{.name = entities.back().name,
                                                             .hash = account.password_hash,
                                                             .scram = account.scram});
        }
    }
    hub_.set_entities(std::move(entities));
    passwords_.set_credentials(std::move(credentials), accounts.salt_secret);
}

// Made of a password that was right; it is lost when it cannot be stored, and made again at the next login.
void Server::keep_scram(chat::EntityId person, std::string hash, std::string scram) {
    store_->put_scram(person, std::move(hash), std::move(scram),
                      [person](const store::Result<std::monostate>& kept) {
                          if (!kept && kept.error().kind != store::Error::Kind::not_found) {
                              base::log::error("the SCRAM verifier of account {}: {}", person,
                                               kept.error().message);
                          }
                      });
}

void Server::accounts_changed(std::function<void()> applied) {
    store_->read_accounts([this, applied](store::Result<store::Accounts> accounts) {
        post([this, applied, accounts = std::move(accounts)] {
            if (accounts) {
                use_accounts(*accounts);
            } else {
                base::log::error("accounts changed but cannot be read: {}",
                                 accounts.error().message);
            }
            applied();
        });
    });
}

void Server::answer_line(const std::string& line, std::function<void(std::string)> done) {
    auto request = parse_request(line);
    if (!request) {
        base::log::warn("control: {}", request.error());
        const Reply reply = Reply::wrong_usage(request.error());
        post([done = std::move(done), head = print_reply_head(reply)] { done(head); });
        return;
    }
    perform(std::move(*request), [done = std::move(done)](const Reply& reply) {
        done(print_reply_head(reply) + reply.out);
    });
}

void Server::perform(Request request, std::function<void(Reply)> done) {
    // Answers come back on whatever thread made them, and go out on ours.
    const auto answer = [this, done = std::move(done)](Reply reply) {
        post([done, reply = std::move(reply)]() mutable { done(std::move(reply)); });
    };
    if (request.verb == "status") {
        store_->read_statistics([this, request, answer](store::Result<store::Statistics> result) {
            post([this, request, answer, result = std::move(result)] {
                answer(status(request, result.value_or(store::Statistics{})));
            });
        });
        return;
    }
    if (request.verb == "explain") {
        answer(explain(request, *intake_.directory(), intake_.policy()));
        return;
    }
    if (request.verb == "pass") {
        answer(issue_pass(request));
        return;
    }
    operations_.perform(std::move(request), answer);
}

// The same operation as `mailcast set`, so that both know the same keys and say the same.
void Server::set_rule(chat::EntityId id, const std::string& key, const std::string& value,
                      std::function<void(std::string)> done) {
    const chat::Entity* entity = hub_.find(id);
    if (entity == nullptr) {
        post([done = std::move(done)] { done("there is no such person or place any more"); });
        return;
    }
    Request request;
    request.verb = "set";
    request.name = chat::resource_of(*entity);
    request.values = delivery::split_assignments(key + "=" + value);
    perform(std::move(request), [done = std::move(done)](const Reply& reply) {
        done(reply.exit == exit_done ? std::string() : reply.error);
    });
}

Reply Server::issue_pass(const Request& request) {
    const chat::Entity* entity = hub_.find_uniform(request.name, chat::EntityKind::person);
    if (entity == nullptr) {
        return Reply::failed(
            fmt::format("there is no {}; 'mailcast person list' and 'mailcast place list' "
                        "show who is",
                        request.name));
    }
    return Reply::done(passwords_.issue_pass(entity->id));
}

Reply Server::status(const Request& request, const store::Statistics& statistics) const {
    RunningState state;
    state.hostname = configuration_->hostname;
    state.started = started_;
    state.now = base::now();
    for (const auto& opened : opened_) {
        state.listeners.push_back({.protocol = std::string(to_string(opened->settings.protocol)),
                                   .address = to_string(opened->settings.address)});
    }
    for (const std::string_view protocol : {"lmtp", "smtp", "psyc", "irc", "socketmap", "policy"}) {
        state.circuits.emplace_back(protocol, circuits_.count(protocol));
    }
    state.clients = hub_.clients();
    state.persons = 0;
    for (const store::Account& account : accounts_.accounts) {
        ++(account.kind == chat::EntityKind::person ? state.persons : state.places);
    }
    state.intake = intake_.counters();
    state.lookups = lookups_.counters();
    state.nodes = psyc_.status();
    state.store = statistics;
    if (!request.values.empty() && request.values.front() == "prometheus") {
        return Reply::done(status_metrics(state));
    }
    return Reply::done(request.json ? status_json(state) : status_text(state));
}

} // namespace mailcast::app
