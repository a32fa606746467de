// The settings of one node (DESIGN 5.3), read from TOML.  A value; any thread may read it.
// Loading never stops at the first fault: all are reported, each with its line and what would be
// right. Relative paths are relative to the folder of the file, without a file to the working
// folder.
#pragma once

#include "base/address_set.h"
#include "base/log.h"
#include "delivery/held_limits.h"
#include "delivery/policy.h"
#include "delivery/rate_limits.h"
#include "delivery/verdict.h"
#include "mail/envelope.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailcast::app {

// What a listener can speak in this version.
enum class Protocol { lmtp, smtp, psyc, irc, socketmap, policy };

std::string_view to_string(Protocol protocol);

enum class Tls { none, starttls, implicit };

std::string_view to_string(Tls tls);

struct TcpAddress {
    std::string host; // an IP address in its shortest form, without brackets
    std::uint16_t port = 0;

    bool operator==(const TcpAddress&) const = default;
};

struct UnixAddress {
    std::string path;
    std::uint32_t mode = 0660;
    std::string group; // "" leaves it as it is

    bool operator==(const UnixAddress&) const = default;
};

using ListenAddress = std::variant<TcpAddress, UnixAddress>;

// "127.0.0.1:2424", "[::1]:2424", "unix:/path"
std::string to_string(const ListenAddress& address);

struct Listener {
    Protocol protocol = Protocol::lmtp;
    ListenAddress address;
    mail::Origin origin = mail::Origin::external; // lmtp and smtp
    Tls tls = Tls::none;
    std::string certificate; // PEM, path
    std::string key;         // PEM, path
    // lmtp, smtp: whose XFORWARD is believed; socketmap: who may ask; policy: whose clients are inside
    base::AddressSet trusted;

    bool operator==(const Listener&) const = default;
};

struct Limits {
    std::size_t connections = 5000;
    std::size_t connections_per_peer = 200; // of who is not trusted; psyc, irc: nor of this machine
    int errors_in_a_row = 20;
    std::chrono::seconds command_timeout{300};
    std::chrono::seconds content_timeout{180};
    std::chrono::seconds drain_timeout{30};

    bool operator==(const Limits&) const = default;
};

// [psyc]: what concerns other nodes.
struct PsycSettings {
    std::map<std::string, TcpAddress> hosts; // by name, before DNS is asked; port 0: the usual one
    std::set<std::string> generation_one;    // hosts that are spoken to in 1.0
    std::set<std::string> tls;               // hosts that are dialled with TLS
    std::string authorities;                 // PEM, path; "" for the system's
    base::AddressSet mail_sources;           // who may send notices of mail by UDP

    bool operator==(const PsycSettings&) const = default;
};

// [outbox]: what waits to go elsewhere.
struct OutboxSettings {
    std::chrono::seconds first_pause{60};
    std::chrono::seconds last_pause{3600};
    std::chrono::seconds give_up{std::chrono::days{5}};
    std::size_t items = 10'000;
    std::uint64_t octets = 512'000'000;

    bool operator==(const OutboxSettings&) const = default;
};

// [smarthost]: the mail server that takes what persons write.
struct SmarthostSettings {
    std::string host; // name or address; "" for none
    std::uint16_t port = 25;
    bool tls = false; // required, and its certificate is verified
    std::string user; // AUTH PLAIN
    std::string password_file;
    std::string authorities; // PEM, path; "" for the system's

    bool operator==(const SmarthostSettings&) const = default;
};

// [etrn]: the mail server in front, which is asked for what it has put off.
struct EtrnSettings {
    std::string host; // name or address; "" for none
    std::uint16_t port = 25;
    std::vector<std::string> domains; // none: all of ours

    bool operator==(const EtrnSettings&) const = default;
};

// [digest]: mail about what waits for a person who is away long.
struct DigestSettings {
    std::chrono::seconds after{std::chrono::days{3}};

    bool operator==(const DigestSettings&) const = default;
};

struct Configuration {
    std::string file; // "" for the built-in defaults
    std::string hostname = "localhost";
    std::vector<std::string> domains{"localhost"}; // hostname among them
    std::string data_dir = "data";
    std::string postmaster; // "admin", "~admin", "*ops"; "" when not set
    std::string store_url = "sqlite:mailcast.db";
    std::chrono::hours journal_age{24 * 7};
    base::log::Level log_level = base::log::Level::info;
    std::vector<Listener> listeners;
    Limits limits;
    delivery::OriginPolicy internal; // [limits.internal] and [policy.internal]
    delivery::OriginPolicy external;
    delivery::RateSettings internal_rates; // [limits.internal]
    delivery::RateSettings external_rates;
    delivery::VerdictSettings verdict;
    PsycSettings psyc;
    delivery::HeldLimits held; // [held]: mail that waits until its person says what becomes of it
    OutboxSettings outbox;
    SmarthostSettings smarthost;
    EtrnSettings etrn;
    DigestSettings digest;

    std::string control_socket() const { return data_dir + "/control.sock"; }
};

struct ConfigurationProblem {
    int line = 0; // 0 when it is not about a line
    std::string message;

    bool operator==(const ConfigurationProblem&) const = default;
};

struct ConfigurationError {
    std::string file;
    std::vector<ConfigurationProblem> problems; // by line, at least one

    // "FILE:LINE: what is wrong" a line.
    std::string text() const;
};

using ConfigurationResult = std::expected<Configuration, ConfigurationError>;

// Built-in defaults.
Configuration default_configuration();

// `file` is for messages, and its folder for relative paths.
ConfigurationResult parse_configuration(std::string_view toml, const std::string& file);

ConfigurationResult load_configuration(const std::string& file);

// Where the settings come from: `chosen` (of -c), $MAILCAST_CONFIG, ./mailcast.toml,
// /etc/mailcast/mailcast.toml; nullopt for the built-in defaults.
std::optional<std::string> find_configuration(const std::optional<std::string>& chosen);

// load_configuration() of what find_configuration() finds, else the defaults.
ConfigurationResult load_chosen_configuration(const std::optional<std::string>& chosen);

} // namespace mailcast::app
