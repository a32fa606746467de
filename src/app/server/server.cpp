#include "app/server/server.h"

#include "app/server/reload.h"
#include "app/version.h"
#include "base/ascii.h"
#include "base/log.h"
#include "delivery/policy.h"
#include "net/psyc_circuit.h"

#include <boost/asio/post.hpp>

#include <csignal>
#include <future>
#include <random>
#include <ranges>
#include <string_view>
#include <utility>

namespace mailcast::app {

namespace {

constexpr unsigned expire_every = 60; // seconds

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

// Known is whom the person has written to, in chat or by mail; the policy is asked on the hub thread.
delivery::IsKnown known_by(const chat::Hub& hub) {
    return [&hub](const delivery::Entity& entity, const mail::Mailbox& sender) {
        const std::string address = sender.text();
        const std::string lowered = base::lowered(address);
        const chat::Relations& relations = hub.relations();
        const auto has = [&](const std::string& subject) {
            return relations.find(entity.id, chat::RelationKind::known, subject) != nullptr;
        };
        return has("mailto:" + lowered) || has("mailto:" + address) || has(lowered) || has(address);
    };
}

delivery::IsRefused refused_by(const chat::Hub& hub) {
    return [&hub](const delivery::Entity& entity, const mail::Mailbox& sender) {
        const auto& refused = hub.relations().of(entity.id, chat::RelationKind::refused);
        return !refused.empty() && refused.contains("mailto:" + base::lowered(sender.text()));
    };
}

} // namespace

// ---- opening -------------------------------------------------------------------------------------

std::expected<std::unique_ptr<Server>, std::string> Server::open(const Configuration& configuration,
                                                                 ServiceManager manager) {
    auto store =
        store::open({configuration.data_dir, configuration.store_url, configuration.journal_age});
    if (!store) {
        return std::unexpected(store.error().message);
    }
    auto server =
        std::unique_ptr<Server>(new Server(configuration, std::move(manager), std::move(*store)));

    std::promise<store::Result<store::Accounts>> promise;
    server->store_->read_accounts([&promise](store::Result<store::Accounts> accounts) {
        promise.set_value(std::move(accounts));
    });
    const auto accounts = promise.get_future().get();
    if (!accounts) {
        return std::unexpected(accounts.error().message);
    }
    server->passwords_.on_scram_made(
        [raw = server.get()](chat::EntityId person, std::string hash, std::string scram) {
            raw->keep_scram(person, std::move(hash), std::move(scram));
        });
    server->use_accounts(*accounts);

    if (auto read = server->read_relations(); !read) {
        return std::unexpected(read.error());
    }

    if (auto opened = server->open_control(); !opened) {
        return std::unexpected(opened.error());
    }
    if (auto opened = server->open_listeners(); !opened) {
        return std::unexpected(opened.error());
    }
    if (auto used = server->psyc_.use(configuration); !used) {
        return std::unexpected(used.error());
    }
    if (auto used = server->mail_.use(configuration); !used) {
        return std::unexpected(used.error());
    }
    return server;
}

Server::Server(Configuration configuration, ServiceManager manager,
               std::unique_ptr<store::Store> store)
    : io_(1), work_(boost::asio::make_work_guard(io_)),
      configuration_(std::make_shared<const Configuration>(std::move(configuration))),
      manager_(std::move(manager)), store_(std::move(store)), hub_(configuration_->hostname),
      backing_({.store = *store_,
                .post = [this](std::function<void()> job) { post(std::move(job)); },
                .check_password =
                    [this](chat::EntityId person, std::string password, std::string_view peer,
                           std::function<void(chat::PasswordAnswer)> done) {
                        passwords_.check(person, std::move(password), peer,
                                         [this, done](chat::PasswordAnswer answer) {
                                             post([done, answer] { done(answer); });
                                         });
                    },
                .set_rule =
                    [this](chat::EntityId entity, const std::string& key, const std::string& value,
                           std::function<void(std::string)> done) {
                        set_rule(entity, key, value, std::move(done));
                    },
                .begin_scram =
                    [this](chat::EntityId person, std::string_view name) {
                        return passwords_.begin_scram(person, name);
                    }}),
      intake_({.store = *store_,
               .hub = hub_,
               .passwords = passwords_,
               .post = [this](std::function<void()> job) { post(std::move(job)); },
               .hostname = configuration_->hostname,
               .seed = random_seed()}),
      psyc_({.io = io_,
             .hub = hub_,
             .backing = backing_,
             .mail_door = intake_,
             .circuits = circuits_,
             .post = [this](std::function<void()> job) { post(std::move(job)); },
             .seed = random_seed()},
            *configuration_),
      mail_({.io = io_,
             .store = *store_,
             .hub = hub_,
             .backing = backing_,
             .outside = psyc_.nodes(),
             .directory = [this] { return intake_.directory(); },
             .post = [this](std::function<void()> job) { post(std::move(job)); },
             .seed = random_seed()},
            *configuration_),
      reading_({.store = *store_,
                .post = [this](std::function<void()> job) { post(std::move(job)); },
                .directory = [this] { return intake_.directory(); },
                .is_known = known_by(hub_)}),
      irc_({.io = io_,
            .talk = psyc_.talk(),
            .entities = psyc_.entities(),
            .reading = &reading_,
            .mail_out = &mail_.mail_out(),
            .circuits = circuits_}),
      held_(
          {.store = *store_,
           .post = [this](std::function<void()> job) { post(std::move(job)); },
           .publish =
               [this](chat::Sequence sequence, const std::shared_ptr<const chat::Note>& note) {
                   hub_.publish(sequence, note);
               },
           .remember =
               [this](const chat::Relation& relation) {
                   if (!hub_.relations().add(relation)) {
                       return false;
                   }
                   backing_.remember(relation);
                   return true;
               },
           .forget =
               [this](const chat::Relation& relation) {
                   if (hub_.relations().remove(relation.entity, relation.kind, relation.subject)) {
                       backing_.forget(relation);
                   }
               }}),
      operations_(*store_, configuration_,
                  [this](std::function<void()> applied) { accounts_changed(std::move(applied)); }),
      signals_(io_, SIGTERM, SIGINT, SIGHUP), second_(io_), started_(base::now()) {
    use_rules();
    store_->when_recovered(
        [this] { post([this] { remote_queue_.start("the store accepts again"); }); });
    intake_.set_gone_elsewhere(
        [this](const chat::Note& mail) { psyc_.talk().remember_gone(mail); });
    intake_.set_room_again([this] { remote_queue_.start("the disk has room again"); });
    intake_.set_outside(&psyc_.nodes());
    psyc_.entities().set_mail_out(&mail_.mail_out());
    irc_.clients().set_held(&held_);
    psyc_.entities().set_words(&reading_, &held_);
    psyc_.entities().set_opened([this](std::string_view node) { mail_.outbox().retry(node); });
    intake_.set_outbox([this] { mail_.outbox().changed(); },
                       [this] { return mail_.outbox().is_full(); });
    operations_.set_use_held([this](std::function<void(chat::Held&)> ask) {
        post([this, ask = std::move(ask)] { ask(held_); });
    });
    operations_.set_outbox_changed([this] { post([this] { mail_.outbox().changed(); }); });
}

Server::~Server() = default;

void Server::post(std::function<void()> job) {
    boost::asio::post(io_, std::move(job));
}

void Server::use_rules() {
    intake_.set_policy(delivery::Policy(configuration_->internal, configuration_->external,
                                        known_by(hub_), refused_by(hub_)));
    intake_.set_held_limits(configuration_->held);
    intake_.set_rates(configuration_->internal_rates, configuration_->external_rates);
    intake_.set_verdicts(configuration_->verdict);
    const EtrnSettings& etrn = configuration_->etrn;
    remote_queue_.use({.host = etrn.host,
                       .port = std::to_string(etrn.port),
                       .hostname = configuration_->hostname,
                       .domains = etrn.domains.empty() ? configuration_->domains : etrn.domains});
}

std::expected<void, std::string> Server::read_relations() {
    std::promise<store::Result<std::vector<chat::Relation>>> promise;
    store_->read_relations([&promise](store::Result<std::vector<chat::Relation>> relations) {
        promise.set_value(std::move(relations));
    });
    auto relations = promise.get_future().get();
    if (!relations) {
        return std::unexpected(relations.error().message);
    }
    hub_.set_relations(*relations);
    return {};
}

// ---- running -------------------------------------------------------------------------------------

void Server::run() {
    for (const auto& opened : opened_) {
        opened->listener->start();
        base::log::info("listening: {} {}", to_string(opened->settings.protocol),
                        to_string(opened->settings.address));
    }
    std::vector<chat::EntityId> places;
    for (const store::Account& account : accounts_.accounts) {
        if (account.kind == chat::EntityKind::place) {
            places.push_back(account.id);
        }
    }
    psyc_.start(places);
    mail_.outbox().changed();
    control_->start();
    remote_queue_.start("Mailcast has started");
    wait_for_signal();
    wait_for_second();
    base::log::info("mailcast {} serves psyc://{}/, data in {}", version, configuration_->hostname,
                    configuration_->data_dir);
    base::log::flush();
    manager_.tell("READY=1");
    io_.run();
    store_->close();
}

void Server::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) {
            return;
        }
        if (signal == SIGHUP) {
            reload();
        } else if (drain_until_) {
            base::log::warn("second signal: ending what is still under way");
            drain_until_ = net::Clock::now();
            circuits_.abort_all();
            end_if_done();
        } else {
            drain();
        }
        if (!ended_) {
            wait_for_signal();
        }
    });
}

void Server::reload() {
    if (configuration_->file.empty()) {
        base::log::warn("reload: there is no configuration file, nothing to read again");
        return;
    }
    auto loaded = load_configuration(configuration_->file);
    if (!loaded) {
        const std::string text = loaded.error().text();
        for (const auto line : std::views::split(std::string_view(text), '\n')) {
            if (!line.empty()) {
                base::log::error("reload: {}", std::string_view(line));
            }
        }
        base::log::error("reload: nothing was changed; send SIGHUP again when that is mended");
        return;
    }
    for (const std::string& key : needs_restart(*configuration_, *loaded)) {
        base::log::warn("reload: a new value of {} needs a restart", key);
    }
    configuration_ =
        std::make_shared<const Configuration>(reloaded(*configuration_, std::move(*loaded)));
    for (std::size_t i = 0; i < opened_.size(); ++i) {
        opened_[i]->settings = configuration_->listeners[i];
        if (auto made = make_doors(*opened_[i]); !made) {
            base::log::error("reload: {}; the one in use stays", made.error());
        }
    }
    if (auto used = psyc_.use(*configuration_); !used) {
        base::log::error("reload: {}; what is in use stays", used.error());
    }
    if (auto used = mail_.use(*configuration_); !used) {
        base::log::error("reload: {}; what is in use stays", used.error());
    }
    use_rules();
    operations_.set_configuration(configuration_);
    base::log::set_level(configuration_->log_level);
    use_accounts(store::Accounts(accounts_));
    base::log::info("reload: {} is in force", configuration_->file);
}

void Server::wait_for_second() {
    second_.expires_after(std::chrono::seconds(1));
    second_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        const auto now = net::Clock::now();
        circuits_.sweep(now);
        psyc_.tick(now);
        mail_.tick();
        remote_queue_.tick(now);
        if (++seconds_ % expire_every == 0) {
            held_.expire(base::now());
            store_->expire(base::now(), [](store::Result<std::monostate> result) {
                if (!result) {
                    base::log::error("retention: {}", result.error().message);
                }
            });
        }
        if (drain_until_ && *drain_until_ < now) {
            base::log::warn("drain: {} circuits did not end in time, closing them",
                            circuits_.size());
            circuits_.abort_all();
        }
        end_if_done();
        if (!ended_) {
            wait_for_second();
        }
    });
}

void Server::drain() {
    manager_.tell("STOPPING=1");
    base::log::info("ending: finishing what is under way on {} circuits", circuits_.size());
    drain_until_ = net::Clock::now() + configuration_->limits.drain_timeout;
    for (const auto& opened : opened_) {
        opened->listener->stop();
    }
    psyc_.drain();
    mail_.drain();
    circuits_.drain_all();
    circuits_.when_empty([this] {
        empty_ = true;
        end_if_done();
    });
}

// A mail on its way to the smarthost may be answered until the drain is over: left before the answer, it would be handed over
// again after the start.
void Server::end_if_done() {
    if (!empty_ || ended_ || (!mail_.is_idle() && net::Clock::now() < *drain_until_)) {
        return;
    }
    ended_ = true;
    mail_.abort();
    remote_queue_.abort();
    control_->stop();
    signals_.cancel();
    second_.cancel();
    work_.reset();
}

} // namespace mailcast::app
