#include "app/command/command_line.h"

#include "app/configuration/settings.h"
#include "app/version.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <sstream>
#include <string_view>
#include <vector>

namespace mailcast::app {

namespace {

constexpr const char* description =
    "Mailcast brings mail into live conversation.\n"
    "Settings come from -c FILE, $MAILCAST_CONFIG, ./mailcast.toml or "
    "/etc/mailcast/mailcast.toml.";

// All that may be said, in the variables that CLI11 writes to, and the Command made of it.
class Grammar {
  public:
    Grammar();

    std::variant<Command, Ending> parse(std::span<const std::string> words);

  private:
    CLI::App* verb(CLI::App& parent, const char* name, const char* help);
    CLI::App* request(CLI::App& parent, const char* name, const char* help, const char* full);
    void add_server_verbs();
    void add_person_verbs();
    void add_place_verbs();
    void add_alias_verbs();
    void add_reading_verbs();
    std::string unknown_word(std::span<const std::string> words) const;

    CLI::App app_{description, "mailcast"};
    std::string configuration_;
    Command command_;
    Perform perform_;
    Parse parse_;
    Watch watch_;
    Postfix postfix_;
    std::string explain_from_;
    std::string explain_origin_;
    std::int64_t limit_ = 0; // signed, so that a negative one is seen
    CLI::Option* limit_option_ = nullptr;
};

Grammar::Grammar() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string(version));
    app_.add_option("-c,--config", configuration_, "configuration file")->type_name("FILE");
    // "-c FILE" may stand behind the verb too.
    app_.fallthrough();
    add_server_verbs();
    add_person_verbs();
    add_place_verbs();
    add_alias_verbs();
    add_reading_verbs();
}

// "person add".
std::string path_of(const CLI::App& verb) {
    const CLI::App* parent = verb.get_parent();
    return parent == nullptr || parent->get_parent() == nullptr
               ? verb.get_name()
               : path_of(*parent) + " " + verb.get_name();
}

CLI::App* Grammar::verb(CLI::App& parent, const char* name, const char* help) {
    CLI::App* made = parent.add_subcommand(name, help);
    made->fallthrough();
    return made;
}

CLI::App* Grammar::request(CLI::App& parent, const char* name, const char* help, const char* full) {
    CLI::App* made = verb(parent, name, help);
    made->callback([this, full] {
        perform_.request.verb = full;
        command_.action = perform_;
    });
    return made;
}

void Grammar::add_server_verbs() {
    verb(app_, "serve", "run")->callback([this] { command_.action = Serve{}; });
    verb(app_, "check", "check the configuration")->callback([this] { command_.action = Check{}; });
    // Hidden: for the check that manual and program agree.
    verb(app_, "settings", "")->group("")->callback([this] { command_.action = Settings{}; });

    CLI::App* postfix =
        verb(app_, "postfix", "print the main.cf and master.cf lines for this configuration");
    postfix
        ->add_option("--recipe", postfix_.recipe,
                     "whole, shared (system accounts keep their mail) or subdomain; without it "
                     "the one that fits")
        ->type_name("NAME")
        ->check(CLI::IsMember({"whole", "shared", "subdomain"}));
    postfix->callback([this] { command_.action = postfix_; });

    CLI::App* status = request(app_, "status", "show the running server", "status");
    CLI::Option* as_json = status->add_flag("--json", perform_.request.json, "as JSON");
    status
        ->add_flag_callback(
            "--prometheus", [this] { perform_.request.values = {"prometheus"}; },
            "as metrics, for the textfile collector of the node exporter")
        ->excludes(as_json);

    CLI::App* watch = verb(app_, "watch", "follow live in the terminal");
    watch->add_option("WHOM", watch_.whom, "nick or uniform of a person or place")->required();
    watch->add_flag("--password-stdin", watch_.password_stdin,
                    "read the password from standard input, one line");
    watch->callback([this] { command_.action = watch_; });
}

void Grammar::add_person_verbs() {
    CLI::App* person = verb(app_, "person", "persons: who has a log and may log in");
    person->require_subcommand(1);

    CLI::App* add = request(*person, "add", "make a person", "person add");
    add->add_option("NICK", perform_.request.name)->required();
    add->add_flag("--password-stdin", perform_.password_stdin,
                  "read the password from standard input, one line; without a password nobody "
                  "can log in until 'person passwd'");
    add->parse_complete_callback([this] { perform_.password = Perform::Password::optional; });

    CLI::App* list = request(*person, "list", "show all persons", "person list");
    list->add_flag("--json", perform_.request.json, "as JSON");

    CLI::App* show = request(*person, "show", "show one person", "person show");
    show->add_option("NICK", perform_.request.name)->required();
    show->add_flag("--json", perform_.request.json, "as JSON");

    CLI::App* remove = request(*person, "remove", "remove a person and its log", "person remove");
    remove->add_option("NICK", perform_.request.name)->required();

    CLI::App* passwd = request(*person, "passwd", "set the password", "person passwd");
    passwd->add_option("NICK", perform_.request.name)->required();
    passwd->add_flag("--password-stdin", perform_.password_stdin,
                     "read the password from standard input, one line");
    passwd->parse_complete_callback([this] { perform_.password = Perform::Password::needed; });
}

void Grammar::add_place_verbs() {
    CLI::App* place = verb(app_, "place", "places: rooms that persons enter");
    place->require_subcommand(1);

    CLI::App* add = request(*place, "add", "make a place", "place add");
    add->add_option("NAME", perform_.request.name)->required();

    CLI::App* list = request(*place, "list", "show all places", "place list");
    list->add_flag("--json", perform_.request.json, "as JSON");

    CLI::App* show = request(*place, "show", "show one place", "place show");
    show->add_option("NAME", perform_.request.name)->required();
    show->add_flag("--json", perform_.request.json, "as JSON");

    CLI::App* remove = request(*place, "remove", "remove a place and its log", "place remove");
    remove->add_option("NAME", perform_.request.name)->required();
}

void Grammar::add_alias_verbs() {
    CLI::App* alias = verb(app_, "alias", "addresses that lead to somebody else");
    alias->require_subcommand(1);

    CLI::App* add = request(*alias, "add", "let an address lead to targets", "alias add");
    add->add_option("ADDRESS", perform_.request.name)->required();
    add->add_option("TARGET", perform_.request.values,
                    "~nick, *room, an address of ours, or a uniform")
        ->required();

    CLI::App* list = request(*alias, "list", "show aliases", "alias list");
    list->add_option("ADDRESS", perform_.request.name, "only this one");
    list->add_flag("--json", perform_.request.json, "as JSON");

    CLI::App* remove =
        request(*alias, "remove", "remove an alias, or some of its targets", "alias remove");
    remove->add_option("ADDRESS", perform_.request.name)->required();
    remove->add_option("TARGET", perform_.request.values, "only these; all when none is named");

    CLI::App* set = request(app_, "set", "set a person's or place's own rules", "set");
    set->add_option("ENTITY", perform_.request.name, "~nick, *room, @room or a uniform")
        ->required();
    set->add_option("KEY=VALUE", perform_.request.values,
                    "senders, otherwise, max_size, max_lines, attachments, html, quota, keep, "
                    "quiet, digest; an empty value gives the default back")
        ->required();
}

void Grammar::add_reading_verbs() {
    CLI::App* log = request(app_, "log", "show what an entity's log holds", "log");
    log->add_option("ENTITY", perform_.request.name, "~nick, *room, @room or a uniform")
        ->required();
    log->add_flag("--json", perform_.request.json, "one JSON object a line");
    limit_option_ = log->add_option("--limit", limit_, "only the newest N")->type_name("N");
    log->add_option("--since", perform_.request.since, "only what is behind this id")
        ->type_name("ID");

    CLI::App* mail = verb(app_, "mail", "stored mails");
    mail->require_subcommand(1);
    CLI::App* show = request(*mail, "show", "show one stored mail", "mail show");
    show->add_option("ID", perform_.request.name)->required();
    CLI::Option* raw = show->add_flag("--raw", perform_.request.raw, "the octets as they came");
    show->add_flag("--json", perform_.request.json, "as JSON")->excludes(raw);

    CLI::App* held =
        request(app_, "held", "mail that waits until its person says what becomes of it", "held");
    held->add_option("ENTITY", perform_.request.name, "~nick or a uniform")->required();
    held->add_option("WHAT", perform_.request.values,
                     "list; or release, always or never, and the number of a held mail or an "
                     "address: release is for this mail, always lets its sender in, never "
                     "drops it and refuses its sender from now on");
    held->add_flag("--json", perform_.request.json, "list: one JSON object a line");

    CLI::App* outbox = verb(app_, "outbox", "what waits to go to other nodes and mail servers");
    outbox->require_subcommand(1);
    CLI::App* waiting = request(*outbox, "list", "show all that waits", "outbox list");
    waiting->add_flag("--json", perform_.request.json, "one JSON object a line");
    CLI::App* item = request(*outbox, "show", "show one mail that waits", "outbox show");
    item->add_option("NUMBER", perform_.request.name)->required();
    CLI::Option* item_raw =
        item->add_flag("--raw", perform_.request.raw, "the octets that are sent to the smarthost");
    item->add_flag("--json", perform_.request.json, "as JSON")->excludes(item_raw);
    request(*outbox, "retry", "try one now", "outbox retry")
        ->add_option("NUMBER", perform_.request.name)
        ->required();
    request(*outbox, "drop", "take one out; nobody is told", "outbox drop")
        ->add_option("NUMBER", perform_.request.name)
        ->required();

    CLI::App* explain = verb(app_, "explain", "where a mail would go, and why; sends nothing");
    explain->add_option("ADDRESS", perform_.request.name)->required();
    CLI::Option* from = explain->add_option("--from", explain_from_, "the sender, <> for a bounce")
                            ->type_name("ADDR");
    explain->add_option("--origin", explain_origin_, "internal or external; without it both")
        ->type_name("ORIGIN")
        ->check(CLI::IsMember({"internal", "external"}));
    explain->add_flag("--json", perform_.request.json, "as JSON");
    explain->callback([this, from] {
        perform_.request.verb = "explain";
        if (from->count() > 0) {
            perform_.request.values.push_back("from=" + explain_from_);
        }
        if (!explain_origin_.empty()) {
            perform_.request.values.push_back("origin=" + explain_origin_);
        }
        command_.action = perform_;
    });

    CLI::App* parse = verb(app_, "parse", "show how a mail would be read");
    parse->add_option("FILE", parse_.file, "a mail, - is standard input")->required();
    parse->add_flag("--json", parse_.json, "as JSON");
    parse->callback([this] { command_.action = parse_; });
}

// A word in the place of a verb, or an option, that is none; "" when that is not what is wrong.
std::string Grammar::unknown_word(std::span<const std::string> words) const {
    const CLI::App* at = &app_;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string name = at == &app_ ? "mailcast" : "mailcast " + path_of(*at);
        if (words[i].starts_with("-")) {
            const std::string word = words[i].substr(0, words[i].find('='));
            const CLI::Option* option = at->get_option_no_throw(word);
            option = option == nullptr ? app_.get_option_no_throw(word) : option;
            if (option == nullptr) {
                return fmt::format("there is no option '{}'; '{} --help' lists all", word, name);
            }
            if (option->get_items_expected_max() > 0 && word == words[i]) {
                ++i; // its value
            }
            continue;
        }
        std::vector<std::string_view> known;
        const CLI::App* next = nullptr;
        for (const CLI::App* sub : at->get_subcommands(nullptr)) {
            if (sub->get_name() == words[i]) {
                next = sub;
            } else if (!sub->get_group().empty()) {
                known.emplace_back(sub->get_name());
            }
        }
        if (next != nullptr) {
            at = next;
            continue;
        }
        if (known.empty()) {
            continue; // an argument
        }
        const std::string_view guess = nearest(words[i], known);
        return guess.empty()
                   ? fmt::format("there is no command '{}'; '{} --help' lists all", words[i], name)
                   : fmt::format("there is no command '{}', did you mean '{}'?", words[i], guess);
    }
    return {};
}

std::variant<Command, Ending> Grammar::parse(std::span<const std::string> words) {
    try {
        // CLI11 takes the words from the back.
        app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream unused;
        if (app_.exit(error, out, unused) == 0) { // help and version
            return Ending{exit_done, out.str(), {}};
        }
        std::string fault = unknown_word(words);
        if (fault.empty()) {
            fault = error.what();
            if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
                fault += "; right would be a number";
            }
        }
        return Ending{exit_usage, {}, std::move(fault)};
    }
    if (!configuration_.empty()) {
        command_.configuration = configuration_;
    }
    if (auto* perform = std::get_if<Perform>(&command_.action)) {
        if (limit_option_->count() > 0) {
            if (limit_ < 0) {
                return Ending{exit_usage, {}, "--limit: right would be a number, 0 or more"};
            }
            perform->request.limit = static_cast<std::uint64_t>(limit_);
        }
        if (perform->request.since < 0) {
            return Ending{exit_usage, {}, "--since: right would be the id of a log entry"};
        }
    }
    return command_;
}

} // namespace

std::variant<Command, Ending> parse_command_line(std::span<const std::string> words) {
    Grammar grammar;
    return grammar.parse(words);
}

} // namespace mailcast::app
