// What this node is: its names, its data, its store, its log.

#include "app/configuration/draft.h"
#include "delivery/names.h"

#include <fmt/format.h>

#include <array>

namespace mailcast::app {

namespace {

constexpr Words<base::log::Level, 5> log_levels{{{"debug", base::log::Level::debug},
                                                 {"info", base::log::Level::info},
                                                 {"warn", base::log::Level::warn},
                                                 {"error", base::log::Level::error},
                                                 {"off", base::log::Level::off}}};

void read_postmaster(ConfigurationDraft& draft, const SettingValue& value) {
    const auto text = value.string("admin");
    if (!text || text->empty()) {
        return;
    }
    const auto name = delivery::parse_entity_name(*text);
    if (!name || !name->host.empty() ||
        delivery::name_fault(name->kind.value_or(chat::EntityKind::person), name->name)) {
        value.wrong(fmt::format("postmaster: '{}' is no person or place; right would "
                                "be \"admin\", \"~admin\" or \"*ops\"",
                                *text));
        return;
    }
    draft.made.postmaster = *text;
}

void read_store_url(ConfigurationDraft& draft, const SettingValue& value) {
    const auto url = value.string("sqlite:mailcast.db");
    if (!url) {
        return;
    }
    constexpr std::string_view scheme = "sqlite:";
    if (!url->starts_with(scheme) || url->size() == scheme.size()) {
        value.wrong(fmt::format("store.url: '{}' cannot be opened by this version; "
                                "right would be \"sqlite:mailcast.db\"",
                                *url));
        return;
    }
    draft.made.store_url = *url;
}

} // namespace

std::span<const SettingRow> node_rows() {
    using Draft = ConfigurationDraft;
    using Value = SettingValue;
    static constexpr std::array table{
        SettingRow{"hostname",
                   [](Draft& draft, const Value& value) {
                       draft.made.hostname = value.domain().value_or(draft.made.hostname);
                   }},
        SettingRow{"domains",
                   [](Draft& draft, const Value& value) {
                       value.each(R"(domains = ["example.org"])", [&](const Value& each) {
                           if (auto name = each.domain()) {
                               draft.domains.push_back(*std::move(name));
                           }
                       });
                   }},
        SettingRow{"data_dir",
                   [](Draft& draft, const Value& value) {
                       draft.data_dir_seen = true;
                       draft.made.data_dir = value.path().value_or(draft.made.data_dir);
                   }},
        SettingRow{"postmaster", read_postmaster},
        SettingRow{"store.url", read_store_url},
        SettingRow{"store.journal_age",
                   [](Draft& draft, const Value& value) {
                       if (const auto age = value.duration()) {
                           // Rounded up: a journal that forgets early shows mails twice.
                           draft.made.journal_age = std::chrono::ceil<std::chrono::hours>(*age);
                       }
                   }},
        SettingRow{"log.level",
                   [](Draft& draft, const Value& value) {
                       draft.made.log_level =
                           value.choice(log_levels).value_or(draft.made.log_level);
                   }},
    };
    return table;
}

} // namespace mailcast::app
