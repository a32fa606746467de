// What mail is taken, how much of it and how fast: [limits], [policy], [verdict], [held].

#include "app/configuration/draft.h"

#include <fmt/format.h>

#include <array>

namespace mailcast::app {

namespace {

constexpr std::uint64_t many = 1'000'000;

constexpr Words<delivery::OriginPolicy::Senders, 3> senders{
    {{"any", delivery::OriginPolicy::Senders::any},
     {"known", delivery::OriginPolicy::Senders::known},
     {"none", delivery::OriginPolicy::Senders::none}}};

void read_authserv_id(ConfigurationDraft& draft, const SettingValue& value) {
    const auto text = value.string("mx.example.org");
    if (text && text->find_first_of(" \t;\"()") != std::string::npos) {
        value.wrong(fmt::format("verdict.authserv_id: '{}' is no name of a server; "
                                "right would be the first word of the "
                                "Authentication-Results that your mail server adds",
                                *text));
    } else if (text) {
        draft.made.verdict.authserv_id = *text;
    }
}

void read_spam_header(ConfigurationDraft& draft, const SettingValue& value) {
    value.each_or_one([&draft](const SettingValue& each) {
        const auto name = each.string("X-Spam-Flag");
        if (name && !name->empty() && name->find_first_of(": \t\r\n") == std::string::npos) {
            draft.made.verdict.spam_headers.push_back(*name);
        } else if (name) {
            each.wrong(fmt::format("verdict.spam_header: '{}' is no name of a header field; "
                                   "right would be \"X-Spam-Flag\"",
                                   *name));
        }
    });
}

} // namespace

std::span<const SettingRow> limit_rows() {
    using Draft = ConfigurationDraft;
    using Value = SettingValue;
    static constexpr std::array table{
        SettingRow{
            "limits.message_size",
            [](Draft& draft, const Value& value) { draft.common.message_size = value.size(); }},
        SettingRow{
            "limits.recipients",
            [](Draft& draft, const Value& value) { draft.common.recipients = value.number(many); }},
        SettingRow{"limits.connections",
                   [](Draft& draft, const Value& value) {
                       auto& count = draft.made.limits.connections;
                       count = value.number(many).value_or(count);
                   }},
        SettingRow{"limits.connections_per_peer",
                   [](Draft& draft, const Value& value) {
                       auto& count = draft.made.limits.connections_per_peer;
                       count = value.number(many).value_or(count);
                   }},
        SettingRow{"limits.errors",
                   [](Draft& draft, const Value& value) {
                       if (const auto count = value.number(many)) {
                           draft.made.limits.errors_in_a_row = static_cast<int>(*count);
                       }
                   }},
        SettingRow{"limits.command_timeout",
                   [](Draft& draft, const Value& value) {
                       auto& wait = draft.made.limits.command_timeout;
                       wait = value.duration().value_or(wait);
                   }},
        SettingRow{"limits.content_timeout",
                   [](Draft& draft, const Value& value) {
                       auto& wait = draft.made.limits.content_timeout;
                       wait = value.duration().value_or(wait);
                   }},
        SettingRow{"limits.drain_timeout",
                   [](Draft& draft, const Value& value) {
                       auto& wait = draft.made.limits.drain_timeout;
                       wait = value.duration().value_or(wait);
                   }},
        SettingRow{
            "limits.internal.message_size",
            [](Draft& draft, const Value& value) { draft.internal.message_size = value.size(); }},
        SettingRow{"limits.internal.recipients",
                   [](Draft& draft, const Value& value) {
                       draft.internal.recipients = value.number(many);
                   }},
        SettingRow{
            "limits.external.message_size",
            [](Draft& draft, const Value& value) { draft.external.message_size = value.size(); }},
        SettingRow{"limits.external.recipients",
                   [](Draft& draft, const Value& value) {
                       draft.external.recipients = value.number(many);
                   }},
        SettingRow{
            "limits.internal.rate",
            [](Draft& draft, const Value& value) { draft.made.internal_rates.all = value.rate(); }},
        SettingRow{"limits.internal.sender_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.internal_rates.sender = value.rate();
                   }},
        SettingRow{"limits.internal.client_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.internal_rates.client = value.rate();
                   }},
        SettingRow{"limits.internal.recipient_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.internal_rates.recipient = value.rate();
                   }},
        SettingRow{
            "limits.external.rate",
            [](Draft& draft, const Value& value) { draft.made.external_rates.all = value.rate(); }},
        SettingRow{"limits.external.sender_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.external_rates.sender = value.rate();
                   }},
        SettingRow{"limits.external.client_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.external_rates.client = value.rate();
                   }},
        SettingRow{"limits.external.recipient_rate",
                   [](Draft& draft, const Value& value) {
                       draft.made.external_rates.recipient = value.rate();
                   }},
        SettingRow{"verdict.authserv_id", read_authserv_id},
        SettingRow{"verdict.spam_header", read_spam_header},
        SettingRow{"verdict.hops",
                   [](Draft& draft, const Value& value) {
                       auto& hops = draft.made.verdict.hops;
                       hops = value.number(0, 10, 1).value_or(hops);
                   }},
        SettingRow{"policy.internal.senders",
                   [](Draft& draft, const Value& value) {
                       auto& who = draft.made.internal.senders;
                       who = value.choice(senders).value_or(who);
                   }},
        SettingRow{"policy.external.senders",
                   [](Draft& draft, const Value& value) {
                       auto& who = draft.made.external.senders;
                       who = value.choice(senders).value_or(who);
                   }},
        SettingRow{"held.mails",
                   [](Draft& draft, const Value& value) {
                       auto& count = draft.made.held.mails;
                       count = value.number(100'000).value_or(count);
                   }},
        SettingRow{"held.size",
                   [](Draft& draft, const Value& value) {
                       auto& octets = draft.made.held.octets;
                       octets = value.size().value_or(octets);
                   }},
        SettingRow{"held.keep",
                   [](Draft& draft, const Value& value) {
                       auto& age = draft.made.held.keep;
                       age = value.duration().value_or(age);
                   }},
    };
    return table;
}

} // namespace mailcast::app
