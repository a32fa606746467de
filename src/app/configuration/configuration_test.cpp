#include "app/configuration/configuration.h"
#include "app/configuration/settings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::app {
namespace {

struct Wrong {
    const char* name;
    const char* toml;
    std::vector<int> lines;
    const char* says; // a part of the first message
};

class WrongConfiguration : public testing::TestWithParam<Wrong> {};

TEST_P(WrongConfiguration, is_named_with_line_and_remedy) {
    const auto result = parse_configuration(GetParam().toml, "etc/mailcast.toml");
    ASSERT_FALSE(result);
    std::vector<int> lines;
    for (const ConfigurationProblem& problem : result.error().problems) {
        lines.push_back(problem.line);
    }
    EXPECT_EQ(lines, GetParam().lines) << result.error().text();
    EXPECT_NE(result.error().text().find(GetParam().says), std::string::npos)
        << result.error().text();
    EXPECT_TRUE(result.error().text().starts_with(
        "etc/mailcast.toml:" + std::to_string(GetParam().lines.front()) + ": "));
}

INSTANTIATE_TEST_SUITE_P(
    table, WrongConfiguration,
    testing::Values(
        Wrong{"syntax", "hostname = \"a\"\ndomains = [\n", {2}, "this is not TOML"},
        Wrong{"unknown_top", "hostnam = \"a\"\n", {1}, "did you mean 'hostname'"},
        Wrong{"unknown_table", "\n[limit]\nrecipients = 3\n", {2}, "did you mean 'limits'"},
        Wrong{"unknown_in_table",
              "[limits]\nmesage_size = \"3MB\"\n",
              {2},
              "did you mean 'message_size'"},
        Wrong{"unknown_in_listener",
              "[[listener]]\nprotocol = \"lmtp\"\nadress = \"127.0.0.1:1\"\n",
              {1, 3},
              "did you mean 'address'"},
        Wrong{"key_at_the_wrong_place",
              "message_size = \"3MB\"\n",
              {1},
              "did you mean 'limits.message_size'"},
        Wrong{"nothing_near",
              "[store]\nqqqqqqqqqqqqqqqqqqqq = 1\n",
              {2},
              "unknown key 'store.qqqqqqqqqqqqqqqqqqqq', the nearest here is '"},
        Wrong{"nearest_in_the_same_table", "[store]\npath = \"x\"\n", {2}, "nearest here is 'url'"},
        Wrong{"wrong_type", "hostname = 3\n", {1}, "hostname must be a domain, here it is 3;"},
        Wrong{"value_is_named",
              "[limits]\nmessage_size = \"25 MB\"\n",
              {2},
              "octets, or with KB or MB, here it is '25 MB'; right would be "
              "limits.message_size = \"25MB\""},
        Wrong{"all_problems_not_only_the_first",
              "hostname = \"a b\"\n[limits]\nrecipients = 0\n[policy.external]\nsenders = "
              "\"friends\"\n",
              {1, 3, 5},
              "'friends' is not known; right would be \"any\", \"known\" or \"none\""},
        Wrong{"domains_no_list", "domains = \"example.org\"\n", {1}, "must be a list"},
        Wrong{"domain_in_list", "domains = [\n \"example.org\",\n \"not ok\"]\n", {3}, "not ok"},
        Wrong{"size", "[limits]\nmessage_size = \"25 elephants\"\n", {2}, "\"25MB\""},
        Wrong{"size_zero", "[limits.external]\nmessage_size = 0\n", {2}, "size"},
        Wrong{"duration", "[limits]\ncommand_timeout = \"soon\"\n", {2}, "\"5m\""},
        Wrong{"etrn_without_port", "[etrn]\naddress = \"mx.example.org\"\n", {2}, "127.0.0.1:25"},
        Wrong{"table_expected", "limits = 3\n", {1}, "[limits]"},
        Wrong{"listener_as_table", "[listener]\nprotocol = \"lmtp\"\n", {1}, "[[listener]]"},
        Wrong{"listener_without_all", "\n[[listener]]\n", {2, 2}, "no protocol"},
        Wrong{"later_protocol",
              "[[listener]]\nprotocol = \"http\"\naddress = \"127.0.0.1:8025\"\n",
              {2},
              "not in this version"},
        Wrong{"unknown_protocol",
              "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1:110\"\n",
              {2},
              "\"psyc\", \"irc\", \"socketmap\" or \"policy\""},
        Wrong{"tls_of_a_lookup_door",
              "[[listener]]\nprotocol = \"policy\"\naddress = \"127.0.0.1:2429\"\ntls = "
              "\"starttls\"\n",
              {4, 4},
              "policy has no tls"},
        Wrong{"rate",
              "[limits.external]\nsender_rate = \"fast\"\n",
              {2},
              "right would be limits.external.sender_rate = \"100/1m\""},
        Wrong{"hops", "[verdict]\nhops = -1\n", {2}, "a number from 0 to 10"},
        Wrong{"host_name",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"localhost:2424\"\n",
              {3},
              "no host name"},
        Wrong{"no_port",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1\"\n",
              {3},
              "no port"},
        Wrong{"port_too_large",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:65536\"\n",
              {3},
              "from 1 to 65535"},
        Wrong{"ipv6_without_brackets",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"::1:2424\"\n",
              {3},
              "brackets"},
        Wrong{"mode_of_tcp",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:1\"\nmode = \"0660\"\n",
              {4},
              "unix"},
        Wrong{"mode",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"unix:/run/l\"\nmode = \"0990\"\n",
              {4},
              "\"0660\""},
        Wrong{"tls_without_certificate",
              "[[listener]]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:1\"\ntls = "
              "\"starttls\"\n",
              {4},
              "needs a certificate"},
        Wrong{"certificate_missing",
              "[[listener]]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:1\"\ntls = "
              "\"implicit\"\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n",
              {5, 6},
              "cannot be read"},
        Wrong{"trusted",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:1\"\ntrusted = "
              "[\"127.0.0.0/8\",\n \"everybody\"]\n",
              {5},
              "everybody"},
        Wrong{"same_address_twice",
              "[[listener]]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:1\"\n"
              "[[listener]]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:1\"\n",
              {6},
              "line 3"},
        Wrong{"store", "[store]\nurl = \"postgresql://x\"\n", {2}, "sqlite:mailcast.db"},
        Wrong{"postmaster", "postmaster = \"a b\"\n", {1}, "right would be \"admin\""},
        Wrong{"log_level", "[log]\nlevel = \"loud\"\n", {2}, "\"debug\""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Configuration, without_a_file_listens_on_loopback_as_documented) {
    const Configuration made = default_configuration();
    EXPECT_EQ(made.hostname, "localhost");
    EXPECT_EQ(made.domains, std::vector<std::string>{"localhost"});
    EXPECT_EQ(made.data_dir, "data");
    ASSERT_EQ(made.listeners.size(), 4U);
    EXPECT_EQ(to_string(made.listeners[0].address), "127.0.0.1:2424");
    EXPECT_EQ(to_string(made.listeners[1].address), "127.0.0.1:2525");
    EXPECT_EQ(to_string(made.listeners[2].address), "127.0.0.1:4404");
    EXPECT_EQ(made.listeners[3].protocol, Protocol::irc);
    EXPECT_EQ(to_string(made.listeners[3].address), "127.0.0.1:6667");
    EXPECT_EQ(made.listeners[0].origin, mail::Origin::external);
    EXPECT_EQ(made.listeners[1].origin, mail::Origin::internal);
    EXPECT_EQ(made.internal.message_size, 25'000'000U);
    EXPECT_EQ(made.external.recipients, 1000U);
}

TEST(Configuration, the_example_of_the_design_is_read) {
    const auto made = parse_configuration(R"(
hostname = "Chat.Example.ORG"
domains  = ["example.org", "bücher.example"]
data_dir = "/var/lib/mailcast"
postmaster = "admin"
[store]
url = "sqlite:other.db"
[[listener]]
protocol = "lmtp"
address  = "[::1]:2424"
origin   = "internal"
tls      = "none"
trusted  = ["10.0.0.0/8", "unix"]
[[listener]]
protocol = "smtp"
address  = "unix:/run/mailcast/smtp.sock"
mode     = "0600"
group    = "postfix"
[limits]
message_size = "20MB"
recipients   = 500
[limits.external]
message_size = "10MB"
[policy.external]
senders = "known"
)",
                                          "/etc/mailcast/mailcast.toml");
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->hostname, "chat.example.org");
    EXPECT_EQ(made->domains, (std::vector<std::string>{"chat.example.org", "example.org",
                                                       "xn--bcher-kva.example"}));
    EXPECT_EQ(made->data_dir, "/var/lib/mailcast");
    EXPECT_EQ(made->store_url, "sqlite:other.db");
    ASSERT_EQ(made->listeners.size(), 2U);
    EXPECT_EQ(to_string(made->listeners[0].address), "[::1]:2424");
    EXPECT_EQ(made->listeners[0].origin, mail::Origin::internal);
    EXPECT_TRUE(made->listeners[0].trusted.contains("unix"));
    EXPECT_TRUE(made->listeners[0].trusted.contains("10.1.2.3"));
    EXPECT_FALSE(made->listeners[0].trusted.contains("127.0.0.1"));
    const auto& socket = std::get<UnixAddress>(made->listeners[1].address);
    EXPECT_EQ(socket.path, "/run/mailcast/smtp.sock");
    EXPECT_EQ(socket.mode, 0600U);
    EXPECT_EQ(socket.group, "postfix");
    EXPECT_EQ(made->internal.message_size, 20'000'000U);
    EXPECT_EQ(made->external.message_size, 10'000'000U);
    EXPECT_EQ(made->external.recipients, 500U);
    EXPECT_EQ(made->external.senders, delivery::OriginPolicy::Senders::known);
    EXPECT_EQ(made->internal.senders, delivery::OriginPolicy::Senders::any);
}

TEST(Configuration, relative_paths_start_at_the_folder_of_the_file) {
    EXPECT_EQ(parse_configuration("", "/srv/m/mailcast.toml")->data_dir, "/srv/m/data");
    EXPECT_EQ(parse_configuration("data_dir = \"x\"", "/srv/m/c.toml")->data_dir, "/srv/m/x");
    EXPECT_EQ(parse_configuration("", "mailcast.toml")->data_dir, "data");
}

TEST(Configuration, who_is_elsewhere) {
    const auto made = parse_configuration(R"(
[outbox]
first_pause = "2s"
[smarthost]
address = "[2001:db8::7]:587"
tls = "required"
[etrn]
address = "MX.example.org:25"
domains = ["example.org"]
[digest]
after = "36h"
)",
                                          "c");
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->outbox.first_pause, std::chrono::seconds(2));
    EXPECT_EQ(made->smarthost.host, "2001:db8::7");
    EXPECT_EQ(made->smarthost.port, 587);
    EXPECT_TRUE(made->smarthost.tls);
    EXPECT_EQ(made->etrn.host, "mx.example.org");
    EXPECT_EQ(made->etrn.port, 25);
    EXPECT_EQ(made->etrn.domains, std::vector<std::string>{"example.org"});
    EXPECT_EQ(made->digest.after, std::chrono::hours(36));
    const auto standard = parse_configuration("", "c");
    ASSERT_TRUE(standard);
    EXPECT_EQ(standard->etrn.host, "") << "nobody is asked";
    EXPECT_EQ(standard->digest.after, std::chrono::days(3));
}

TEST(Configuration, every_setting_of_the_table_is_read) {
    for (const Setting& setting : settings()) {
        const std::string_view key = setting.key;
        const std::size_t dot = key.rfind('.');
        std::string toml;
        if (dot != std::string_view::npos) {
            const std::string table(key.substr(0, dot));
            toml = table == "listener" ? "[[listener]]\n" : "[" + table + "]\n";
        }
        // A date is the right value of no setting: whoever reads the key complains about its value.
        toml += std::string(key.substr(dot == std::string_view::npos ? 0 : dot + 1)) +
                " = 1979-05-27\n";
        const auto made = parse_configuration(toml, "c");
        ASSERT_FALSE(made) << toml;
        EXPECT_EQ(made.error().text().find("unknown key"), std::string::npos)
            << made.error().text();
        EXPECT_NE(made.error().text().find(": "), std::string::npos);
    }
}

TEST(Configuration, a_file_that_is_not_there_is_an_error_not_a_default) {
    const auto made = load_configuration("/nowhere/mailcast.toml");
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().text().starts_with("/nowhere/mailcast.toml: cannot be read"));
}

} // namespace
} // namespace mailcast::app
