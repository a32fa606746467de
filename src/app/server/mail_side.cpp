#include "app/server/mail_side.h"

#include "base/address_set.h"
#include "net/tls_context.h"

#include <fmt/core.h>

#include <fstream>
#include <utility>

namespace mailcast::app {

namespace {

net::Outbox::Settings settings_of(const OutboxSettings& configured) {
    return {.first_pause = configured.first_pause,
            .last_pause = configured.last_pause,
            .give_up = configured.give_up,
            .items = configured.items,
            .octets = configured.octets};
}

std::expected<std::string, std::string> first_line(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line)) {
        return std::unexpected(
            fmt::format("smarthost.password_file: {} cannot be read or is empty", file));
    }
    return line;
}

} // namespace

MailSide::MailSide(Parts parts, const Configuration& configuration)
    : parts_(std::move(parts)), ids_(parts_.seed), smarthost_(parts_.io),
      outbox_(outbox_parts(), settings_of(configuration.outbox)), mail_out_(mail_out_parts()),
      digests_(digests_parts()) {
    outbox_.set_carrier("psyc:", [this](const store::OutboxItem& item, auto done) {
        front::PsycOutside::HandOver mail{
            .note = item.note, .targets = {}, .visible = {}, .once = item.once};
        for (const store::OutboxTarget& target : item.targets) {
            mail.targets.push_back(target.address);
            mail.visible.push_back(target.visible);
        }
        parts_.outside.hand_over(std::move(mail), std::move(done));
    });
    outbox_.set_carrier("mailto:", [this](const store::OutboxItem& item, auto done) {
        smarthost_.carry(item, std::move(done));
    });
}

net::Outbox::Parts MailSide::outbox_parts() {
    return {.store = parts_.store,
            .hub = parts_.hub,
            .backing = parts_.backing,
            .post = parts_.post,
            .next_id = [this](base::Time now) { return ids_.next(now); },
            .postmaster =
                [this] {
                    const auto directory = parts_.directory();
                    const delivery::Entity* entity = directory->postmaster();
                    return entity == nullptr ? chat::EntityId{0} : entity->id;
                }};
}

net::MailOut::Parts MailSide::mail_out_parts() {
    return {.store = parts_.store,
            .hub = parts_.hub,
            .post = parts_.post,
            .next_id = [this](base::Time now) { return ids_.next(now); },
            .directory = parts_.directory,
            .domain = [this] { return domain_; },
            .refuses = [this] { return refuses(); },
            .outbox_changed = [this] { outbox_.changed(); }};
}

std::string MailSide::refuses() const {
    if (!smarthost_.configured()) {
        return "mail does not go out from here: no smarthost is configured";
    }
    return outbox_.is_full() ? "too much mail waits to go out, try again later" : "";
}

net::Digests::Parts MailSide::digests_parts() {
    return {.store = parts_.store,
            .hub = parts_.hub,
            .post = parts_.post,
            .next_id = [this](base::Time now) { return ids_.next(now); },
            .directory = parts_.directory,
            .domain = [this] { return domain_; },
            .refuses = [this] { return refuses(); },
            .remember =
                [this](const chat::Relation& relation) {
                    if (parts_.hub.relations().add(relation)) {
                        parts_.backing.remember(relation);
                    }
                },
            .outbox_changed = [this] { outbox_.changed(); }};
}

std::expected<void, std::string> MailSide::use(const Configuration& configuration) {
    const SmarthostSettings& configured = configuration.smarthost;
    net::Smarthost::Settings settings;
    settings.host = configured.host;
    settings.port = std::to_string(configured.port);
    settings.session.hostname = configuration.hostname;
    settings.session.tls = configured.tls ? smtp::Client::Tls::required : smtp::Client::Tls::none;
    settings.session.user = configured.user;
    settings.session.clear_password =
        configured.host == "localhost" || base::is_loopback(configured.host);
    if (!configured.user.empty()) {
        auto password = first_line(configured.password_file);
        if (!password) {
            return std::unexpected(std::move(password.error()));
        }
        settings.session.password = *std::move(password);
    }
    if (configured.tls) {
        auto context = net::load_authorities(configured.authorities, "", "");
        if (!context) {
            return std::unexpected(fmt::format("smarthost: {}", context.error()));
        }
        settings.certificates = *std::move(context);
    }
    smarthost_.use(std::move(settings));
    digests_.use(configuration.digest.after);
    // The first mail domain is how persons are written to; hostname is the last resort.
    domain_ = configuration.hostname;
    for (const std::string& domain : configuration.domains) {
        if (domain != configuration.hostname) {
            domain_ = domain;
            break;
        }
    }
    return {};
}

} // namespace mailcast::app
