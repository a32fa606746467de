// From TOML to a Configuration: the walk over the tables of the file, and what is settled at its end.

#include "app/configuration/configuration.h"
#include "app/configuration/draft.h"
#include "app/configuration/settings.h"
#include "app/configuration/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>
#include <utility>

namespace mailcast::app {

namespace {

constexpr std::string_view listener_prefix = "listener.";

const SettingRow* find_row(std::string_view key) {
    for (const auto rows : {node_rows(), listener_rows(), limit_rows(), elsewhere_rows()}) {
        if (const auto row = std::ranges::find(rows, key, &SettingRow::key); row != rows.end()) {
            return &*row;
        }
    }
    return nullptr;
}

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

// What was meant by a key that is not known below `prefix`; "" when nothing is near.
std::string_view guess_of(const std::string& prefix, std::string_view key) {
    // The very word at another place is a better guess than a similar word at this one.
    for (const Setting& setting : settings()) {
        if (setting.key.ends_with("." + std::string(key))) {
            return setting.key;
        }
    }
    const std::string_view here = nearest(key, words_behind(prefix));
    return here.empty() ? nearest_setting(prefix + std::string(key)) : here;
}

class Reader {
  public:
    explicit Reader(std::string folder) : file_{.folder = std::move(folder), .problems = {}} {}

    void read(const toml::table& root) { walk(root, ""); }

    Configuration take();
    std::vector<ConfigurationProblem> take_problems();

  private:
    void walk(const toml::table& table, const std::string& prefix);
    void walk_listeners(const toml::node& node);
    void unknown(const std::string& prefix, const toml::key& key);

    ConfigurationFile file_;
    ConfigurationDraft draft_;
};

void Reader::unknown(const std::string& prefix, const toml::key& key) {
    const std::string full = prefix + std::string(key.str());
    const std::string_view guess = guess_of(prefix, key.str());
    file_.wrong(line_of(key),
                guess.empty()
                    ? fmt::format("unknown key '{}', the nearest here is '{}'; mailcast.toml(5) "
                                  "lists all keys",
                                  full, closest(key.str(), words_behind(prefix)))
                    : fmt::format("unknown key '{}', did you mean '{}'?", full, guess));
}

void Reader::walk(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
        const std::string full = prefix + std::string(key.str());
        if (const SettingRow* row = find_row(full)) {
            std::string_view name = row->key;
            if (name.starts_with(listener_prefix)) {
                name.remove_prefix(listener_prefix.size());
            }
            row->apply(draft_, SettingValue(file_, name, node));
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
            file_.wrong(line_of(node),
                        fmt::format("{} must be a table; right would be [{}] on a line of its own",
                                    full, full));
        }
    }
}

void Reader::walk_listeners(const toml::node& node) {
    draft_.listeners_seen = true;
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous<toml::table>()) {
        file_.wrong(line_of(node),
                    "listener must be tables; right would be [[listener]] on a line of its own");
        return;
    }
    for (const toml::node& each : *list) {
        draft_.listener = ListenerDraft{};
        draft_.listener.line = line_of(each);
        draft_.listener.listener = default_configuration().listeners.front();
        walk(*each.as_table(), std::string(listener_prefix));
        finish_listener(draft_, file_);
    }
}

Configuration Reader::take() {
    Configuration& made = draft_.made;
    if (!draft_.data_dir_seen) {
        made.data_dir = file_.resolved(made.data_dir);
    }
    made.domains.clear();
    made.domains.push_back(made.hostname);
    for (std::string& domain : draft_.domains) {
        if (std::ranges::find(made.domains, domain) == made.domains.end()) {
            made.domains.push_back(std::move(domain));
        }
    }
    const auto apply = [this](delivery::OriginPolicy& policy, const LimitOverrides& own) {
        const LimitOverrides& common = draft_.common;
        policy.message_size =
            own.message_size.value_or(common.message_size.value_or(policy.message_size));
        policy.recipients = own.recipients.value_or(common.recipients.value_or(policy.recipients));
    };
    apply(made.internal, draft_.internal);
    apply(made.external, draft_.external);
    if (draft_.listeners_seen) {
        made.listeners.clear();
        for (PlacedListener& placed : draft_.listeners) {
            made.listeners.push_back(std::move(placed.listener));
        }
    }
    return std::move(made);
}

std::vector<ConfigurationProblem> Reader::take_problems() {
    std::ranges::sort(file_.problems, {}, [](const ConfigurationProblem& problem) {
        return std::tie(problem.line, problem.message);
    });
    return std::move(file_.problems);
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
    return made;
}

} // namespace mailcast::app
