#include "app/command/postfix_recipe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::app {
namespace {

Configuration configured(const std::string& listeners,
                         const std::string& head = "hostname = \"chat.example.org\"\n"
                                                   "domains = [\"example.org\"]\n") {
    const auto made = parse_configuration(head + listeners, "/x/mailcast.toml");
    EXPECT_TRUE(made) << made.error().text();
    return made.value_or(Configuration{});
}

std::string listener(const std::string& protocol, const std::string& address,
                     const std::string& more = "") {
    return "[[listener]]\nprotocol = \"" + protocol + "\"\naddress = \"" + address + "\"\n" + more;
}

const std::string in_queue =
    listener("lmtp", "unix:/var/spool/postfix/private/chat-lmtp", "group = \"postfix\"\n") +
    listener("socketmap", "unix:/var/spool/postfix/private/chat-map", "group = \"postfix\"\n") +
    listener("policy", "unix:/var/spool/postfix/private/chat-policy", "group = \"postfix\"\n");

std::string printed(const Configuration& configuration, PostfixRecipe recipe,
                    const std::vector<SystemAccount>& accounts = {}) {
    const auto text = print_recipe(configuration, {}, accounts, recipe);
    EXPECT_TRUE(text) << text.error();
    return text.value_or("");
}

// Without its comments, as Postfix reads it.
bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(PostfixRecipe, sockets_in_the_queue_directory_are_named_from_there) {
    const std::string text = printed(configured(in_queue), PostfixRecipe::whole);
    EXPECT_TRUE(has_line(text, "virtual_mailbox_domains = example.org, chat.example.org")) << text;
    EXPECT_TRUE(has_line(text, "virtual_mailbox_maps = socketmap:unix:private/chat-map:rcpt"));
    EXPECT_TRUE(has_line(text, "virtual_transport = chat:unix:private/chat-lmtp"));
    EXPECT_TRUE(has_line(text, "    check_policy_service { unix:private/chat-policy, timeout=10s, "
                               "default_action=DUNNO }"));
    EXPECT_TRUE(has_line(text, "chat      unix  -       -       y       -       20      lmtp"));
    EXPECT_TRUE(has_line(text, "  -o lmtp_connection_cache_destinations=private/chat-lmtp"));
    EXPECT_EQ(text.find("WARNING"), std::string::npos);
    EXPECT_NE(text.find("# --recipe shared"), std::string::npos) << "alternatives are comments";
}

TEST(PostfixRecipe, sockets_elsewhere_are_out_of_reach_of_a_chroot) {
    const std::string text =
        printed(configured(listener("lmtp", "unix:/run/mailcast/lmtp.sock") +
                           listener("socketmap", "unix:/run/mailcast/map.sock") +
                           listener("policy", "unix:/run/mailcast/policy.sock")),
                PostfixRecipe::whole);
    EXPECT_TRUE(
        has_line(text, "virtual_mailbox_maps = proxy:socketmap:unix:/run/mailcast/map.sock:rcpt"))
        << text;
    EXPECT_TRUE(has_line(text, "chat      unix  -       -       n       -       20      lmtp"));
    EXPECT_NE(text.find("smtpd(8) must not be chrooted"), std::string::npos);
    EXPECT_NE(text.find("the user postfix must be allowed to write there"), std::string::npos);
}

TEST(PostfixRecipe, another_host_is_reached_by_name_and_with_tls) {
    Configuration configuration =
        configured(listener("lmtp", "0.0.0.0:2424") + listener("socketmap", "192.0.2.7:2428") +
                   listener("policy", "[2001:db8::7]:2429"));
    configuration.listeners.front().tls = Tls::starttls;
    const std::string text = printed(configuration, PostfixRecipe::whole);
    EXPECT_TRUE(has_line(text, "virtual_transport = chat:inet:[chat.example.org]:2424")) << text;
    EXPECT_TRUE(has_line(text, "virtual_mailbox_maps = socketmap:inet:192.0.2.7:2428:rcpt"));
    EXPECT_NE(text.find("{ inet:[2001:db8::7]:2429, "), std::string::npos);
    EXPECT_TRUE(has_line(text, "  -o lmtp_tls_security_level=secure"));
    EXPECT_TRUE(has_line(text, "  -o lmtp_connection_cache_destinations=static:all"));
    EXPECT_NE(text.find("must stand in 'trusted'"), std::string::npos);
}

TEST(PostfixRecipe, without_maps_postfix_asks_by_probes) {
    const std::string text =
        printed(configured(listener("lmtp", "127.0.0.1:2424")), PostfixRecipe::whole);
    EXPECT_TRUE(has_line(text, "    reject_unverified_recipient")) << text;
    EXPECT_TRUE(has_line(text, "unverified_recipient_reject_code = 550"));
    EXPECT_EQ(text.find("check_policy_service"), std::string::npos);
    EXPECT_FALSE(
        print_recipe(configured(listener("smtp", "127.0.0.1:2525")), {}, {}, PostfixRecipe::whole));
}

TEST(PostfixRecipe, system_accounts_keep_their_mail_in_a_shared_address_space) {
    const std::string text =
        printed(configured(in_queue), PostfixRecipe::shared, {{"usak", true}, {"daemon", false}});
    EXPECT_TRUE(has_line(text, "usak@example.org usak@localhost")) << text;
    EXPECT_FALSE(has_line(text, "daemon@example.org daemon@localhost"));
    EXPECT_TRUE(has_line(text, "root@example.org root@localhost"));
    EXPECT_TRUE(has_line(text, "postmaster@example.org root@localhost"));
    EXPECT_TRUE(has_line(text, "mydestination = localhost, localhost.$mydomain"));
    EXPECT_TRUE(has_line(text, "virtual_alias_maps = texthash:$config_directory/chat_aliases"));
}

TEST(PostfixRecipe, the_one_that_fits) {
    const std::string lmtp = listener("lmtp", "127.0.0.1:2424");
    const PostfixFacts none;
    const PostfixFacts local =
        facts_of("mydomain = example.org\nmydestination = $mydomain\n", "mx");
    EXPECT_EQ(fitting_recipe(configured(lmtp), none), PostfixRecipe::whole);
    EXPECT_EQ(fitting_recipe(configured(lmtp), local), PostfixRecipe::shared);
    EXPECT_EQ(fitting_recipe(configured(lmtp, "hostname = \"chat.example.org\"\n"), local),
              PostfixRecipe::subdomain);
    EXPECT_EQ(fitting_recipe(configured(lmtp, "hostname = \"example.org\"\n"), none),
              PostfixRecipe::whole);
    const std::string text = printed(configured(in_queue, "hostname = \"chat.example.net\"\n"),
                                     PostfixRecipe::subdomain);
    EXPECT_TRUE(has_line(text, "relay_domains = chat.example.net")) << text;
    EXPECT_TRUE(has_line(text, "chat.example.net chat:unix:private/chat-lmtp"));
}

TEST(PostfixFacts, main_cf_is_read_as_postfix_reads_it) {
    const PostfixFacts facts =
        facts_of("# comment\nmyhostname = mx.Example.org\nqueue_directory = /q\n"
                 "mydestination = ${myhostname},\n# in between\n"
                 "\tlocalhost hash:/etc/x $mydomain $nothing\n",
                 "unused");
    EXPECT_EQ(facts.queue_directory, "/q");
    EXPECT_EQ(facts.mydestination,
              (std::vector<std::string>{"mx.example.org", "localhost", "example.org"}));
    EXPECT_EQ(facts_of("", "mx.example.net").mydestination,
              (std::vector<std::string>{"mx.example.net", "localhost.example.net", "localhost"}));
    EXPECT_EQ(expanded({{"a", "$b"}, {"b", "$a"}}, "x$a"), "x") << "a circle ends";
    for (const char* odd :
         {"$", "mydestination = ${", "mydestination = $(x", " = ", "=\n x", "\n\n"}) {
        static_cast<void>(facts_of(odd, "h"));
    }
}

TEST(PostfixRecipe, clashes_are_named) {
    PostfixFacts facts = facts_of("mydestination = example.org\n", "mx");
    facts.main_cf = "/etc/postfix/main.cf";
    const auto found = clashes(configured(in_queue), facts, {{"usak", true}}, {"ada", "usak"});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_NE(found[0].find("example.org is in mydestination of /etc/postfix/main.cf"),
              std::string::npos);
    EXPECT_NE(found[1].find("~usak is a system account, too"), std::string::npos);
}

} // namespace
} // namespace mailcast::app
