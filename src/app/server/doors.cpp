#include "app/server/doors.h"

#include "app/version.h"
#include "net/tls_context.h"

#include <fmt/core.h>

#include <variant>

namespace mailcast::app {

namespace {

using Certificate = std::shared_ptr<boost::asio::ssl::context>;

std::string name_of(const Listener& listener) {
    return fmt::format("{} {}", to_string(listener.protocol), to_string(listener.address));
}

std::expected<Certificate, std::string> certificate_of(const Listener& listener) {
    if (listener.certificate.empty()) {
        return Certificate{};
    }
    auto loaded = net::load_certificate(listener.certificate, listener.key);
    if (!loaded) {
        return std::unexpected(fmt::format("listener {}: {}", name_of(listener), loaded.error()));
    }
    return *loaded;
}

} // namespace

net::ListenAddress listen_address(const Listener& listener) {
    net::ListenAddress address;
    if (const auto* tcp = std::get_if<TcpAddress>(&listener.address)) {
        address.host = tcp->host;
        address.port = tcp->port;
    } else {
        const auto& local = std::get<UnixAddress>(listener.address);
        address.path = local.path;
        address.mode = local.mode;
        address.group = local.group;
    }
    return address;
}

std::expected<std::shared_ptr<const net::MailDoor>, std::string>
make_mail_door(const Configuration& configuration, const Listener& listener) {
    const auto certificate = certificate_of(listener);
    if (!certificate) {
        return std::unexpected(certificate.error());
    }
    auto door = std::make_shared<net::MailDoor>();
    door->name = name_of(listener);
    door->options.dialect =
        listener.protocol == Protocol::lmtp ? smtp::Dialect::lmtp : smtp::Dialect::smtp;
    door->options.hostname = configuration.hostname;
    door->options.errors_in_a_row = configuration.limits.errors_in_a_row;
    door->options.timeouts = {.command = configuration.limits.command_timeout,
                              .content = configuration.limits.content_timeout};
    door->options.origin = listener.origin;
    door->options.internal = {.message_size = configuration.internal.message_size,
                              .recipients = configuration.internal.recipients};
    door->options.external = {.message_size = configuration.external.message_size,
                              .recipients = configuration.external.recipients};
    door->trusted = listener.trusted;
    door->tls = listener.tls == Tls::implicit   ? net::TlsMode::implicit
                : listener.tls == Tls::starttls ? net::TlsMode::starttls
                                                : net::TlsMode::none;
    door->certificate = *certificate;
    return door;
}

std::expected<std::shared_ptr<const net::PsycDoor>, std::string>
make_psyc_door(const Configuration& configuration, const Listener& listener) {
    const auto certificate = certificate_of(listener);
    if (!certificate) {
        return std::unexpected(certificate.error());
    }
    if (*certificate != nullptr) {
        // Other nodes may be known by theirs.
        if (auto asked = net::ask_for_certificates(**certificate, configuration.psyc.authorities);
            !asked) {
            return std::unexpected(
                fmt::format("listener {}: {}", name_of(listener), asked.error()));
        }
    }
    auto door = std::make_shared<net::PsycDoor>();
    door->name = name_of(listener);
    door->implementation = fmt::format("mailcast/{}", version);
    door->certificate = *certificate;
    door->tls_at_once = listener.tls == Tls::implicit;
    return door;
}

std::expected<std::shared_ptr<const net::IrcDoor>, std::string>
make_irc_door(const Listener& listener) {
    const auto certificate = certificate_of(listener);
    if (!certificate) {
        return std::unexpected(certificate.error());
    }
    auto door = std::make_shared<net::IrcDoor>();
    door->name = name_of(listener);
    door->certificate = *certificate;
    door->tls_at_once = listener.tls == Tls::implicit;
    return door;
}

std::shared_ptr<const net::LookupDoor> make_lookup_door(const Configuration& configuration,
                                                        const Listener& listener) {
    auto door = std::make_shared<net::LookupDoor>();
    door->name = name_of(listener);
    door->service = listener.protocol == Protocol::policy ? net::LookupDoor::Service::policy
                                                          : net::LookupDoor::Service::socketmap;
    door->trusted = listener.trusted;
    door->origin = listener.origin;
    door->timeout = configuration.limits.command_timeout;
    return door;
}

} // namespace mailcast::app
