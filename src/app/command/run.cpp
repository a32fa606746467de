#include "app/command/run.h"

#include "app/command/command_line.h"
#include "app/command/control_client.h"
#include "app/command/mail_file.h"
#include "app/command/password.h"
#include "app/command/performer.h"
#include "app/command/postfix_facts.h"
#include "app/command/postfix_recipe.h"
#include "app/command/reading_text.h"
#include "app/command/watch.h"
#include "app/configuration/settings.h"
#include "app/server/daemon.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"
#include "delivery/names.h"
#include "net/passwords.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mailcast::app {

namespace {

// Whether all of it arrived is asked once, at the end: see flushed().
void write_to(std::FILE* stream, std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

void print(std::string_view text) {
    write_to(stdout, text);
}

// One line, whatever stands in it.
int complain(int exit, std::string_view text) {
    const std::string line = fmt::format("mailcast: {}\n", base::safe_line(base::trim(text)));
    write_to(stderr, line);
    return exit;
}

int complain(const ConfigurationError& error) {
    const std::string text = error.text();
    write_to(stderr, text);
    return exit_usage;
}

// Output that did not arrive, as on a full disk, was not done.
int flushed(int exit) {
    const bool arrived = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!arrived && exit == exit_done) {
        return complain(exit_failed, "the output could not be written");
    }
    return exit;
}

int run_settings() {
    for (const Setting& setting : settings()) {
        print(fmt::format("{}\n", setting.key));
    }
    return exit_done;
}

int run_parse(const Parse& parse) {
    const auto mail = MailFile::open(parse.file);
    if (!mail) {
        return complain(exit_failed, mail.error());
    }
    print(parse.json ? reading_json(mail->octets()) + "\n" : reading_text(mail->octets()));
    return exit_done;
}

// Without a password on standard input, whoever may use the control socket gets in by it; a person of
// a node whose socket is not ours is asked.
int run_watch(const Configuration& configuration, const Watch& watch_command) {
    if (watch_command.password_stdin) {
        auto password = read_password_line();
        return password ? watch(configuration, {watch_command.whom, *std::move(password)})
                        : complain(exit_usage, password.error());
    }
    if (auto pass = watch_pass(configuration, watch_command.whom)) {
        return watch(configuration, {watch_command.whom, *std::move(pass)});
    } else if (!on_a_terminal()) {
        return complain(exit_failed, pass.error());
    }
    auto password = ask_password(false);
    return password ? watch(configuration, {watch_command.whom, *std::move(password)})
                    : complain(exit_usage, password.error());
}

// What is kept of the password of `person add` and `person passwd`; all "" when none is to be set.
struct Kept {
    std::string hash;
    std::string scram;
};

std::expected<Kept, std::string> kept_of_password_for(const Perform& perform_command) {
    if (perform_command.password == Perform::Password::none) {
        return Kept{};
    }
    std::expected<std::string, std::string> password;
    if (perform_command.password_stdin) {
        password = read_password_line();
    } else if (on_a_terminal()) {
        password = ask_password(true);
    } else if (perform_command.password == Perform::Password::optional) {
        return Kept{};
    } else {
        return std::unexpected("this is no terminal to ask for the password; right would be "
                               "--password-stdin");
    }
    if (!password) {
        return std::unexpected(password.error());
    }
    auto hash = hash_password(*password);
    std::string scram = net::make_scram(*password);
    forget(*password);
    if (!hash) {
        return std::unexpected("there is not memory enough to hash the password (64 MB)");
    }
    return Kept{.hash = *std::move(hash), .scram = std::move(scram)};
}

int run_perform(const Configuration& configuration, const Perform& perform_command) {
    Request request = perform_command.request;
    // Before a password is asked for.
    if (perform_command.password == Perform::Password::optional) {
        const auto name = delivery::parse_entity_name(request.name);
        if (const auto fault =
                delivery::name_fault(chat::EntityKind::person, name ? name->name : request.name)) {
            return complain(exit_usage, *fault);
        }
    }
    auto kept = kept_of_password_for(perform_command);
    if (!kept) {
        return complain(exit_usage, kept.error());
    }
    request.password_hash = std::move(kept->hash);
    request.scram = std::move(kept->scram);
    const Reply reply = perform(configuration, request, print);
    if (reply.exit != exit_done) {
        static_cast<void>(std::fflush(stdout));
        return complain(reply.exit, reply.error);
    }
    return exit_done;
}

void print_listener(const Listener& listener) {
    std::string line = fmt::format("{:<10} {} {}", "listener", to_string(listener.protocol),
                                   to_string(listener.address));
    if (listener.protocol != Protocol::psyc && listener.protocol != Protocol::irc &&
        listener.protocol != Protocol::socketmap) {
        line += fmt::format(" origin={}", mail::to_string(listener.origin));
    }
    print(fmt::format("{} tls={}\n", line, to_string(listener.tls)));
}

// Asks a running server only: a check opens no store, since opening one may change it.
bool is_missing(const Configuration& configuration, std::string_view entity) {
    auto client = ControlClient::connect(configuration.data_dir);
    const auto name = delivery::parse_entity_name(entity);
    if (!client || !name) {
        return false;
    }
    for (const auto& [kind, verb] : {std::pair{chat::EntityKind::person, "person show"},
                                     std::pair{chat::EntityKind::place, "place show"}}) {
        if (name->kind.value_or(kind) != kind) {
            continue;
        }
        Request request;
        request.verb = verb;
        request.name = name->name;
        const auto reply = client->perform(request);
        if (!reply || reply->exit == exit_done) {
            return false;
        }
    }
    return true;
}

int run_postfix(const Configuration& configuration, const Postfix& command) {
    const PostfixFacts facts = read_postfix();
    const PostfixRecipe recipe =
        parse_recipe(command.recipe).value_or(fitting_recipe(configuration, facts));
    const auto text = print_recipe(configuration, facts, read_system_accounts(), recipe);
    if (!text) {
        return complain(exit_failed, text.error());
    }
    print(*text);
    return exit_done;
}

// Of a running server; a check opens no store.
std::vector<std::string> running_persons(const Configuration& configuration) {
    auto client = ControlClient::connect(configuration.data_dir);
    Request request;
    request.verb = "person list";
    const auto reply = client ? client->perform(request) : std::unexpected(std::string());
    std::vector<std::string> nicks;
    std::string_view rest = reply ? std::string_view(reply->out) : std::string_view{};
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::string_view word = line.substr(0, line.find(' '));
        nicks.emplace_back(word.starts_with('~') ? word.substr(1) : word);
    }
    return nicks;
}

int run_check(const Configuration& configuration) {
    print(fmt::format("{:<10} {}\n", "file",
                      configuration.file.empty() ? "none: built-in defaults" : configuration.file));
    print(fmt::format("{:<10} psyc://{}/\n", "node", configuration.hostname));
    print(fmt::format("{:<10} {}\n", "domains", fmt::join(configuration.domains, " ")));
    print(fmt::format("{:<10} {}\n", "data", configuration.data_dir));
    print(fmt::format("{:<10} {}\n", "store", configuration.store_url));
    for (const Listener& listener : configuration.listeners) {
        print_listener(listener);
    }
    if (configuration.postmaster.empty()) {
        print("warning    no postmaster is set: its mail goes to a person or place of that name, "
              "else to the first person\n");
    } else if (is_missing(configuration, configuration.postmaster)) {
        print(fmt::format("warning    the postmaster {} does not exist; make it with 'mailcast "
                          "person add' or 'mailcast place add'\n",
                          configuration.postmaster));
    }
    for (const std::string& clash : clashes(configuration, read_postfix(), read_system_accounts(),
                                            running_persons(configuration))) {
        print(fmt::format("warning    {}\n", clash));
    }
    print("ok\n");
    return exit_done;
}

struct Runner {
    const std::optional<std::string>& chosen;

    int operator()(const Settings&) const { return run_settings(); }

    int operator()(const Parse& parse) const { return run_parse(parse); }

    int operator()(const Serve&) const { return with_configuration(serve); }

    int operator()(const Check&) const { return with_configuration(run_check); }

    int operator()(const Postfix& postfix_command) const {
        return with_configuration([&](const Configuration& configuration) {
            return run_postfix(configuration, postfix_command);
        });
    }

    int operator()(const Watch& watch_command) const {
        return with_configuration([&](const Configuration& configuration) {
            return run_watch(configuration, watch_command);
        });
    }

    int operator()(const Perform& perform_command) const {
        return with_configuration([&](const Configuration& configuration) {
            return run_perform(configuration, perform_command);
        });
    }

    template <typename Action>
    int with_configuration(Action action) const {
        const auto configuration = load_chosen_configuration(chosen);
        if (!configuration) {
            return complain(configuration.error());
        }
        base::log::set_level(configuration->log_level);
        return action(*configuration);
    }
};

} // namespace

int run(std::span<const std::string> words) {
    const auto parsed = parse_command_line(words);
    if (const auto* ending = std::get_if<Ending>(&parsed)) {
        print(ending->out);
        return flushed(ending->error.empty() ? ending->exit
                                             : complain(ending->exit, ending->error));
    }
    const auto& command = std::get<Command>(parsed);
    return flushed(std::visit(Runner{command.configuration}, command.action));
}

} // namespace mailcast::app
