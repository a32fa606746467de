#include "app/configuration/configuration.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>

namespace mailcast::app {

namespace {

constexpr std::size_t max_file_octets = 1'048'576;

Listener preset_listener(Protocol protocol, std::uint16_t port) {
    Listener listener;
    listener.protocol = protocol;
    listener.address = TcpAddress{"127.0.0.1", port};
    listener.origin = protocol == Protocol::smtp ? mail::Origin::internal : mail::Origin::external;
    for (const char* near : {"127.0.0.0/8", "::1", "unix"}) {
        static_cast<void>(listener.trusted.add(near));
    }
    return listener;
}

ConfigurationError unreadable(const std::string& file, std::string message) {
    return {file, {{0, std::move(message)}}};
}

} // namespace

std::string_view to_string(Protocol protocol) {
    switch (protocol) {
    case Protocol::lmtp:
        return "lmtp";
    case Protocol::smtp:
        return "smtp";
    case Protocol::psyc:
        return "psyc";
    case Protocol::irc:
        return "irc";
    case Protocol::socketmap:
        return "socketmap";
    case Protocol::policy:
        return "policy";
    }
    return "lmtp";
}

std::string_view to_string(Tls tls) {
    switch (tls) {
    case Tls::none:
        return "none";
    case Tls::starttls:
        return "starttls";
    case Tls::implicit:
        return "implicit";
    }
    return "none";
}

std::string to_string(const ListenAddress& address) {
    if (const auto* unix_address = std::get_if<UnixAddress>(&address)) {
        return "unix:" + unix_address->path;
    }
    const auto& tcp = std::get<TcpAddress>(address);
    return tcp.host.find(':') == std::string::npos ? fmt::format("{}:{}", tcp.host, tcp.port)
                                                   : fmt::format("[{}]:{}", tcp.host, tcp.port);
}

std::string ConfigurationError::text() const {
    std::string out;
    // Names and values may hold anything; a terminal shows this.
    for (const ConfigurationProblem& problem : problems) {
        out += base::safe_line(problem.line > 0
                                   ? fmt::format("{}:{}: {}", file, problem.line, problem.message)
                                   : fmt::format("{}: {}", file, problem.message));
        out += '\n';
    }
    return out;
}

Configuration default_configuration() {
    Configuration configuration;
    configuration.listeners = {
        preset_listener(Protocol::lmtp, 2424), preset_listener(Protocol::smtp, 2525),
        preset_listener(Protocol::psyc, 4404), preset_listener(Protocol::irc, 6667)};
    for (const char* near : {"127.0.0.0/8", "::1"}) {
        static_cast<void>(configuration.psyc.mail_sources.add(near));
    }
    return configuration;
}

ConfigurationResult load_configuration(const std::string& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) {
        return std::unexpected(unreadable(file, "is a folder, not a configuration file"));
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return std::unexpected(
            unreadable(file, "cannot be read: there is no such file, or it may not be opened"));
    }
    std::string content(max_file_octets + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (content.size() > max_file_octets) {
        return std::unexpected(
            unreadable(file, fmt::format("is larger than {} octets; this is no configuration file",
                                         max_file_octets)));
    }
    return parse_configuration(content, file);
}

std::optional<std::string> find_configuration(const std::optional<std::string>& chosen) {
    if (chosen) {
        return chosen;
    }
    const char* named = std::getenv("MAILCAST_CONFIG"); // NOLINT(concurrency-mt-unsafe): at start
    if (named != nullptr && *named != '\0') {
        return named;
    }
    for (const char* usual : {"mailcast.toml", "/etc/mailcast/mailcast.toml"}) {
        std::error_code error;
        if (std::filesystem::exists(usual, error)) {
            return usual;
        }
    }
    return std::nullopt;
}

ConfigurationResult load_chosen_configuration(const std::optional<std::string>& chosen) {
    const auto file = find_configuration(chosen);
    return file ? load_configuration(*file) : default_configuration();
}

} // namespace mailcast::app
