#include "delivery/rules.h"

#include "base/ascii.h"
#include "mail/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace mailcast::delivery {

namespace {

using SetResult = std::expected<void, RuleError>;

// More than this in one list is a mistake; a list is looked through at every RCPT.
constexpr std::size_t max_sender_list = 1000;

std::unexpected<RuleError> wrong(std::string message) {
    return std::unexpected(RuleError{std::move(message)});
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || at != end) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::uint64_t> multiplied(std::uint64_t number, std::uint64_t factor) {
    if (number > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return number * factor;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> items;
    for (;;) {
        const std::size_t comma = text.find(',');
        items.push_back(base::trim(text.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return items;
        }
        text.remove_prefix(comma + 1);
    }
}

SetResult set_senders(Rules& rules, std::string_view value) {
    if (value.empty()) {
        rules.senders = Rules::Senders::any;
        rules.sender_list.clear();
        return {};
    }
    if (const auto word = parse_senders_word(value)) {
        rules.senders = *word;
        rules.sender_list.clear();
        return {};
    }
    std::vector<std::string> list;
    bool known = false; // and those of the list
    for (const std::string_view item : split_at_commas(value)) {
        if (base::iequals(item, to_string(Rules::Senders::known))) {
            known = true;
            continue;
        }
        auto entry = parse_sender_entry(item);
        if (!entry) {
            return std::unexpected(std::move(entry.error()));
        }
        if (std::ranges::find(list, *entry) == list.end()) {
            list.push_back(std::move(*entry));
        }
    }
    if (list.size() > max_sender_list) {
        return wrong(fmt::format("senders: {} entries are too many; at most {}, a domain stands "
                                 "for all addresses at it",
                                 list.size(), max_sender_list));
    }
    rules.senders = known ? Rules::Senders::known : Rules::Senders::list;
    rules.sender_list = std::move(list);
    return {};
}

SetResult set_otherwise(Rules& rules, std::string_view value) {
    if (value.empty() || base::iequals(value, "reject")) {
        rules.hold = false;
        return {};
    }
    if (base::iequals(value, "hold")) {
        rules.hold = true;
        return {};
    }
    return wrong(fmt::format("otherwise: '{}' is not known; right would be hold or reject", value));
}

SetResult set_size(std::optional<std::uint64_t>& size, std::string_view key,
                   std::string_view value) {
    if (value.empty()) {
        size.reset();
        return {};
    }
    const auto parsed = parse_size(value);
    if (!parsed) {
        return wrong(fmt::format("{}: '{}' is not a size; right would be octets, or a number with "
                                 "KB or MB: {}=200KB",
                                 key, value, key));
    }
    size = parsed;
    return {};
}

SetResult set_max_size(Rules& rules, std::string_view value) {
    return set_size(rules.max_size, "max_size", value);
}

SetResult set_max_lines(Rules& rules, std::string_view value) {
    if (value.empty()) {
        rules.max_lines.reset();
        return {};
    }
    const auto number = parse_number(value);
    if (!number) {
        return wrong(fmt::format(
            "max_lines: '{}' is not a number of lines; right would be max_lines=200", value));
    }
    rules.max_lines = number;
    return {};
}

SetResult set_accept(bool& accept, std::string_view key, std::string_view value) {
    if (value.empty() || base::iequals(value, "accept")) {
        accept = true;
        return {};
    }
    if (base::iequals(value, "reject")) {
        accept = false;
        return {};
    }
    return wrong(fmt::format("{}: '{}' is not known; right would be accept or reject", key, value));
}

SetResult set_attachments(Rules& rules, std::string_view value) {
    return set_accept(rules.attachments, "attachments", value);
}

SetResult set_html(Rules& rules, std::string_view value) {
    return set_accept(rules.html, "html", value);
}

SetResult set_quota(Rules& rules, std::string_view value) {
    return set_size(rules.quota, "quota", value);
}

SetResult set_keep(Rules& rules, std::string_view value) {
    std::optional<std::uint64_t> count;
    std::optional<std::chrono::seconds> age;
    if (!value.empty()) {
        for (const std::string_view item : split_at_commas(value)) {
            const auto number = parse_number(item);
            const auto duration = number ? std::nullopt : parse_duration(item);
            if ((number && count) || (duration && age) || (!number && !duration)) {
                return wrong(fmt::format("keep: '{}' is not known; right would be an age (30d, "
                                         "12h), a count (500) or both: keep=30d,500",
                                         value));
            }
            count = number ? number : count;
            age = duration ? duration : age;
        }
    }
    rules.keep_count = count;
    rules.keep_age = age;
    return {};
}

SetResult set_quiet(Rules& rules, std::string_view value) {
    if (value.empty() || base::iequals(value, "no") || base::iequals(value, "false")) {
        rules.quiet = false;
        return {};
    }
    if (base::iequals(value, "yes") || base::iequals(value, "true")) {
        rules.quiet = true;
        return {};
    }
    return wrong(fmt::format("quiet: '{}' is not known; right would be yes or no", value));
}

SetResult set_digest(Rules& rules, std::string_view value) {
    if (value.empty()) {
        rules.digest.clear();
        return {};
    }
    const auto mailbox = mail::parse_mailbox(value);
    if (!mailbox || mailbox->domain.empty()) {
        return wrong(fmt::format(
            "digest: '{}' is no mail address; right would be digest=bea@example.net", value));
    }
    rules.digest = mailbox->text();
    return {};
}

// A word without a dot is more often one that was meant for another ("knwon") than the name of a host, and as a
// domain it would refuse everybody: such a host is written with an "@".
bool needs_at(std::string_view domain) {
    return !domain.contains('.') && !domain.contains('@') && domain != "localhost";
}

std::string printed_senders(const Rules& rules) {
    std::string text(rules.senders == Rules::Senders::list ? "" : to_string(rules.senders));
    for (const std::string& entry : rules.sender_list) {
        text += text.empty() ? "" : ",";
        text += needs_at(entry) ? "@" : "";
        text += entry;
    }
    return text;
}

struct RuleKey {
    std::string_view name;
    SetResult (*set)(Rules&, std::string_view value);
};

// In the order of DESIGN 5.6.
constexpr std::array<RuleKey, 10> rule_keys{{{"senders", set_senders},
                                             {"otherwise", set_otherwise},
                                             {"max_size", set_max_size},
                                             {"max_lines", set_max_lines},
                                             {"attachments", set_attachments},
                                             {"html", set_html},
                                             {"quota", set_quota},
                                             {"keep", set_keep},
                                             {"quiet", set_quiet},
                                             {"digest", set_digest}}};

} // namespace

std::string_view to_string(Rules::Senders senders) {
    switch (senders) {
    case Rules::Senders::any:
        return "any";
    case Rules::Senders::known:
        return "known";
    case Rules::Senders::internal:
        return "internal";
    case Rules::Senders::none:
        return "none";
    case Rules::Senders::list:
        return "list";
    }
    return "any";
}

bool may_hold(const Rules& rules) {
    return rules.hold &&
           (rules.senders == Rules::Senders::known || rules.senders == Rules::Senders::list);
}

std::optional<Rules::Senders> parse_senders_word(std::string_view text) {
    using enum Rules::Senders;
    for (const auto word : {any, known, internal, none}) {
        if (base::iequals(text, to_string(word))) {
            return word;
        }
    }
    return std::nullopt;
}

std::expected<std::string, RuleError> parse_sender_entry(std::string_view text) {
    if (!text.empty() && !parse_senders_word(text)) {
        const std::size_t at = text.rfind('@');
        if (at == std::string_view::npos || at == 0) {
            auto domain = mail::normalise_domain(text.substr(at == 0 ? 1 : 0), true);
            if (domain && at != 0 && needs_at(*domain)) {
                return wrong(fmt::format(
                    "senders: '{}' is not known; right would be any, known, internal or none, or "
                    "addresses and domains; one without a dot is written senders=@{}",
                    text, *domain));
            }
            if (domain) {
                return *std::move(domain);
            }
        } else if (text.starts_with("*@")) {
            return wrong(fmt::format("senders: '{}' matches nobody; right would be senders={}, "
                                     "which matches all addresses there",
                                     text, text.substr(2)));
        } else if (const auto mailbox = mail::parse_mailbox(text)) {
            return base::lowered(mailbox->text());
        }
    }
    return wrong(fmt::format("senders: '{}' is not known; right would be any, known, internal or "
                             "none alone, or addresses and domains: "
                             "senders=bea@example.net,example.org",
                             text));
}

bool list_matches(const std::vector<std::string>& list, const mail::Mailbox& sender) {
    if (sender.is_null()) {
        return false;
    }
    std::string address;
    for (const std::string& entry : list) {
        if (entry == sender.domain) {
            return true;
        }
        if (entry.size() > sender.domain.size() && entry.ends_with(sender.domain)) {
            if (address.empty()) {
                address = base::lowered(sender.text());
            }
            if (entry == address) {
                return true;
            }
        }
    }
    return false;
}

std::vector<std::string> split_assignments(std::string_view text) {
    const auto begins_one = [](std::string_view rest) {
        return std::ranges::any_of(rule_keys, [&](const RuleKey& each) {
            return base::istarts_with(rest, each.name) &&
                   rest.substr(each.name.size()).starts_with('=');
        });
    };
    std::vector<std::string> all;
    text = base::trim(text);
    std::size_t begin = 0;
    for (std::size_t at = 1; at < text.size(); ++at) {
        // No value begins with a key: "max_lines= quiet=yes" has lost a space to whoever trims values.
        const char before = text[at - 1];
        if ((before == ' ' || before == '\t' || before == '=') && begins_one(text.substr(at))) {
            all.emplace_back(base::trim(text.substr(begin, at - begin)));
            begin = at;
        }
    }
    all.emplace_back(text.substr(begin));
    return all;
}

std::expected<void, RuleError> set_rule(Rules& rules, std::string_view key,
                                        std::string_view value) {
    const auto* const row = std::ranges::find_if(
        rule_keys, [&](const RuleKey& each) { return base::iequals(each.name, key); });
    if (row == rule_keys.end()) {
        return wrong(
            fmt::format("there is no rule '{}'; right would be senders, otherwise, max_size, "
                        "max_lines, attachments, html, quota, keep, quiet or digest",
                        key));
    }
    return row->set(rules, base::trim(value));
}

std::expected<void, RuleError> check_rules(chat::EntityKind kind, const Rules& rules) {
    if (kind == chat::EntityKind::person) {
        return {};
    }
    if (rules.hold) {
        return wrong("otherwise: mail is held for persons only, since a place has nobody who alone "
                     "could say what becomes of it; right would be otherwise=reject, or an alias "
                     "to a person who holds mail");
    }
    if (!rules.digest.empty()) {
        return wrong("digest: only a person is told what waits; right would be digest= of those "
                     "who read this place");
    }
    return {};
}

std::vector<std::string> print_rules(const Rules& rules) {
    std::vector<std::string> lines;
    if (rules.senders != Rules::Senders::any) {
        lines.push_back("senders=" + printed_senders(rules));
    }
    if (rules.hold) {
        lines.emplace_back("otherwise=hold");
    }
    if (rules.max_size) {
        lines.push_back(fmt::format("max_size={}", *rules.max_size));
    }
    if (rules.max_lines) {
        lines.push_back(fmt::format("max_lines={}", *rules.max_lines));
    }
    if (!rules.attachments) {
        lines.emplace_back("attachments=reject");
    }
    if (!rules.html) {
        lines.emplace_back("html=reject");
    }
    if (rules.quota) {
        lines.push_back(fmt::format("quota={}", *rules.quota));
    }
    if (rules.keep_age && rules.keep_count) {
        lines.push_back(
            fmt::format("keep={},{}", print_duration(*rules.keep_age), *rules.keep_count));
    } else if (rules.keep_age) {
        lines.push_back("keep=" + print_duration(*rules.keep_age));
    } else if (rules.keep_count) {
        lines.push_back(fmt::format("keep={}", *rules.keep_count));
    }
    if (rules.quiet) {
        lines.emplace_back("quiet=yes");
    }
    if (!rules.digest.empty()) {
        lines.push_back("digest=" + rules.digest);
    }
    return lines;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    struct Unit {
        std::string_view suffix;
        std::uint64_t octets;
    };

    constexpr std::array<Unit, 3> units{{{"KB", 1'000}, {"MB", 1'000'000}, {"GB", 1'000'000'000}}};

    std::uint64_t factor = 1;
    for (const Unit& unit : units) {
        if (text.size() > unit.suffix.size() &&
            base::iequals(text.substr(text.size() - unit.suffix.size()), unit.suffix)) {
            factor = unit.octets;
            text.remove_suffix(unit.suffix.size());
            break;
        }
    }
    const auto number = parse_number(text);
    if (!number) {
        return std::nullopt;
    }
    return multiplied(*number, factor);
}

namespace {

struct DurationUnit {
    char letter;
    std::uint64_t seconds;
};

constexpr std::array<DurationUnit, 5> duration_units{
    {{'w', 604'800}, {'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

// A hundred years: enough for everything, and far from what arithmetic with clocks can bear.
constexpr std::uint64_t longest_duration = 36'500ULL * 86'400ULL;

} // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto* const unit =
        std::ranges::find(duration_units, base::to_lower(text.back()), &DurationUnit::letter);
    if (unit == duration_units.end()) {
        return std::nullopt;
    }
    const auto number = parse_number(text.substr(0, text.size() - 1));
    const auto seconds = number ? multiplied(*number, unit->seconds) : std::nullopt;
    if (!seconds || *seconds > longest_duration) {
        return std::nullopt;
    }
    return std::chrono::seconds{static_cast<std::int64_t>(*seconds)};
}

std::string print_duration(std::chrono::seconds duration) {
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    for (const DurationUnit& unit : duration_units) {
        // Weeks are read, but days are what people compare.
        if (unit.letter != 'w' && seconds % unit.seconds == 0 && seconds > 0) {
            return fmt::format("{}{}", seconds / unit.seconds, unit.letter);
        }
    }
    return "0s";
}

} // namespace mailcast::delivery
