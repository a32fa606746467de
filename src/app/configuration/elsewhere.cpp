// Who is elsewhere and how it is reached: [psyc], [outbox], [smarthost], [etrn], [digest].

#include "app/configuration/draft.h"
#include "base/ascii.h"
#include "mail/mailbox.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace mailcast::app {

namespace {

// Whether a node is spoken to in generation 1.0.
constexpr Words<bool, 2> generations{{{"0.99", false}, {"1.0", true}}};
// Whether TLS to the smarthost is required.
constexpr Words<bool, 2> smarthost_tls{{{"none", false}, {"required", true}}};

std::optional<TcpAddress> address_of_host(const SettingValue& value) {
    const std::string text = value.text().value_or("");
    if (base::is_ip_address(text)) {
        return TcpAddress{base::lowered(text), 0};
    }
    if (auto address = parse_tcp_address(text)) {
        return *std::move(address);
    }
    value.wrong(fmt::format("psyc.hosts: '{}' is no address; right would be \"192.0.2.7\", "
                            "\"192.0.2.7:4404\" or \"[2001:db8::7]:4404\"",
                            text));
    return std::nullopt;
}

struct HostAndPort {
    std::string host;
    std::uint16_t port = 0;
};

// "mail.example.org:587", "192.0.2.7:25" or "[2001:db8::7]:25".
std::optional<HostAndPort> host_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
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
        return std::nullopt;
    }
    return HostAndPort{base::lowered(host), port};
}

void read_smarthost_address(ConfigurationDraft& draft, const SettingValue& value) {
    const auto text = value.string("127.0.0.1:25");
    if (!text) {
        return;
    }
    if (auto address = host_and_port(*text)) {
        draft.made.smarthost.host = std::move(address->host);
        draft.made.smarthost.port = address->port;
    } else {
        value.wrong(fmt::format("smarthost.address: '{}' is no HOST:PORT; right would be "
                                "\"127.0.0.1:25\" or \"mail.example.org:587\"",
                                *text));
    }
}

void read_etrn_address(ConfigurationDraft& draft, const SettingValue& value) {
    const auto text = value.string("127.0.0.1:25");
    if (!text) {
        return;
    }
    if (auto address = host_and_port(*text)) {
        draft.made.etrn.host = std::move(address->host);
        draft.made.etrn.port = address->port;
    } else {
        value.wrong(fmt::format("etrn.address: '{}' is no HOST:PORT; right would be "
                                "\"127.0.0.1:25\" or \"mail.example.org:25\"",
                                *text));
    }
}

} // namespace

std::span<const SettingRow> elsewhere_rows() {
    using Draft = ConfigurationDraft;
    using Value = SettingValue;
    static constexpr std::array table{
        SettingRow{"psyc.hosts",
                   [](Draft& draft, const Value& value) {
                       value.each_host(R"("elsewhere.example" = "192.0.2.7:4404")",
                                       [&draft](const std::string& host, const Value& each) {
                                           if (auto address = address_of_host(each)) {
                                               draft.made.psyc.hosts[host] = *std::move(address);
                                           }
                                       });
                   }},
        SettingRow{"psyc.generation",
                   [](Draft& draft, const Value& value) {
                       value.each_host(R"("elsewhere.example" = "1.0")",
                                       [&draft](const std::string& host, const Value& each) {
                                           if (each.choice(generations).value_or(false)) {
                                               draft.made.psyc.generation_one.insert(host);
                                           }
                                       });
                   }},
        SettingRow{"psyc.tls",
                   [](Draft& draft, const Value& value) {
                       value.each(R"(tls = ["elsewhere.example"])", [&draft](const Value& each) {
                           if (auto name = each.domain()) {
                               draft.made.psyc.tls.insert(*std::move(name));
                           }
                       });
                   }},
        SettingRow{"psyc.authorities",
                   [](Draft& draft, const Value& value) {
                       draft.made.psyc.authorities = value.readable("a PEM file").value_or("");
                   }},
        SettingRow{"psyc.mail_sources",
                   [](Draft& draft, const Value& value) {
                       if (auto networks = value.networks(R"(mail_sources = ["127.0.0.0/8"])")) {
                           draft.made.psyc.mail_sources = *std::move(networks);
                       }
                   }},
        SettingRow{"outbox.give_up",
                   [](Draft& draft, const Value& value) {
                       auto& age = draft.made.outbox.give_up;
                       age = value.duration().value_or(age);
                   }},
        SettingRow{"outbox.first_pause",
                   [](Draft& draft, const Value& value) {
                       auto& pause = draft.made.outbox.first_pause;
                       pause = value.duration().value_or(pause);
                   }},
        SettingRow{"outbox.last_pause",
                   [](Draft& draft, const Value& value) {
                       auto& pause = draft.made.outbox.last_pause;
                       pause = value.duration().value_or(pause);
                   }},
        SettingRow{"outbox.items",
                   [](Draft& draft, const Value& value) {
                       auto& count = draft.made.outbox.items;
                       count = value.number(1'000'000).value_or(count);
                   }},
        SettingRow{"outbox.size",
                   [](Draft& draft, const Value& value) {
                       auto& octets = draft.made.outbox.octets;
                       octets = value.size().value_or(octets);
                   }},
        SettingRow{"smarthost.address", read_smarthost_address},
        SettingRow{"smarthost.tls",
                   [](Draft& draft, const Value& value) {
                       auto& required = draft.made.smarthost.tls;
                       required = value.choice(smarthost_tls).value_or(required);
                   }},
        SettingRow{"smarthost.user",
                   [](Draft& draft, const Value& value) {
                       draft.made.smarthost.user = value.string("mailcast").value_or("");
                   }},
        SettingRow{"smarthost.password_file",
                   [](Draft& draft, const Value& value) {
                       draft.made.smarthost.password_file = value.readable("a file").value_or("");
                   }},
        SettingRow{"smarthost.authorities",
                   [](Draft& draft, const Value& value) {
                       draft.made.smarthost.authorities = value.readable("a PEM file").value_or("");
                   }},
        SettingRow{"etrn.address", read_etrn_address},
        SettingRow{"etrn.domains",
                   [](Draft& draft, const Value& value) {
                       value.each(R"(domains = ["example.org"])", [&draft](const Value& each) {
                           if (auto name = each.domain()) {
                               draft.made.etrn.domains.push_back(*std::move(name));
                           }
                       });
                   }},
        SettingRow{"digest.after",
                   [](Draft& draft, const Value& value) {
                       auto& after = draft.made.digest.after;
                       after = value.duration().value_or(after);
                   }},
    };
    return table;
}

} // namespace mailcast::app
