// [[listener]]: its keys, its address, and what they must have together.

#include "app/configuration/draft.h"
#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sys/un.h>

namespace mailcast::app {

namespace {

constexpr Words<Protocol, 6> protocols{{{"lmtp", Protocol::lmtp},
                                        {"smtp", Protocol::smtp},
                                        {"psyc", Protocol::psyc},
                                        {"irc", Protocol::irc},
                                        {"socketmap", Protocol::socketmap},
                                        {"policy", Protocol::policy}}};

constexpr Words<mail::Origin, 2> origins{
    {{"internal", mail::Origin::internal}, {"external", mail::Origin::external}}};

constexpr Words<Tls, 3> tls_modes{
    {{"none", Tls::none}, {"starttls", Tls::starttls}, {"implicit", Tls::implicit}}};

constexpr std::string_view address_remedy =
    R"(right would be "127.0.0.1:2424", "[::1]:2424" or "unix:/run/mailcast/lmtp.sock")";

void read_protocol(ConfigurationDraft& draft, const SettingValue& value) {
    draft.listener.protocol_seen = true;
    if (value.text() == "http") { // a later one
        value.wrong("protocol 'http' is not in this version; it speaks \"lmtp\", \"smtp\", "
                    "\"psyc\", \"irc\", \"socketmap\" and \"policy\"");
        return;
    }
    draft.listener.protocol = value.choice(protocols);
}

void read_address(ConfigurationDraft& draft, const SettingValue& value) {
    draft.listener.address_line = value.line();
    const auto text = value.string("127.0.0.1:2424");
    if (!text) {
        return;
    }
    constexpr std::string_view unix_prefix = "unix:";
    if (text->starts_with(unix_prefix)) {
        const std::string socket = text->substr(unix_prefix.size());
        UnixAddress address;
        address.path = value.file().resolved(socket);
        if (socket.empty() || address.path.size() >= sizeof(sockaddr_un::sun_path)) {
            value.wrong(fmt::format("address: the path of a unix socket has 1 to {} octets; {}",
                                    sizeof(sockaddr_un::sun_path) - 1, address_remedy));
            return;
        }
        draft.listener.address = std::move(address);
        return;
    }
    if (auto address = parse_tcp_address(*text)) {
        draft.listener.address = *std::move(address);
    } else {
        value.wrong("address: " + address.error());
    }
}

// TLS needs its files, and a protocol that knows it.
void check_tls(const ListenerDraft& draft, ConfigurationFile& file) {
    const Listener& listener = draft.listener;
    if (listener.tls == Tls::none) {
        return;
    }
    if (listener.certificate.empty() || listener.key.empty()) {
        file.wrong(draft.tls_line,
                   fmt::format("tls = \"{}\" needs a certificate and a key; right would be "
                               "certificate = \"/path/to/fullchain.pem\" and key = "
                               "\"/path/to/privkey.pem\"",
                               to_string(listener.tls)));
    }
    if (draft.protocol == Protocol::socketmap || draft.protocol == Protocol::policy) {
        file.wrong(draft.tls_line, fmt::format("{} has no tls; right would be a unix socket, or an "
                                               "address that only the mail server reaches",
                                               to_string(listener.protocol)));
    }
    if (listener.tls == Tls::starttls &&
        (draft.protocol == Protocol::psyc || draft.protocol == Protocol::irc)) {
        file.wrong(draft.tls_line,
                   fmt::format("{} has no starttls; right would be tls = \"implicit\", or only "
                               "certificate and key, which takes plain and TLS on the same port",
                               to_string(listener.protocol)));
    }
}

} // namespace

std::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::unexpected(fmt::format("'{}' has no port; {}", text, address_remedy));
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view port_text = text.substr(colon + 1);
    unsigned port = 0;
    const char* end = port_text.data() + port_text.size();
    const auto [at, error] = std::from_chars(port_text.data(), end, port);
    if (error != std::errc{} || at != end || port == 0 || port > 65'535) {
        return std::unexpected(
            fmt::format("'{}': the port must be from 1 to 65535; {}", text, address_remedy));
    }
    const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const bool is_ipv6 = host.find(':') != std::string_view::npos;
    if (is_ipv6 != bracketed || !base::is_ip_address(host)) {
        return std::unexpected(fmt::format(
            "'{}': only an IP address can be listened on, no host name{}; {}", text,
            is_ipv6 && !bracketed ? ", and IPv6 stands in brackets" : "", address_remedy));
    }
    return TcpAddress{base::lowered(host), static_cast<std::uint16_t>(port)};
}

std::span<const SettingRow> listener_rows() {
    using Draft = ConfigurationDraft;
    using Value = SettingValue;
    static constexpr std::array table{
        SettingRow{"listener.protocol", read_protocol},
        SettingRow{"listener.address", read_address},
        SettingRow{"listener.mode",
                   [](Draft& draft, const Value& value) {
                       draft.listener.mode_line = value.line();
                       draft.listener.mode = value.permissions("0660");
                   }},
        SettingRow{"listener.group",
                   [](Draft& draft, const Value& value) {
                       draft.listener.mode_line = value.line();
                       draft.listener.group = value.string("postfix").value_or("");
                   }},
        SettingRow{"listener.origin",
                   [](Draft& draft, const Value& value) {
                       draft.listener.origin = value.choice(origins);
                   }},
        SettingRow{"listener.tls",
                   [](Draft& draft, const Value& value) {
                       draft.listener.tls_line = value.line();
                       draft.listener.listener.tls = value.choice(tls_modes).value_or(Tls::none);
                   }},
        SettingRow{"listener.certificate",
                   [](Draft& draft, const Value& value) {
                       draft.listener.listener.certificate =
                           value.readable("a PEM file").value_or("");
                   }},
        SettingRow{"listener.key",
                   [](Draft& draft, const Value& value) {
                       draft.listener.listener.key = value.readable("a PEM file").value_or("");
                   }},
        SettingRow{"listener.trusted",
                   [](Draft& draft, const Value& value) {
                       if (auto networks = value.networks(R"(trusted = ["127.0.0.0/8", "unix"])")) {
                           draft.listener.listener.trusted = *std::move(networks);
                       }
                   }},
    };
    return table;
}

void finish_listener(ConfigurationDraft& draft, ConfigurationFile& file) {
    ListenerDraft& one = draft.listener;
    Listener& listener = one.listener;
    if (!one.protocol_seen) {
        file.wrong(one.line, "this listener has no protocol; right would be protocol = \"lmtp\"");
    }
    if (one.address_line == 0) {
        file.wrong(one.line, fmt::format("this listener has no address; {}", address_remedy));
    }
    listener.protocol = one.protocol.value_or(Protocol::lmtp);
    listener.origin = one.origin.value_or(
        listener.protocol == Protocol::smtp ? mail::Origin::internal : mail::Origin::external);
    check_tls(one, file);
    if (!one.address) {
        return;
    }
    listener.address = *std::move(one.address);
    if (auto* address = std::get_if<UnixAddress>(&listener.address)) {
        address->mode = one.mode.value_or(address->mode);
        address->group = one.group;
    } else if (one.mode_line != 0) {
        file.wrong(one.mode_line, "mode and group are for unix sockets; right would be to leave "
                                  "them out, or address = \"unix:/run/mailcast/lmtp.sock\"");
    }
    const std::string name = to_string(listener.address);
    for (const PlacedListener& other : draft.listeners) {
        if (to_string(other.listener.address) == name) {
            file.wrong(one.address_line,
                       fmt::format("address: {} is taken already by the listener at line {}; each "
                                   "listener needs its own",
                                   name, other.line));
            return;
        }
    }
    if (one.protocol) {
        draft.listeners.push_back({std::move(listener), one.address_line});
    }
}

} // namespace mailcast::app
