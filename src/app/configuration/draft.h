// A configuration while its file is read, and the tables that say which key does what to it.  Each
// table is in the file of its section; a new key is one row there and one in settings.cpp.
#pragma once

#include "app/configuration/configuration.h"
#include "app/configuration/value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::app {

// What one [[listener]] says, before it is whole.
struct ListenerDraft {
    int line = 0;
    int address_line = 0; // 0: there is none
    int tls_line = 0;
    int mode_line = 0;
    bool protocol_seen = false;
    std::optional<Protocol> protocol;
    std::optional<mail::Origin> origin;
    std::optional<ListenAddress> address;
    std::optional<std::uint32_t> mode;
    std::string group;
    Listener listener; // the rest
};

// A listener with the line of its address.
struct PlacedListener {
    Listener listener;
    int line = 0;
};

// [limits], [limits.internal], [limits.external]: which of them counts is known at the end.
struct LimitOverrides {
    std::optional<std::uint64_t> message_size;
    std::optional<std::size_t> recipients;
};

struct ConfigurationDraft {
    Configuration made = default_configuration();
    bool data_dir_seen = false;
    std::vector<std::string> domains;
    LimitOverrides common;
    LimitOverrides internal;
    LimitOverrides external;
    bool listeners_seen = false;
    ListenerDraft listener; // the one that is being read
    std::vector<PlacedListener> listeners;
};

struct SettingRow {
    std::string_view key; // dotted, as in settings()
    void (*apply)(ConfigurationDraft& draft, const SettingValue& value);
};

std::span<const SettingRow> node_rows();      // the top of the file, [store], [log]
std::span<const SettingRow> listener_rows();  // [[listener]]
std::span<const SettingRow> limit_rows();     // [limits], [policy], [verdict], [held]
std::span<const SettingRow> elsewhere_rows(); // [psyc], [outbox], [smarthost]

// `draft.listener` is whole: it joins `draft.listeners`, or what it lacks is reported.
void finish_listener(ConfigurationDraft& draft, ConfigurationFile& file);

// "127.0.0.1:2424" or "[::1]:2424"; else what is wrong, and what would be right.
std::expected<TcpAddress, std::string> parse_tcp_address(std::string_view text);

} // namespace mailcast::app
