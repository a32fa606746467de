#include "app/configuration.h"

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
    listener.trusted = {*parse_network("127.0.0.0/8"), *parse_network("::1/128")};
    listener.trusts_unix = true;
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

std::optional<std::array<std::uint8_t, 16>> parse_ip(std::string_view text) {
    const std::string terminated(text);
    std::array<std::uint8_t, 16> out{};
    if (inet_pton(AF_INET6, terminated.c_str(), out.data()) == 1) {
        return out;
    }
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, terminated.c_str(), four.data()) != 1) {
        return std::nullopt;
    }
    out = {};
    out[10] = 0xff;
    out[11] = 0xff;
    std::ranges::copy(four, out.begin() + 12);
    return out;
}

std::optional<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto ip = parse_ip(text.substr(0, slash));
    if (!ip) {
        return std::nullopt;
    }
    const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const int widest = is_ipv4 ? 32 : 128;
    int prefix = widest;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 ||
            digits.find_first_not_of("0123456789") != std::string_view::npos) {
            return std::nullopt;
        }
        prefix = std::stoi(std::string(digits));
        if (prefix > widest) {
            return std::nullopt;
        }
    }
    Network network;
    network.prefix = is_ipv4 ? prefix + 96 : prefix;
    network.address = *ip;
    for (int bit = network.prefix; bit < 128; ++bit) {
        auto& octet = network.address[static_cast<std::size_t>(bit / 8)];
        octet = static_cast<std::uint8_t>(octet & ~(0x80 >> (bit % 8)));
    }
    return network;
}

bool Network::contains(const std::array<std::uint8_t, 16>& other) const {
    const auto whole = static_cast<std::size_t>(prefix / 8);
    if (!std::equal(address.begin(), address.begin() + prefix / 8, other.begin())) {
        return false;
    }
    if (prefix % 8 == 0) {
        return true;
    }
    const int mask = (0xff00 >> (prefix % 8)) & 0xff;
    return (address[whole] & mask) == (other[whole] & mask);
}

bool Listener::trusts(const std::array<std::uint8_t, 16>& peer) const {
    return std::ranges::any_of(trusted,
                               [&](const Network& network) { return network.contains(peer); });
}

std::uint64_t Configuration::message_size() const {
    return std::max(internal.message_size, external.message_size);
}

std::size_t Configuration::recipients() const {
    return std::max(internal.recipients, external.recipients);
}

std::string ConfigurationError::text() const {
    std::string out;
    for (const ConfigurationProblem& problem : problems) {
        out += problem.line > 0 ? fmt::format("{}:{}: {}\n", file, problem.line, problem.message)
                                : fmt::format("{}: {}\n", file, problem.message);
    }
    return out;
}

Configuration default_configuration() {
    Configuration configuration;
    configuration.listeners = {preset_listener(Protocol::lmtp, 2424),
                               preset_listener(Protocol::smtp, 2525),
                               preset_listener(Protocol::psyc, 4404)};
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
