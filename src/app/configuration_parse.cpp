// From TOML to a Configuration.  The only file that names toml++.

#include "app/configuration.h"
#include "app/settings.h"
#include "base/ascii.h"
#include "delivery/names.h"
#include "delivery/rules.h"
#include "mail/mailbox.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <sys/un.h>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace mailcast::app {

namespace {

int line_of(const toml::node& node) {
    return static_cast<int>(node.source().begin.line);
}

// What one [[listener]] says, before it is whole.
struct ListenerDraft {
    int line = 0;
    int address_line = 0;
    int tls_line = 0;
    int mode_line = 0;
    std::optional<Protocol> protocol;
    std::optional<mail::Origin> origin;
    bool protocol_seen = false;
    bool address_seen = false;
    Listener listener;
    std::string group;
    std::optional<std::uint32_t> mode;
};

struct LimitOverrides {
    std::optional<std::uint64_t> message_size;
    std::optional<std::size_t> recipients;
};

class Reader {
  public:
    explicit Reader(std::string folder) : folder_(std::move(folder)) {}

    void read(const toml::table& root);
    Configuration take();
    std::vector<ConfigurationProblem> take_problems();

  private:
    using Apply = void (*)(Reader&, std::string_view key, const toml::node&);

    struct Row {
        std::string_view key;
        Apply apply;
    };

    static std::span<const Row> rows();

    void walk(const toml::table& table, const std::string& prefix);
    void walk_listeners(const toml::node& node);
    void unknown(const std::string& prefix, const toml::key& key);
    void finish_listener(ListenerDraft& draft);

    void wrong(int line, std::string message) { problems_.push_back({line, std::move(message)}); }

    void wrong(const toml::node& node, std::string message) {
        wrong(line_of(node), std::move(message));
    }

    std::optional<std::string> string(std::string_view key, const toml::node& node,
                                      std::string_view example);
    std::optional<std::uint64_t> number(std::string_view key, const toml::node& node,
                                        std::uint64_t largest);
    std::optional<std::uint64_t> size(std::string_view key, const toml::node& node);
    std::optional<std::chrono::seconds> duration(std::string_view key, const toml::node& node);
    std::optional<delivery::Rate> rate(std::string_view key, const toml::node& node);
    std::optional<std::string> domain(std::string_view key, const toml::node& node);
    std::optional<std::string> path(std::string_view key, const toml::node& node);

    void networks(std::string_view key, const toml::node& node, std::string_view example,
                  base::AddressSet& networks);
    void each_name(std::string_view key, const toml::node& node, std::string_view example,
                   const std::function<void(const std::string&, const toml::node&)>& apply);
    std::optional<TcpAddress> address_of_host(const toml::node& node);
    bool host_and_port(std::string_view text);
    std::string readable(std::string_view key, const toml::node& node);

    template <typename Value, std::size_t Count>
    std::optional<Value> choice(std::string_view key, const toml::node& node,
                                const std::array<std::pair<std::string_view, Value>, Count>& words);

    std::string folder_;
    Configuration made_ = default_configuration();
    bool data_dir_seen_ = false;
    std::vector<ConfigurationProblem> problems_;
    std::vector<std::string> domains_;
    LimitOverrides common_;
    LimitOverrides internal_;
    LimitOverrides external_;
    ListenerDraft draft_;
    std::vector<std::pair<Listener, int>> listeners_; // with the line of the address
    bool listeners_seen_ = false;
};

// ---- single values
// ---------------------------------------------------------------------------------

std::optional<std::string> Reader::string(std::string_view key, const toml::node& node,
                                          std::string_view example) {
    if (auto text = node.value_exact<std::string>()) {
        if (text->find('\0') == std::string::npos) {
            return text;
        }
    }
    wrong(node, fmt::format("{} must be a string; right would be {} = \"{}\"", key, key, example));
    return std::nullopt;
}

std::optional<std::uint64_t> Reader::number(std::string_view key, const toml::node& node,
                                            std::uint64_t largest) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 1 || static_cast<std::uint64_t>(*value) > largest) {
        wrong(node, fmt::format("{} must be a number from 1 to {}; right would be {} = 1000", key,
                                largest, key));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> Reader::size(std::string_view key, const toml::node& node) {
    std::optional<std::uint64_t> octets;
    if (const auto text = node.value_exact<std::string>()) {
        octets = delivery::parse_size(*text);
    } else if (const auto value = node.value_exact<std::int64_t>(); value && *value > 0) {
        octets = static_cast<std::uint64_t>(*value);
    }
    if (!octets || *octets == 0) {
        wrong(node, fmt::format("{} must be a size in octets, or with KB or MB; right would be "
                                "{} = \"25MB\"",
                                key, key));
        return std::nullopt;
    }
    return octets;
}

std::optional<std::chrono::seconds> Reader::duration(std::string_view key, const toml::node& node) {
    std::optional<std::chrono::seconds> time;
    if (const auto text = node.value_exact<std::string>()) {
        time = delivery::parse_duration(*text);
    } else if (const auto value = node.value_exact<std::int64_t>();
               value && *value > 0 && *value <= 36'500LL * 86'400) {
        time = std::chrono::seconds{*value};
    }
    if (!time || time->count() == 0) {
        wrong(node, fmt::format("{} must be a time in seconds, or with s, m, h or d; right would "
                                "be {} = \"5m\"",
                                key, key));
        return std::nullopt;
    }
    return time;
}

std::optional<delivery::Rate> Reader::rate(std::string_view key, const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    auto rate = text ? delivery::parse_rate(*text) : std::nullopt;
    if (!rate) {
        wrong(node, fmt::format("{} must be a number of mails in a time; right would be {} = "
                                "\"100/1m\"",
                                key, key));
    }
    return rate;
}

std::optional<std::string> Reader::domain(std::string_view key, const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text && !text->starts_with('[')) {
        if (auto normalised = mail::normalise_domain(*text, true)) {
            return *std::move(normalised);
        }
    }
    wrong(node,
          text ? fmt::format("{}: '{}' is not a domain; right would be \"example.org\"", key, *text)
               : fmt::format("{} must be a domain; right would be \"example.org\"", key));
    return std::nullopt;
}

std::optional<std::string> Reader::path(std::string_view key, const toml::node& node) {
    const auto text = string(key, node, "/path/to/it");
    if (!text) {
        return std::nullopt;
    }
    if (text->empty()) {
        wrong(node, fmt::format("{} must not be empty", key));
        return std::nullopt;
    }
    const std::filesystem::path given(*text);
    return given.is_absolute() || folder_.empty()
               ? given.lexically_normal().string()
               : (std::filesystem::path(folder_) / given).lexically_normal().string();
}

template <typename Value, std::size_t Count>
std::optional<Value>
Reader::choice(std::string_view key, const toml::node& node,
               const std::array<std::pair<std::string_view, Value>, Count>& words) {
    const auto text = node.value_exact<std::string>();
    if (text) {
        for (const auto& [word, value] : words) {
            if (*text == word) {
                return value;
            }
        }
    }
    std::string right;
    for (std::size_t i = 0; i < Count; ++i) {
        right += i == 0 ? "" : i + 1 == Count ? " or " : ", ";
        right += fmt::format("\"{}\"", words[i].first);
    }
    wrong(node, text ? fmt::format("{}: '{}' is not known; right would be {}", key, *text, right)
                     : fmt::format("{} must be a string; right would be {}", key, right));
    return std::nullopt;
}

// ---- addresses of listeners
// ------------------------------------------------------------------------

constexpr std::string_view address_remedy =
    R"(right would be "127.0.0.1:2424", "[::1]:2424" or "unix:/run/mailcast/lmtp.sock")";

std::expected<ListenAddress, std::string> parse_tcp_address(std::string_view text) {
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

void Reader::networks(std::string_view key, const toml::node& node, std::string_view example,
                      base::AddressSet& networks) {
    const toml::array* list = node.as_array();
    if (list == nullptr) {
        wrong(node, fmt::format("{} must be a list; right would be {}", key, example));
        return;
    }
    networks = {};
    for (const toml::node& each : *list) {
        const auto text = each.value_exact<std::string>();
        if (const auto added = networks.add(text.value_or("?")); !added) {
            wrong(each, fmt::format("{}: {}", key, added.error()));
        }
    }
}

// A table whose keys are host names.
void Reader::each_name(std::string_view key, const toml::node& node, std::string_view example,
                       const std::function<void(const std::string&, const toml::node&)>& apply) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        wrong(node,
              fmt::format("{} must be a table; right would be [{}] and {}", key, key, example));
        return;
    }
    for (const auto& [name, value] : *table) {
        if (const auto host = mail::normalise_domain(name.str(), true);
            host && !name.str().starts_with('[')) {
            apply(*host, value);
        } else {
            wrong(static_cast<int>(name.source().begin.line),
                  fmt::format("{}: '{}' is no host name; right would be {}", key, name.str(),
                              example));
        }
    }
}

std::optional<TcpAddress> Reader::address_of_host(const toml::node& node) {
    const std::string text = node.value_exact<std::string>().value_or("");
    if (base::is_ip_address(text)) {
        return TcpAddress{base::lowered(text), 0};
    }
    if (auto address = parse_tcp_address(text)) {
        return std::get<TcpAddress>(*std::move(address));
    }
    wrong(node, fmt::format("psyc.hosts: '{}' is no address; right would be \"192.0.2.7\", "
                            "\"192.0.2.7:4404\" or \"[2001:db8::7]:4404\"",
                            text));
    return std::nullopt;
}

// "mail.example.org:587", "192.0.2.7:25" or "[2001:db8::7]:25".
bool Reader::host_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    std::string_view host = text.substr(0, colon);
    const bool literal = host.starts_with('[') && host.ends_with(']');
    if (literal) {
        host = host.substr(1, host.size() - 2);
    }
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool named = !literal && mail::normalise_domain(host, true).has_value();
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0 ||
        (!named && !base::is_ip_address(host))) {
        return false;
    }
    made_.smarthost.host = base::lowered(host);
    made_.smarthost.port = port;
    return true;
}

std::string Reader::readable(std::string_view key, const toml::node& node) {
    const auto file = path(key, node);
    if (!file) {
        return {};
    }
    if (access(file->c_str(), R_OK) != 0) {
        wrong(node, fmt::format("{}: {} cannot be read; it must be a file that mailcast may open",
                                key, *file));
    }
    return *file;
}

constexpr std::array<std::pair<std::string_view, bool>, 2> generations{
    {{"0.99", false}, {"1.0", true}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> smarthost_tls{
    {{"none", false}, {"required", true}}};

// ---- the rows
// --------------------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, delivery::OriginPolicy::Senders>, 3> policy_words{
    {{"any", delivery::OriginPolicy::Senders::any},
     {"known", delivery::OriginPolicy::Senders::known},
     {"none", delivery::OriginPolicy::Senders::none}}};

constexpr std::array<std::pair<std::string_view, base::log::Level>, 5> level_words{
    {{"debug", base::log::Level::debug},
     {"info", base::log::Level::info},
     {"warn", base::log::Level::warn},
     {"error", base::log::Level::error},
     {"off", base::log::Level::off}}};

constexpr std::array<std::pair<std::string_view, Protocol>, 6> protocol_words{
    {{"lmtp", Protocol::lmtp},
     {"smtp", Protocol::smtp},
     {"psyc", Protocol::psyc},
     {"irc", Protocol::irc},
     {"socketmap", Protocol::socketmap},
     {"policy", Protocol::policy}}};

constexpr std::array<std::pair<std::string_view, mail::Origin>, 2> origin_words{
    {{"internal", mail::Origin::internal}, {"external", mail::Origin::external}}};

constexpr std::array<std::pair<std::string_view, Tls>, 3> tls_words{
    {{"none", Tls::none}, {"starttls", Tls::starttls}, {"implicit", Tls::implicit}}};

constexpr std::array<std::string_view, 1> later_protocols{"http"};

constexpr std::uint64_t many = 1'000'000;

std::span<const Reader::Row> Reader::rows() {
    using Node = const toml::node&;
    using Key = std::string_view;
    static constexpr std::array table{
        Row{"hostname",
            [](Reader& r, Key key, Node node) {
                if (auto name = r.domain(key, node)) {
                    r.made_.hostname = *std::move(name);
                }
            }},
        Row{"domains",
            [](Reader& r, Key key, Node node) {
                const toml::array* list = node.as_array();
                if (list == nullptr) {
                    r.wrong(node, "domains must be a list; right would be domains = "
                                  "[\"example.org\"]");
                    return;
                }
                for (const toml::node& each : *list) {
                    if (auto name = r.domain(key, each)) {
                        r.domains_.push_back(*std::move(name));
                    }
                }
            }},
        Row{"data_dir",
            [](Reader& r, Key key, Node node) {
                r.data_dir_seen_ = true;
                if (auto folder = r.path(key, node)) {
                    r.made_.data_dir = *std::move(folder);
                }
            }},
        Row{"postmaster",
            [](Reader& r, Key key, Node node) {
                const auto text = r.string(key, node, "admin");
                if (!text || text->empty()) {
                    return;
                }
                const auto name = delivery::parse_entity_name(*text);
                if (!name || !name->host.empty() ||
                    delivery::name_fault(name->kind.value_or(chat::EntityKind::person),
                                         name->name)) {
                    r.wrong(node, fmt::format("postmaster: '{}' is no person or place; right would "
                                              "be \"admin\", \"~admin\" or \"*ops\"",
                                              *text));
                    return;
                }
                r.made_.postmaster = *text;
            }},
        Row{"store.url",
            [](Reader& r, Key key, Node node) {
                auto url = r.string(key, node, "sqlite:mailcast.db");
                if (!url) {
                    return;
                }
                constexpr std::string_view scheme = "sqlite:";
                if (!url->starts_with(scheme) || url->size() == scheme.size()) {
                    r.wrong(node, fmt::format("store.url: '{}' cannot be opened by this version; "
                                              "right would be \"sqlite:mailcast.db\"",
                                              *url));
                    return;
                }
                r.made_.store_url = *std::move(url);
            }},
        Row{"store.journal_age",
            [](Reader& r, Key key, Node node) {
                if (const auto age = r.duration(key, node)) {
                    // Rounded up: a journal that forgets early shows mails twice.
                    r.made_.journal_age = std::chrono::ceil<std::chrono::hours>(*age);
                }
            }},
        Row{"log.level",
            [](Reader& r, Key key, Node node) {
                if (const auto level = r.choice(key, node, level_words)) {
                    r.made_.log_level = *level;
                }
            }},
        Row{"listener.protocol",
            [](Reader& r, Key key, Node node) {
                r.draft_.protocol_seen = true;
                const auto text = node.value_exact<std::string>();
                if (text && std::ranges::find(later_protocols, *text) != later_protocols.end()) {
                    r.wrong(node, fmt::format("protocol '{}' is not in this version; it speaks "
                                              "\"lmtp\", \"smtp\", \"psyc\", \"irc\", "
                                              "\"socketmap\" and \"policy\"",
                                              *text));
                    return;
                }
                r.draft_.protocol = r.choice(key, node, protocol_words);
            }},
        Row{"listener.address",
            [](Reader& r, Key key, Node node) {
                r.draft_.address_seen = true;
                r.draft_.address_line = line_of(node);
                const auto text = r.string(key, node, "127.0.0.1:2424");
                if (!text) {
                    return;
                }
                constexpr std::string_view unix_prefix = "unix:";
                if (text->starts_with(unix_prefix)) {
                    UnixAddress address;
                    const std::string socket = text->substr(unix_prefix.size());
                    address.path =
                        (std::filesystem::path(r.folder_) / socket).lexically_normal().string();
                    if (socket.empty() || address.path.size() >= sizeof(sockaddr_un::sun_path)) {
                        r.wrong(node,
                                fmt::format("address: the path of a unix socket has 1 to {} "
                                            "octets; {}",
                                            sizeof(sockaddr_un::sun_path) - 1, address_remedy));
                        return;
                    }
                    r.draft_.listener.address = std::move(address);
                    return;
                }
                if (auto address = parse_tcp_address(*text)) {
                    r.draft_.listener.address = *std::move(address);
                } else {
                    r.wrong(node, "address: " + address.error());
                }
            }},
        Row{"listener.mode",
            [](Reader& r, Key, Node node) {
                r.draft_.mode_line = line_of(node);
                std::optional<std::uint32_t> mode;
                if (const auto text = node.value_exact<std::string>()) {
                    unsigned value = 0;
                    const char* end = text->data() + text->size();
                    const auto [at, error] = std::from_chars(text->data(), end, value, 8);
                    if (error == std::errc{} && at == end && value <= 0777) {
                        mode = value;
                    }
                } else if (const auto value = node.value_exact<std::int64_t>();
                           value && *value >= 0 && *value <= 0777) {
                    mode = static_cast<std::uint32_t>(*value);
                }
                if (!mode) {
                    r.wrong(node, "mode must be the octal permissions of the socket; right would "
                                  "be mode = \"0660\"");
                    return;
                }
                r.draft_.mode = mode;
            }},
        Row{"listener.group",
            [](Reader& r, Key key, Node node) {
                r.draft_.mode_line = line_of(node);
                if (auto group = r.string(key, node, "postfix")) {
                    r.draft_.group = *std::move(group);
                }
            }},
        Row{"listener.origin",
            [](Reader& r, Key key, Node node) {
                r.draft_.origin = r.choice(key, node, origin_words);
            }},
        Row{"listener.tls",
            [](Reader& r, Key key, Node node) {
                r.draft_.tls_line = line_of(node);
                if (const auto tls = r.choice(key, node, tls_words)) {
                    r.draft_.listener.tls = *tls;
                }
            }},
        Row{"listener.certificate",
            [](Reader& r, Key key, Node node) {
                if (auto file = r.path(key, node)) {
                    if (access(file->c_str(), R_OK) != 0) {
                        r.wrong(node, fmt::format("certificate: {} cannot be read; it must be a "
                                                  "PEM file that mailcast may open",
                                                  *file));
                    }
                    r.draft_.listener.certificate = *std::move(file);
                }
            }},
        Row{"listener.key",
            [](Reader& r, Key key, Node node) {
                if (auto file = r.path(key, node)) {
                    if (access(file->c_str(), R_OK) != 0) {
                        r.wrong(node, fmt::format("key: {} cannot be read; it must be a PEM file "
                                                  "that mailcast may open",
                                                  *file));
                    }
                    r.draft_.listener.key = *std::move(file);
                }
            }},
        Row{"listener.trusted",
            [](Reader& r, Key, Node node) {
                r.networks("trusted", node, R"(trusted = ["127.0.0.0/8", "unix"])",
                           r.draft_.listener.trusted);
            }},
        Row{"limits.message_size",
            [](Reader& r, Key key, Node node) { r.common_.message_size = r.size(key, node); }},
        Row{"limits.recipients",
            [](Reader& r, Key key, Node node) {
                r.common_.recipients = r.number(key, node, many);
            }},
        Row{"limits.connections",
            [](Reader& r, Key key, Node node) {
                r.made_.limits.connections =
                    r.number(key, node, many).value_or(r.made_.limits.connections);
            }},
        Row{"limits.connections_per_peer",
            [](Reader& r, Key key, Node node) {
                r.made_.limits.connections_per_peer =
                    r.number(key, node, many).value_or(r.made_.limits.connections_per_peer);
            }},
        Row{"limits.errors",
            [](Reader& r, Key key, Node node) {
                if (const auto count = r.number(key, node, many)) {
                    r.made_.limits.errors_in_a_row = static_cast<int>(*count);
                }
            }},
        Row{"limits.command_timeout",
            [](Reader& r, Key key, Node node) {
                r.made_.limits.command_timeout =
                    r.duration(key, node).value_or(r.made_.limits.command_timeout);
            }},
        Row{"limits.content_timeout",
            [](Reader& r, Key key, Node node) {
                r.made_.limits.content_timeout =
                    r.duration(key, node).value_or(r.made_.limits.content_timeout);
            }},
        Row{"limits.drain_timeout",
            [](Reader& r, Key key, Node node) {
                r.made_.limits.drain_timeout =
                    r.duration(key, node).value_or(r.made_.limits.drain_timeout);
            }},
        Row{"limits.internal.message_size",
            [](Reader& r, Key key, Node node) { r.internal_.message_size = r.size(key, node); }},
        Row{"limits.internal.recipients",
            [](Reader& r, Key key, Node node) {
                r.internal_.recipients = r.number(key, node, many);
            }},
        Row{"limits.external.message_size",
            [](Reader& r, Key key, Node node) { r.external_.message_size = r.size(key, node); }},
        Row{"limits.external.recipients",
            [](Reader& r, Key key, Node node) {
                r.external_.recipients = r.number(key, node, many);
            }},
        Row{"limits.internal.rate",
            [](Reader& r, Key key, Node node) { r.made_.internal_rates.all = r.rate(key, node); }},
        Row{"limits.internal.sender_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.internal_rates.sender = r.rate(key, node);
            }},
        Row{"limits.internal.client_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.internal_rates.client = r.rate(key, node);
            }},
        Row{"limits.internal.recipient_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.internal_rates.recipient = r.rate(key, node);
            }},
        Row{"limits.external.rate",
            [](Reader& r, Key key, Node node) { r.made_.external_rates.all = r.rate(key, node); }},
        Row{"limits.external.sender_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.external_rates.sender = r.rate(key, node);
            }},
        Row{"limits.external.client_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.external_rates.client = r.rate(key, node);
            }},
        Row{"limits.external.recipient_rate",
            [](Reader& r, Key key, Node node) {
                r.made_.external_rates.recipient = r.rate(key, node);
            }},
        Row{"verdict.authserv_id",
            [](Reader& r, Key key, Node node) {
                const auto text = r.string(key, node, "mx.example.org");
                if (text && text->find_first_of(" \t;\"()") != std::string::npos) {
                    r.wrong(node, fmt::format("verdict.authserv_id: '{}' is no name of a server; "
                                              "right would be the first word of the "
                                              "Authentication-Results that your mail server adds",
                                              *text));
                } else if (text) {
                    r.made_.verdict.authserv_id = *text;
                }
            }},
        Row{"verdict.spam_header",
            [](Reader& r, Key key, Node node) {
                const toml::array* list = node.as_array();
                for (std::size_t i = 0; i < (list == nullptr ? 1 : list->size()); ++i) {
                    Node each = list == nullptr ? node : (*list)[i];
                    const auto name = r.string(key, each, "X-Spam-Flag");
                    if (name && !name->empty() &&
                        name->find_first_of(": \t\r\n") == std::string::npos) {
                        r.made_.verdict.spam_headers.push_back(*name);
                    } else if (name) {
                        r.wrong(each, fmt::format("verdict.spam_header: '{}' is no name of a "
                                                  "header field; right would be \"X-Spam-Flag\"",
                                                  *name));
                    }
                }
            }},
        Row{"verdict.hops",
            [](Reader& r, Key key, Node node) {
                const auto value = node.value_exact<std::int64_t>();
                if (!value || *value < 0 || *value > 10) {
                    r.wrong(node, fmt::format("{} must be a number from 0 to 10; right would be "
                                              "{} = 1",
                                              key, key));
                    return;
                }
                r.made_.verdict.hops = static_cast<std::size_t>(*value);
            }},
        Row{"policy.internal.senders",
            [](Reader& r, Key key, Node node) {
                if (const auto senders = r.choice(key, node, policy_words)) {
                    r.made_.internal.senders = *senders;
                }
            }},
        Row{"policy.external.senders",
            [](Reader& r, Key key, Node node) {
                if (const auto senders = r.choice(key, node, policy_words)) {
                    r.made_.external.senders = *senders;
                }
            }},
        Row{"psyc.hosts",
            [](Reader& r, Key key, Node node) {
                r.each_name(key, node, R"("elsewhere.example" = "192.0.2.7:4404")",
                            [&r](const std::string& name, Node value) {
                                if (auto address = r.address_of_host(value)) {
                                    r.made_.psyc.hosts[name] = *std::move(address);
                                }
                            });
            }},
        Row{"psyc.generation",
            [](Reader& r, Key key, Node node) {
                r.each_name(key, node, R"("elsewhere.example" = "1.0")",
                            [&r](const std::string& name, Node value) {
                                const auto one = r.choice("psyc.generation", value, generations);
                                if (one && *one) {
                                    r.made_.psyc.generation_one.insert(name);
                                }
                            });
            }},
        Row{"psyc.tls",
            [](Reader& r, Key key, Node node) {
                const toml::array* list = node.as_array();
                if (list == nullptr) {
                    r.wrong(node, "psyc.tls must be a list; right would be tls = "
                                  "[\"elsewhere.example\"]");
                    return;
                }
                for (const toml::node& each : *list) {
                    if (auto name = r.domain(key, each)) {
                        r.made_.psyc.tls.insert(*std::move(name));
                    }
                }
            }},
        Row{"psyc.authorities",
            [](Reader& r, Key key, Node node) {
                if (auto file = r.path(key, node)) {
                    if (access(file->c_str(), R_OK) != 0) {
                        r.wrong(node, fmt::format("psyc.authorities: {} cannot be read; it must be "
                                                  "a PEM file that mailcast may open",
                                                  *file));
                    }
                    r.made_.psyc.authorities = *std::move(file);
                }
            }},
        Row{"psyc.mail_sources",
            [](Reader& r, Key, Node node) {
                r.networks("mail_sources", node, R"(mail_sources = ["127.0.0.0/8"])",
                           r.made_.psyc.mail_sources);
            }},
        Row{"held.mails",
            [](Reader& r, Key key, Node node) {
                r.made_.held.mails = r.number(key, node, 100'000).value_or(r.made_.held.mails);
            }},
        Row{"held.size",
            [](Reader& r, Key key, Node node) {
                r.made_.held.octets = r.size(key, node).value_or(r.made_.held.octets);
            }},
        Row{"held.keep",
            [](Reader& r, Key key, Node node) {
                r.made_.held.keep = r.duration(key, node).value_or(r.made_.held.keep);
            }},
        Row{"outbox.give_up",
            [](Reader& r, Key key, Node node) {
                r.made_.outbox.give_up = r.duration(key, node).value_or(r.made_.outbox.give_up);
            }},
        Row{"outbox.first_pause",
            [](Reader& r, Key key, Node node) {
                r.made_.outbox.first_pause =
                    r.duration(key, node).value_or(r.made_.outbox.first_pause);
            }},
        Row{"outbox.last_pause",
            [](Reader& r, Key key, Node node) {
                r.made_.outbox.last_pause =
                    r.duration(key, node).value_or(r.made_.outbox.last_pause);
            }},
        Row{"outbox.items",
            [](Reader& r, Key key, Node node) {
                r.made_.outbox.items =
                    r.number(key, node, 1'000'000).value_or(r.made_.outbox.items);
            }},
        Row{"outbox.size",
            [](Reader& r, Key key, Node node) {
                r.made_.outbox.octets = r.size(key, node).value_or(r.made_.outbox.octets);
            }},
        Row{"smarthost.address",
            [](Reader& r, Key key, Node node) {
                const auto text = r.string(key, node, "127.0.0.1:25");
                if (text && !r.host_and_port(*text)) {
                    r.wrong(node, fmt::format("smarthost.address: '{}' is no HOST:PORT; right "
                                              "would be \"127.0.0.1:25\" or "
                                              "\"mail.example.org:587\"",
                                              *text));
                }
            }},
        Row{"smarthost.tls",
            [](Reader& r, Key key, Node node) {
                r.made_.smarthost.tls =
                    r.choice(key, node, smarthost_tls).value_or(r.made_.smarthost.tls);
            }},
        Row{"smarthost.user",
            [](Reader& r, Key key, Node node) {
                r.made_.smarthost.user = r.string(key, node, "mailcast").value_or("");
            }},
        Row{"smarthost.password_file",
            [](Reader& r, Key key, Node node) {
                r.made_.smarthost.password_file = r.readable(key, node);
            }},
        Row{"smarthost.authorities",
            [](Reader& r, Key key,
               Node node) { r.made_.smarthost.authorities = r.readable(key, node); }},
    };
    return table;
}

// ---- the walk
// --------------------------------------------------------------------------------------

// The words that may stand directly behind `prefix`.
std::vector<std::string_view> words_behind(std::string_view prefix) {
    std::vector<std::string_view> words;
    for (const Setting& setting : settings()) {
        if (setting.key.starts_with(prefix)) {
            const std::string_view rest = setting.key.substr(prefix.size());
            const std::string_view word = rest.substr(0, rest.find('.'));
            if (std::ranges::find(words, word) == words.end()) {
                words.push_back(word);
            }
        }
    }
    return words;
}

void Reader::unknown(const std::string& prefix, const toml::key& key) {
    const std::string full = prefix + std::string(key.str());
    // The very word at another place is a better guess than a similar word at this one.
    std::string_view guess;
    for (const Setting& setting : settings()) {
        if (setting.key.ends_with("." + std::string(key.str()))) {
            guess = setting.key;
            break;
        }
    }
    if (guess.empty()) {
        guess = nearest(key.str(), words_behind(prefix));
    }
    if (guess.empty()) {
        guess = nearest_setting(full);
    }
    const int line = static_cast<int>(key.source().begin.line);
    wrong(line, guess.empty()
                    ? fmt::format("unknown key '{}'; mailcast.toml(5) lists all keys", full)
                    : fmt::format("unknown key '{}', did you mean '{}'?", full, guess));
}

void Reader::walk(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
        const std::string full = prefix + std::string(key.str());
        const auto row = std::ranges::find(rows(), full, &Row::key);
        if (row != rows().end()) {
            row->apply(*this, row->key.substr(row->key.starts_with("listener.") ? 9 : 0), node);
            continue;
        }
        const auto words = words_behind(prefix);
        if (std::ranges::find(words, key.str()) == words.end()) {
            unknown(prefix, key);
            continue;
        }
        if (full == "listener") {
            walk_listeners(node);
        } else if (const toml::table* inner = node.as_table()) {
            walk(*inner, full + ".");
        } else {
            wrong(node, fmt::format("{} must be a table; right would be [{}] on a line of its own",
                                    full, full));
        }
    }
}

void Reader::walk_listeners(const toml::node& node) {
    listeners_seen_ = true;
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous<toml::table>()) {
        wrong(node, "listener must be tables; right would be [[listener]] on a line of its own");
        return;
    }
    for (const toml::node& each : *list) {
        draft_ = ListenerDraft{};
        draft_.line = line_of(each);
        draft_.listener = default_configuration().listeners.front();
        draft_.listener.address = ListenAddress{};
        walk(*each.as_table(), "listener.");
        finish_listener(draft_);
    }
}

void Reader::finish_listener(ListenerDraft& draft) {
    if (!draft.protocol_seen) {
        wrong(draft.line, "this listener has no protocol; right would be protocol = \"lmtp\"");
    }
    if (!draft.address_seen) {
        wrong(draft.line, fmt::format("this listener has no address; {}", address_remedy));
    }
    Listener& listener = draft.listener;
    listener.protocol = draft.protocol.value_or(Protocol::lmtp);
    listener.origin = draft.origin.value_or(
        listener.protocol == Protocol::smtp ? mail::Origin::internal : mail::Origin::external);
    if (listener.tls != Tls::none && (listener.certificate.empty() || listener.key.empty())) {
        wrong(draft.tls_line,
              fmt::format("tls = \"{}\" needs a certificate and a key; right would be certificate "
                          "= \"/path/to/fullchain.pem\" and key = \"/path/to/privkey.pem\"",
                          to_string(listener.tls)));
    }
    if (listener.tls != Tls::none &&
        (draft.protocol == Protocol::socketmap || draft.protocol == Protocol::policy)) {
        wrong(draft.tls_line, fmt::format("{} has no tls; right would be a unix socket, or an "
                                          "address that only the mail server reaches",
                                          to_string(listener.protocol)));
    }
    if (listener.tls == Tls::starttls &&
        (draft.protocol == Protocol::psyc || draft.protocol == Protocol::irc)) {
        wrong(draft.tls_line,
              fmt::format("{} has no starttls; right would be tls = \"implicit\", or only "
                          "certificate and key, which takes plain and TLS on the same port",
                          to_string(listener.protocol)));
    }
    if (auto* address = std::get_if<UnixAddress>(&listener.address)) {
        address->mode = draft.mode.value_or(address->mode);
        address->group = draft.group;
    } else if (draft.mode_line != 0 && draft.address_seen) {
        wrong(draft.mode_line, "mode and group are for unix sockets; right would be to leave them "
                               "out, or address = \"unix:/run/mailcast/lmtp.sock\"");
    }
    for (const auto& [other, line] : listeners_) {
        if (draft.address_seen && to_string(other.address) == to_string(listener.address)) {
            wrong(draft.address_line,
                  fmt::format("address: {} is taken already by the listener at line {}; each "
                              "listener needs its own",
                              to_string(listener.address), line));
            return;
        }
    }
    if (draft.address_seen && draft.protocol && listener.address != ListenAddress{}) {
        listeners_.emplace_back(std::move(listener), draft.address_line);
    }
}

void Reader::read(const toml::table& root) {
    walk(root, "");
}

Configuration Reader::take() {
    if (!data_dir_seen_) {
        made_.data_dir =
            (std::filesystem::path(folder_) / made_.data_dir).lexically_normal().string();
    }
    made_.domains.clear();
    made_.domains.push_back(made_.hostname);
    for (std::string& domain : domains_) {
        if (std::ranges::find(made_.domains, domain) == made_.domains.end()) {
            made_.domains.push_back(std::move(domain));
        }
    }
    const auto apply = [&](delivery::OriginPolicy& policy, const LimitOverrides& own) {
        policy.message_size =
            own.message_size.value_or(common_.message_size.value_or(policy.message_size));
        policy.recipients = own.recipients.value_or(common_.recipients.value_or(policy.recipients));
    };
    apply(made_.internal, internal_);
    apply(made_.external, external_);
    if (listeners_seen_) {
        made_.listeners.clear();
        for (auto& [listener, line] : listeners_) {
            made_.listeners.push_back(std::move(listener));
        }
    }
    return std::move(made_);
}

std::vector<ConfigurationProblem> Reader::take_problems() {
    std::ranges::sort(problems_, {}, [](const ConfigurationProblem& problem) {
        return std::tie(problem.line, problem.message);
    });
    return std::move(problems_);
}

} // namespace

ConfigurationResult parse_configuration(std::string_view toml, const std::string& file) {
    const toml::parse_result parsed = toml::parse(toml, file);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return std::unexpected(ConfigurationError{
            file,
            {{static_cast<int>(error.source().begin.line),
              fmt::format("this is not TOML: {}; right would be lines like hostname = "
                          "\"chat.example.org\"",
                          error.description())}}});
    }
    Reader reader(std::filesystem::path(file).parent_path().string());
    reader.read(parsed.table());
    auto problems = reader.take_problems();
    if (!problems.empty()) {
        return std::unexpected(ConfigurationError{file, std::move(problems)});
    }
    Configuration made = reader.take();
    made.file = file;
    if (made.data_dir == "data") {
        made.data_dir =
            (std::filesystem::path(file).parent_path() / made.data_dir).lexically_normal().string();
    }
    return made;
}

} // namespace mailcast::app
