// One value of the configuration file, read as what its setting wants.  What it is not is reported
// with its line and with what would be right, and reading goes on.  Views of the parsed TOML and of
// the key; neither outlives parse_configuration().  One thread.
#pragma once

#include "app/configuration/configuration.h"
#include "base/address_set.h"
#include "delivery/rate_limits.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace mailcast::app {

int line_of(const toml::node& node);
int line_of(const toml::key& key);

// The file that is being read: where its relative paths begin, and what is wrong with it so far.
struct ConfigurationFile {
    std::string folder;
    std::vector<ConfigurationProblem> problems;

    void wrong(int line, std::string message) { problems.push_back({line, std::move(message)}); }

    // `path` as one that begins at the folder of the file when it is relative.
    std::string resolved(std::string_view path) const;
};

// A setting that has one of a few words.
template <typename Meaning, std::size_t Count>
using Words = std::array<std::pair<std::string_view, Meaning>, Count>;

class SettingValue {
  public:
    // `key` is what messages call it, as it is written in its table.
    SettingValue(ConfigurationFile& file, std::string_view key, const toml::node& node)
        : file_(file), key_(key), node_(node) {}

    std::string_view key() const { return key_; }

    int line() const { return line_of(node_); }

    const ConfigurationFile& file() const { return file_; }

    void wrong(std::string message) const { file_.wrong(line(), std::move(message)); }

    // The string that stands there, if it is one; reports nothing.
    std::optional<std::string> text() const { return node_.value_exact<std::string>(); }

    // All of these: nullopt when it was no such value and has been reported.
    std::optional<std::string> string(std::string_view example) const;
    std::optional<std::uint64_t> number(std::uint64_t largest) const;
    std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t largest,
                                        std::uint64_t example) const;
    std::optional<std::uint64_t> size() const; // octets, at least 1
    std::optional<std::chrono::seconds> duration() const;
    std::optional<delivery::Rate> rate() const;
    std::optional<std::string> domain() const; // normalised
    std::optional<std::string> path() const;   // absolute, or below the folder of the file
    std::optional<std::uint32_t> permissions(std::string_view example) const; // of a file
    std::optional<base::AddressSet> networks(std::string_view example) const;

    // A path of a file; when it cannot be read that is reported, and the path stands.  `what` it
    // is: "a file", "a PEM file".
    std::optional<std::string> readable(std::string_view what) const;

    template <typename Meaning, std::size_t Count>
    std::optional<Meaning> choice(const Words<Meaning, Count>& words) const;

    // The members of a list.
    void each(std::string_view example,
              const std::function<void(const SettingValue& member)>& apply) const;

    // The members of a list, or the one value that stands there without brackets.
    void each_or_one(const std::function<void(const SettingValue& member)>& apply) const;

    // The members of a table whose keys are host names.
    void each_host(std::string_view example,
                   const std::function<void(const std::string& host, const SettingValue& member)>&
                       apply) const;

  private:
    SettingValue member(const toml::node& node) const { return {file_, key_, node}; }

    std::optional<std::int64_t> integer() const { return node_.value_exact<std::int64_t>(); }

    // "key must be what, here it is value; right would be ..."
    void must_be(std::string_view what, std::string_view right) const;
    void wrong_word(const std::vector<std::string_view>& words) const;

    ConfigurationFile& file_;
    std::string_view key_;
    const toml::node& node_;
};

template <typename Meaning, std::size_t Count>
std::optional<Meaning> SettingValue::choice(const Words<Meaning, Count>& words) const {
    const auto given = text();
    std::vector<std::string_view> right;
    for (const auto& [word, meaning] : words) {
        if (given && *given == word) {
            return meaning;
        }
        right.push_back(word);
    }
    wrong_word(right);
    return std::nullopt;
}

} // namespace mailcast::app
