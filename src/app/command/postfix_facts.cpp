#include "app/command/postfix_facts.h"

#include "base/ascii.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace mailcast::app {

namespace {

constexpr std::size_t max_file = 1'048'576;
constexpr std::size_t max_value = 65'536;
constexpr int max_depth = 20;
constexpr std::size_t max_accounts = 10'000;
// Accounts of persons, as Debian's adduser makes them.
constexpr uid_t first_person = 1000;
constexpr uid_t last_person = 59'999;

bool is_name(char c) {
    return base::is_alnum(c) || c == '_';
}

std::string expand(const std::map<std::string, std::string>& settings, std::string_view value,
                   int depth) {
    std::string out;
    for (std::size_t i = 0; i < value.size() && out.size() < max_value; ++i) {
        if (value[i] != '$' || i + 1 == value.size()) {
            out += value[i];
            continue;
        }
        const char bracket = value[i + 1];
        const bool bracketed = bracket == '{' || bracket == '(';
        std::size_t end = i + (bracketed ? 2 : 1);
        const std::size_t begin = end;
        while (end < value.size() && is_name(value[end])) {
            ++end;
        }
        const auto found = settings.find(std::string(value.substr(begin, end - begin)));
        if (found != settings.end() && depth < max_depth) {
            out += expand(settings, found->second, depth + 1);
        }
        i = bracketed ? std::min(value.find(bracket == '{' ? '}' : ')', end), value.size())
                      : end - 1;
    }
    return out;
}

} // namespace

std::map<std::string, std::string> parse_main_cf(std::string_view text) {
    std::map<std::string, std::string> settings;
    std::string* last = nullptr;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const std::string_view content = base::trim(line);
        if (content.empty() || content.starts_with('#')) {
            continue; // within a continued value, too
        }
        if (base::is_blank(line.front())) {
            if (last != nullptr && last->size() < max_value) {
                last->append(" ").append(content);
            }
            continue;
        }
        const std::size_t equals = content.find('=');
        last = nullptr;
        if (equals != std::string_view::npos) {
            last = &settings[std::string(base::trim(content.substr(0, equals)))];
            *last = base::trim(content.substr(equals + 1));
        }
    }
    return settings;
}

std::string expanded(const std::map<std::string, std::string>& settings, std::string_view value) {
    return expand(settings, value, 0);
}

PostfixFacts facts_of(std::string_view main_cf, const std::string& host) {
    std::map<std::string, std::string> settings = parse_main_cf(main_cf);
    settings.try_emplace("myhostname", host);
    const std::string name = expanded(settings, settings["myhostname"]);
    const std::size_t dot = name.find('.');
    settings.try_emplace("mydomain",
                         dot == std::string::npos ? "localdomain" : name.substr(dot + 1));
    settings.try_emplace("mydestination", "$myhostname, localhost.$mydomain, localhost");
    PostfixFacts facts;
    facts.readable = true;
    if (const auto queue = settings.find("queue_directory"); queue != settings.end()) {
        facts.queue_directory = expanded(settings, queue->second);
    }
    const std::string destinations = expanded(settings, settings["mydestination"]);
    std::string word;
    for (const char c : destinations + " ") {
        if (!base::is_blank(c) && c != ',') {
            word += base::to_lower(c);
            continue;
        }
        if (!word.empty() && word.find_first_of("/:") == std::string::npos) {
            facts.mydestination.push_back(word);
        }
        word.clear();
    }
    return facts;
}

PostfixFacts read_postfix() {
    const char* folder = std::getenv("MAIL_CONFIG"); // NOLINT(concurrency-mt-unsafe): one thread
    const std::string path =
        std::string(folder != nullptr && *folder != '\0' ? folder : "/etc/postfix") + "/main.cf";
    std::ifstream file(path, std::ios::binary);
    PostfixFacts facts;
    if (file) {
        std::string text(max_file, '\0');
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
        std::array<char, 256> host{};
        const bool named = ::gethostname(host.data(), host.size() - 1) == 0;
        facts = facts_of(text, named ? host.data() : "localhost");
    }
    facts.main_cf = path;
    return facts;
}

std::vector<SystemAccount> read_system_accounts() {
    std::vector<SystemAccount> accounts;
    ::setpwent();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the command line has one thread
    while (const passwd* entry = ::getpwent()) {
        if (accounts.size() == max_accounts) {
            break;
        }
        accounts.push_back(
            {.name = base::lowered(entry->pw_name),
             .is_person = entry->pw_uid >= first_person && entry->pw_uid <= last_person});
    }
    ::endpwent();
    return accounts;
}

} // namespace mailcast::app
