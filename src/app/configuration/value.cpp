#include "app/configuration/value.h"

#include "base/utf8.h"
#include "delivery/rules.h"
#include "mail/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace mailcast::app {

int line_of(const toml::node& node) {
    return static_cast<int>(node.source().begin.line);
}

namespace {

// As it stands in the file, in one line and not at length.
std::string written(const toml::node& node) {
    constexpr std::size_t most = 60;
    if (node.is_table()) {
        return "a table";
    }
    if (node.is_array()) {
        return "a list";
    }
    std::ostringstream out;
    node.visit([&out](const auto& value) {
        if constexpr (toml::is_value<decltype(value)>) {
            out << value;
        }
    });
    const std::string text = base::safe_line(out.str());
    const std::string_view head = base::utf8_prefix(text, most);
    return head.size() < text.size() ? std::string(head) + "..." : std::string(head);
}

} // namespace

int line_of(const toml::key& key) {
    return static_cast<int>(key.source().begin.line);
}

std::string ConfigurationFile::resolved(std::string_view path) const {
    // An absolute path on the right of / stands for itself.
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

void SettingValue::must_be(std::string_view what, std::string_view right) const {
    wrong(fmt::format("{} must be {}, here it is {}; right would be {}", key_, what, written(node_),
                      right));
}

std::optional<std::string> SettingValue::string(std::string_view example) const {
    auto given = text();
    if (given && given->find('\0') == std::string::npos) {
        return given;
    }
    must_be("a string", fmt::format("{} = \"{}\"", key_, example));
    return std::nullopt;
}

std::optional<std::uint64_t> SettingValue::number(std::uint64_t largest) const {
    return number(1, largest, 1000);
}

std::optional<std::uint64_t> SettingValue::number(std::uint64_t least, std::uint64_t largest,
                                                  std::uint64_t example) const {
    const auto given = integer();
    const bool negative = !given || *given < 0;
    const auto value = negative ? 0 : static_cast<std::uint64_t>(*given);
    if (negative || value < least || value > largest) {
        must_be(fmt::format("a number from {} to {}", least, largest),
                fmt::format("{} = {}", key_, std::min(example, largest)));
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint64_t> SettingValue::size() const {
    std::optional<std::uint64_t> octets;
    if (const auto given = text()) {
        octets = delivery::parse_size(*given);
    } else if (const auto value = integer(); value && *value > 0) {
        octets = static_cast<std::uint64_t>(*value);
    }
    if (!octets || *octets == 0) {
        must_be("a size in octets, or with KB or MB", fmt::format("{} = \"25MB\"", key_));
        return std::nullopt;
    }
    return octets;
}

std::optional<std::chrono::seconds> SettingValue::duration() const {
    std::optional<std::chrono::seconds> time;
    if (const auto given = text()) {
        time = delivery::parse_duration(*given);
    } else if (const auto value = integer(); value && *value > 0 && *value <= 36'500LL * 86'400) {
        time = std::chrono::seconds{*value};
    }
    if (!time || time->count() == 0) {
        must_be("a time in seconds, or with s, m, h or d", fmt::format("{} = \"5m\"", key_));
        return std::nullopt;
    }
    return time;
}

std::optional<delivery::Rate> SettingValue::rate() const {
    const auto given = text();
    auto rate = given ? delivery::parse_rate(*given) : std::nullopt;
    if (!rate) {
        must_be("a number of mails in a time", fmt::format("{} = \"100/1m\"", key_));
    }
    return rate;
}

std::optional<std::string> SettingValue::domain() const {
    const auto given = text();
    if (given && !given->starts_with('[')) {
        if (auto normalised = mail::normalise_domain(*given, true)) {
            return *std::move(normalised);
        }
    }
    must_be("a domain", "\"example.org\"");
    return std::nullopt;
}

std::optional<std::string> SettingValue::path() const {
    const auto given = string("/path/to/it");
    if (!given) {
        return std::nullopt;
    }
    if (given->empty()) {
        wrong(fmt::format("{} must not be empty", key_));
        return std::nullopt;
    }
    return file_.resolved(*given);
}

std::optional<std::string> SettingValue::readable(std::string_view what) const {
    auto file = path();
    if (file && access(file->c_str(), R_OK) != 0) {
        wrong(fmt::format("{}: {} cannot be read; it must be {} that mailcast may open", key_,
                          *file, what));
    }
    return file;
}

std::optional<std::uint32_t> SettingValue::permissions(std::string_view example) const {
    constexpr unsigned all = 0777;
    if (const auto given = text()) {
        unsigned value = 0;
        const char* end = given->data() + given->size();
        const auto [at, error] = std::from_chars(given->data(), end, value, 8);
        if (error == std::errc{} && at == end && value <= all) {
            return value;
        }
    } else if (const auto value = integer(); value && *value >= 0 && *value <= all) {
        return static_cast<std::uint32_t>(*value);
    }
    must_be("the octal permissions of the socket", fmt::format("{} = \"{}\"", key_, example));
    return std::nullopt;
}

std::optional<base::AddressSet> SettingValue::networks(std::string_view example) const {
    if (!node_.is_array()) {
        must_be("a list", example);
        return std::nullopt;
    }
    base::AddressSet networks;
    each(example, [&](const SettingValue& network) {
        if (const auto added = networks.add(network.text().value_or("?")); !added) {
            network.wrong(fmt::format("{}: {}", key_, added.error()));
        }
    });
    return networks;
}

void SettingValue::each(std::string_view example,
                        const std::function<void(const SettingValue& member)>& apply) const {
    const toml::array* list = node_.as_array();
    if (list == nullptr) {
        must_be("a list", example);
        return;
    }
    for (const toml::node& one : *list) {
        apply(member(one));
    }
}

void SettingValue::each_or_one(const std::function<void(const SettingValue& member)>& apply) const {
    if (node_.is_array()) {
        each("", apply);
    } else {
        apply(*this);
    }
}

void SettingValue::each_host(
    std::string_view example,
    const std::function<void(const std::string& host, const SettingValue& member)>& apply) const {
    const toml::table* table = node_.as_table();
    if (table == nullptr) {
        must_be("a table", fmt::format("[{}] and {}", key_, example));
        return;
    }
    for (const auto& [name, value] : *table) {
        const auto host = mail::normalise_domain(name.str(), true);
        if (host && !name.str().starts_with('[')) {
            apply(*host, member(value));
        } else {
            file_.wrong(line_of(name), fmt::format("{}: '{}' is no host name; right would be {}",
                                                   key_, name.str(), example));
        }
    }
}

void SettingValue::wrong_word(const std::vector<std::string_view>& words) const {
    std::string right;
    for (std::size_t i = 0; i < words.size(); ++i) {
        right += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        right += fmt::format("\"{}\"", words[i]);
    }
    if (const auto given = text()) {
        wrong(fmt::format("{}: '{}' is not known; right would be {}", key_, *given, right));
    } else {
        must_be("a string", right);
    }
}

} // namespace mailcast::app
