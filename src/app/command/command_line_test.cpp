#include "app/command/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::app {
namespace {

std::variant<Command, Ending> parsed(const std::vector<std::string>& words) {
    return parse_command_line(words);
}

Request request_of(const std::vector<std::string>& words) {
    const auto result = parsed(words);
    const auto* command = std::get_if<Command>(&result);
    const auto* perform = command == nullptr ? nullptr : std::get_if<Perform>(&command->action);
    if (perform == nullptr) {
        ADD_FAILURE() << "no request";
        return {};
    }
    return perform->request;
}

TEST(CommandLine, every_account_command_becomes_its_request) {
    struct Row {
        std::vector<std::string> words;
        Request request;
    };

    const auto made = [](auto change) {
        Request request;
        change(request);
        return request;
    };
    const std::vector<Row> rows{
        {{"person", "add", "ada"}, made([](Request& r) { r.verb = "person add", r.name = "ada"; })},
        {{"person", "list"}, made([](Request& r) { r.verb = "person list"; })},
        {{"person", "list", "--json"},
         made([](Request& r) { r.verb = "person list", r.json = true; })},
        {{"person", "show", "ada", "--json"},
         made([](Request& r) { r.verb = "person show", r.name = "ada", r.json = true; })},
        {{"person", "remove", "ada"},
         made([](Request& r) { r.verb = "person remove", r.name = "ada"; })},
        {{"person", "passwd", "ada"},
         made([](Request& r) { r.verb = "person passwd", r.name = "ada"; })},
        {{"place", "add", "lab"}, made([](Request& r) { r.verb = "place add", r.name = "lab"; })},
        {{"place", "list", "--json"},
         made([](Request& r) { r.verb = "place list", r.json = true; })},
        {{"alias", "add", "info@h", "~ada", "*lab", "@ops"}, made([](Request& r) {
             r.verb = "alias add", r.name = "info@h", r.values = {"~ada", "*lab", "@ops"};
         })},
        {{"alias", "remove", "info@h"},
         made([](Request& r) { r.verb = "alias remove", r.name = "info@h"; })},
        {{"alias", "list"}, made([](Request& r) { r.verb = "alias list"; })},
        {{"set", "~ada", "senders=bea@example.net,example.org", "max_size=", "quiet=yes"},
         made([](Request& r) {
             r.verb = "set", r.name = "~ada",
             r.values = {"senders=bea@example.net,example.org", "max_size=", "quiet=yes"};
         })},
        {{"log", "@lab", "--limit", "5", "--since=17", "--json"}, made([](Request& r) {
             r.verb = "log", r.name = "@lab", r.limit = 5, r.since = 17, r.json = true;
         })},
        {{"log", "*lab"}, made([](Request& r) { r.verb = "log", r.name = "*lab"; })},
        {{"mail", "show", "01JD", "--raw"},
         made([](Request& r) { r.verb = "mail show", r.name = "01JD", r.raw = true; })},
        {{"status", "--json"}, made([](Request& r) { r.verb = "status", r.json = true; })},
        {{"status", "--prometheus"},
         made([](Request& r) { r.verb = "status", r.values = {"prometheus"}; })},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(request_of(row.words), row.request) << row.request.verb;
    }
}

TEST(CommandLine, the_configuration_may_stand_before_or_behind_the_verb) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"-c", "x.toml", "person", "show", "ada"},
          std::vector<std::string>{"person", "show", "ada", "-c", "x.toml"},
          std::vector<std::string>{"person", "-c", "x.toml", "show", "ada"},
          std::vector<std::string>{"person", "show", "-c", "x.toml", "ada"},
          std::vector<std::string>{"check", "-c", "x.toml"},
          std::vector<std::string>{"serve", "-cx.toml"},
          std::vector<std::string>{"set", "~ada", "a=b", "-c", "x.toml"}}) {
        const auto result = parsed(words);
        ASSERT_TRUE(std::holds_alternative<Command>(result)) << std::get<Ending>(result).error;
        EXPECT_EQ(std::get<Command>(result).configuration, "x.toml");
    }
}

TEST(CommandLine, only_what_makes_or_changes_a_password_asks_for_one) {
    const auto password_of = [](const std::vector<std::string>& words) {
        const auto result = parsed(words);
        return std::get<Perform>(std::get<Command>(result).action).password;
    };
    EXPECT_EQ(password_of({"person", "add", "ada"}), Perform::Password::optional);
    EXPECT_EQ(password_of({"person", "passwd", "ada"}), Perform::Password::needed);
    EXPECT_EQ(password_of({"person", "show", "ada"}), Perform::Password::none);
    const auto result = parsed({"person", "add", "ada", "--password-stdin"});
    EXPECT_TRUE(std::get<Perform>(std::get<Command>(result).action).password_stdin);
}

TEST(CommandLine, parse_takes_a_file_or_standard_input) {
    const auto result = parsed({"parse", "-", "--json"});
    ASSERT_TRUE(std::holds_alternative<Command>(result)) << std::get<Ending>(result).error;
    const auto& parse = std::get<Parse>(std::get<Command>(result).action);
    EXPECT_EQ(parse.file, "-");
    EXPECT_TRUE(parse.json);
}

TEST(CommandLine, wrong_usage_ends_with_2_and_says_why) {
    for (const auto& [words, says] : std::vector<std::pair<std::vector<std::string>, const char*>>{
             {{}, "subcommand"},
             {{"frobnicate"}, "there is no command 'frobnicate'"},
             {{"persn", "add", "ada"}, "did you mean 'person'"},
             {{"-c", "x", "chek"}, "did you mean 'check'"},
             {{"person"}, "subcommand"},
             {{"person", "frobnicate"},
              "there is no command 'frobnicate'; 'mailcast person --help' lists all"},
             {{"person", "ad", "ada"}, "did you mean 'add'"},
             {{"--frob"}, "there is no option '--frob'; 'mailcast --help' lists all"},
             {{"-c", "x", "person", "add", "ada", "--frob=1"},
              "there is no option '--frob'; 'mailcast person add --help' lists all"},
             {{"log", "~ada", "--since", "x"}, "--since = x; right would be a number"},
             {{"person", "add"}, "NICK"},
             {{"person", "add", "ada", "bea"}, "bea"},
             {{"person", "show", "ada", "--jsn"}, "--jsn"},
             {{"alias", "add", "info@h"}, "TARGET"},
             {{"set", "~ada"}, "KEY=VALUE"},
             {{"log", "~ada", "--limit", "many"}, "many"},
             {{"log", "~ada", "--limit", "-1"}, "--limit"},
             {{"log", "~ada", "--since", "-5"}, "--since"},
             {{"mail", "show", "ID", "--raw", "--json"}, "--raw"},
             {{"parse"}, "FILE"},
             {{"check", "-c"}, "-c"},
             {{"watch"}, "WHOM"}}) {
        const auto result = parsed(words);
        ASSERT_TRUE(std::holds_alternative<Ending>(result)) << says;
        const auto& ending = std::get<Ending>(result);
        EXPECT_EQ(ending.exit, exit_usage);
        EXPECT_TRUE(ending.out.empty());
        EXPECT_NE(ending.error.find(says), std::string::npos) << ending.error;
    }
}

TEST(CommandLine, version_and_help_end_with_0_on_standard_output) {
    const auto version = std::get<Ending>(parsed({"--version"}));
    EXPECT_EQ(version.exit, exit_done);
    EXPECT_TRUE(version.error.empty());
    EXPECT_EQ(version.out.find_first_not_of("0123456789.\n"), std::string::npos) << version.out;
    EXPECT_GE(version.out.size(), 5U);
    const auto help = std::get<Ending>(parsed({"--help"}));
    EXPECT_EQ(help.exit, exit_done);
    EXPECT_NE(help.out.find("person"), std::string::npos);
    EXPECT_EQ(help.out.find("settings"), std::string::npos) << help.out;
    EXPECT_EQ(std::get<Ending>(parsed({"person", "add", "--help"})).exit, exit_done);
}

} // namespace
} // namespace mailcast::app
