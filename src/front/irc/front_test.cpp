#include "base/base64.h"
#include "front/irc/test_node.h"

#include <gtest/gtest.h>

namespace mailcast::front {
namespace {

constexpr auto has = irc_has;
constexpr auto count = irc_count;

std::string plain_of(const std::string& user, const std::string& password) {
    return base::encode_base64(std::string("\0", 1) + user + std::string("\0", 1) + password);
}

// ---- registration --------------------------------------------------------------------------------

struct Registering {
    std::string name;
    std::vector<std::string> says;
    std::vector<std::string> hears; // in this order, among other lines
    bool closed = false;
};

TEST(IrcRegistration, dialogues) {
    const std::vector<Registering> table = {
        {"pass",
         {"PASS secret", "NICK ada", "USER ada 0 * :Ada L"},
         {":chat.example.org 001 Ada :Welcome to chat.example.org, Ada!ada@chat.example.org",
          " 002 Ada ", " 003 Ada ", " 004 Ada chat.example.org mailcast-0 i nto", " 005 Ada ",
          "CASEMAPPING=ascii", "CHATHISTORY=100", " 251 Ada ", " 375 Ada ", " 376 Ada "}},
        {"wrong_pass",
         {"PASS wrong", "NICK ada", "USER ada 0 * :x"},
         {" 464 ada :Password incorrect", "ERROR :Access denied"},
         true},
        {"no_pass",
         {"NICK ada", "USER ada 0 * :x"},
         {" 464 ada :A password is needed", "ERROR :"},
         true},
        {"unknown_person",
         {"PASS secret", "NICK zoe", "USER zoe 0 * :x"},
         {" 464 zoe :Password incorrect", "ERROR :"},
         true},
        {"user_names_account_and_client",
         {"PASS secret", "NICK whatever", "USER ada@phone 0 * :x"},
         {" 001 Ada :"}},
        {"pass_names_account", {"PASS ada:secret", "NICK guest", "USER g 0 * :x"}, {" 001 Ada :"}},
        {"sasl_plain",
         {"CAP LS 302", "NICK ada_", "USER x 0 * :y", "CAP REQ :sasl server-time",
          "AUTHENTICATE PLAIN", "AUTHENTICATE " + plain_of("ada", "secret"), "CAP END"},
         {"CAP * LS :", "sasl=PLAIN,SCRAM-SHA-256", "CAP ada_ ACK :sasl server-time",
          "AUTHENTICATE +", " 900 ada_ Ada!ada@chat.example.org Ada :You are now logged in as Ada",
          " 903 ada_ :", " 001 Ada :"}},
        {"sasl_names_client",
         {"CAP REQ :sasl", "NICK ada", "USER x 0 * :y", "AUTHENTICATE PLAIN",
          "AUTHENTICATE " + plain_of("ada@phone", "secret"), "CAP END"},
         {" 903 ", " 001 Ada :"}},
        {"sasl_wrong_then_right",
         {"CAP REQ :sasl", "NICK ada", "USER x 0 * :y", "AUTHENTICATE PLAIN",
          "AUTHENTICATE " + plain_of("ada", "wrong"), "AUTHENTICATE PLAIN",
          "AUTHENTICATE " + plain_of("ada", "secret"), "CAP END"},
         {" 904 ada :", " 903 ada :", " 001 Ada :"}},
        {"sasl_other_mechanism",
         {"CAP REQ :sasl", "NICK ada", "AUTHENTICATE EXTERNAL"},
         {" 908 ada PLAIN,SCRAM-SHA-256 :", " 904 ada :"}},
        {"sasl_aborted",
         {"CAP REQ :sasl", "NICK ada", "AUTHENTICATE PLAIN", "AUTHENTICATE *"},
         {" 906 ada :"}},
        {"sasl_as_somebody_else",
         {"CAP REQ :sasl", "NICK ada", "AUTHENTICATE PLAIN",
          "AUTHENTICATE " + base::encode_base64(std::string("bob\0ada\0secret", 14))},
         {" 904 ada :"}},
        {"commands_wait", {"JOIN #lab", "PRIVMSG bob :hi", "NOSUCH"}, {" 451 * :", " 451 * :"}},
        {"nick_is_checked", {"NICK", "NICK 1bad", "NICK a!b"}, {" 431 * :", " 432 * 1bad :"}},
        {"ping_before_registration", {"PING abc"}, {"PONG chat.example.org :abc"}},
        {"parameters_are_counted", {"USER x"}, {" 461 * USER :"}},
        {"cap_unknown", {"CAP WHAT"}, {" 410 * WHAT :"}},
    };
    for (const Registering& one : table) {
        IrcNode node;
        auto client = node.connect();
        std::string heard;
        for (const std::string& line : one.says) {
            heard += node.say(*client, line);
        }
        std::size_t at = 0;
        for (const std::string& expected : one.hears) {
            const auto found = heard.find(expected, at);
            EXPECT_NE(found, std::string::npos) << one.name << ": " << expected << "\n" << heard;
            at = found == std::string::npos ? at : found;
        }
        EXPECT_EQ(client->output.closed, one.closed) << one.name;
        EXPECT_EQ(has(heard, " 001 "), has(one.hears.back(), " 001 ") || one.name == "pass")
            << one.name;
    }
}

TEST(IrcRegistration, a_password_that_nobody_had_time_to_check_is_no_wrong_one) {
    IrcNode node;
    node.backing.passwords_busy = true;
    auto client = node.connect();
    node.say(*client, "CAP REQ :sasl\r\nNICK ada\r\nUSER x 0 * :y");
    for (int i = 0; i < 10; ++i) {
        node.say(*client, "AUTHENTICATE PLAIN");
        EXPECT_TRUE(has(node.say(*client, "AUTHENTICATE " + plain_of("ada", "secret")),
                        " 904 ada :Too many log in at the moment, try again later"));
    }
    node.backing.passwords_busy = false;
    node.say(*client, "AUTHENTICATE PLAIN");
    EXPECT_TRUE(has(node.say(*client, "AUTHENTICATE " + plain_of("ada", "secret")), " 903 "));

    node.backing.passwords_busy = true;
    auto other = node.connect();
    const std::string heard = node.say(*other, "PASS secret\r\nNICK ada\r\nUSER ada 0 * :x");
    EXPECT_TRUE(has(heard, "Too many log in at the moment")) << heard;
    EXPECT_FALSE(has(heard, " 464 ")) << heard;
    EXPECT_TRUE(other->output.closed);
}

// Client and server side by side: what the client's part of RFC 5802 makes of what it is sent.
struct ScramClient {
    std::string salted; // PBKDF2 of "secret" with this salt and so many iterations
    std::string bare;

    static std::string bytes(const base::Sha256& digest) {
        return {reinterpret_cast<const char*>(digest.data()), digest.size()};
    }

    static std::string salted_secret() {
        constexpr std::string_view hex =
            "f1dfbb338aca1df31d224ed8972b2c94375c20eedf3f071cb0da2f62b83d65a2";
        std::string octets;
        for (std::size_t i = 0; i < hex.size(); i += 2) {
            octets += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
        }
        return octets;
    }

    std::string first(const std::string& name) {
        bare = "n=" + name + ",r=clientnonce";
        return base::encode_base64("n,," + bare);
    }

    std::string final(const std::string& server_first) const {
        const std::string nonce = server_first.substr(2, server_first.find(',') - 2);
        const std::string without = "c=biws,r=" + nonce;
        const base::Sha256 key = base::hmac_sha256(salted, "Client Key");
        const base::Sha256 signature = base::hmac_sha256(bytes(base::sha256(bytes(key))),
                                                         bare + "," + server_first + "," + without);
        std::string proof;
        for (std::size_t i = 0; i < key.size(); ++i) {
            proof += static_cast<char>(key[i] ^ signature[i]);
        }
        return base::encode_base64(without + ",p=" + base::encode_base64(proof));
    }
};

std::string challenge_in(const std::string& heard) {
    const auto at = heard.find("AUTHENTICATE ");
    const auto end = heard.find('\n', at);
    return at == std::string::npos
               ? std::string()
               : irc::decode_base64(heard.substr(at + 13, end - at - 13)).value_or("");
}

TEST(IrcRegistration, scram_lets_in_who_knows_the_password_and_says_nothing_to_others) {
    const std::string verifier =
        irc::ScramVerifier::make(ScramClient::salted_secret(), "saltsalt", 4096).text();
    for (const bool right : {true, false}) {
        for (const std::string name : {"ada@phone", "zoe"}) {
            IrcNode node;
            node.backing.verifiers = {{IrcNode::ada, verifier}};
            // The keys of nobody, and a salt like others.
            node.backing.nobodys_verifier =
                irc::ScramVerifier::make("nobody", "saltsalt", 4096).text();
            auto client = node.connect();
            node.say(*client, "CAP REQ :sasl\r\nNICK x\r\nUSER x 0 * :x");
            EXPECT_EQ(node.say(*client, "AUTHENTICATE SCRAM-SHA-256"), "AUTHENTICATE +\n");
            ScramClient scram{.salted = right ? ScramClient::salted_secret() : "wrong", .bare = {}};
            const std::string heard = node.say(*client, "AUTHENTICATE " + scram.first(name));
            const std::string challenge = challenge_in(heard);
            EXPECT_EQ(challenge,
                      "r=clientnoncenonce-" + name.substr(0, 3) + ",s=c2FsdHNhbHQ=,i=4096");
            const std::string done = node.say(*client, "AUTHENTICATE " + scram.final(challenge));
            if (!right || name == "zoe") {
                EXPECT_EQ(done, ":chat.example.org 904 x :SASL authentication failed\n");
                EXPECT_FALSE(client->output.closed);
                continue;
            }
            EXPECT_TRUE(challenge_in(done).starts_with("v=")) << done;
            EXPECT_TRUE(has(node.say(*client, "AUTHENTICATE +"), " 903 x :"));
            EXPECT_TRUE(has(node.say(*client, "CAP END"), " 001 Ada :"));
            node.mail({IrcNode::ada}, "One", "first");
            node.say(*client, "QUIT");
            EXPECT_TRUE(node.backing.cursors.contains({IrcNode::ada, "phone"}));
        }
    }
}

TEST(IrcRegistration, what_is_no_scram_fails_and_wrong_attempts_are_counted) {
    for (const std::string& message :
         {std::string("n,,n=ada"), std::string("p=tls-unique,,n=ada,r=x"),
          std::string("n,a=bob,n=ada,r=x"), std::string("n,,m=x,n=ada,r=x"), std::string("x"),
          std::string("n,,n=,r=x"), std::string("n,,n=a=b,r=x"), std::string("n,,n=ada,r=a b")}) {
        IrcNode node;
        auto client = node.connect();
        node.say(*client, "CAP REQ :sasl\r\nNICK x");
        std::string last;
        for (int i = 0; i < 5; ++i) {
            node.say(*client, "AUTHENTICATE SCRAM-SHA-256");
            last = node.say(*client, "AUTHENTICATE " + base::encode_base64(message));
            EXPECT_TRUE(has(last, " 904 x :")) << message << '\n' << last;
        }
        EXPECT_TRUE(has(last, "ERROR :")) << last;
        EXPECT_TRUE(client->output.closed);
    }
}

TEST(IrcRegistration, a_password_in_clear_is_taken_only_where_nobody_listens) {
    IrcNode node;
    auto client = node.connect({.passwords = false});
    EXPECT_FALSE(has(node.say(*client, "CAP LS 302"), "sasl"));
    EXPECT_TRUE(has(node.say(*client, "PASS secret"), " 464 * :A password is taken over TLS only"));
    EXPECT_TRUE(client->output.closed);
}

TEST(IrcRegistration, pass_is_that_of_the_nick_or_of_whom_it_or_the_user_name_names) {
    struct Case {
        std::string pass;
        std::string nick;
        std::string user;
        std::string wanted; // in the answer
        std::string client;
    };

    const std::vector<Case> cases = {
        {"secret", "ada", "x", " 001 Ada ", ""},
        {"secret", "ada@phone", "x", " 001 Ada ", "phone"},
        {"secret", "ada", "ada@desk", " 001 Ada ", "desk"},
        {"secret", "somebody", "ada", " 001 Ada ", ""},
        {"ada:secret", "somebody", "x", " 001 Ada ", ""},
        {"ada@phone:secret", "ada", "x", " 001 Ada ", "phone"},
        {"bob:secret", "ada", "x", " 464 ada ", ""},
        {":secret", "ada", "x", " 001 Ada ", ""}, // the colon is that of a last parameter
        {"secret", "somebody", "x", " 464 somebody ", ""},
    };
    for (const Case& one : cases) {
        IrcNode node;
        auto client = node.connect();
        node.say(*client, "PASS " + one.pass);
        node.say(*client, "NICK " + one.nick);
        const std::string heard = node.say(*client, "USER " + one.user + " 0 * :x");
        EXPECT_TRUE(has(heard, one.wanted)) << one.pass << ' ' << one.nick << '\n' << heard;
        node.mail({IrcNode::ada}, "One", "first");
        node.say(*client, "QUIT");
        EXPECT_EQ(node.backing.cursors.contains({IrcNode::ada, one.client}),
                  has(one.wanted, "001"));
    }
}

TEST(IrcRegistration, wrong_passwords_are_counted) {
    IrcNode node;
    auto client = node.connect();
    node.say(*client, "CAP REQ :sasl");
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(client->output.closed);
        node.say(*client, "AUTHENTICATE PLAIN");
        node.say(*client, "AUTHENTICATE " + plain_of("ada", "wrong"));
    }
    EXPECT_TRUE(client->output.closed);
}

TEST(IrcRegistration, a_nick_is_the_name_of_the_account) {
    IrcNode node;
    auto ada = node.login("ada");
    EXPECT_TRUE(has(node.say(*ada, "NICK bob"), " 433 Ada bob :"));
    EXPECT_TRUE(has(node.say(*ada, "NICK other"), " 432 Ada other :"));
    EXPECT_EQ(node.say(*ada, "NICK ADA"), "");
    EXPECT_TRUE(has(node.say(*ada, "USER x 0 * :y"), " 462 Ada :"));
}

// ---- what was missed -----------------------------------------------------------------------------

TEST(IrcReplay, missed_mail_comes_at_login_in_order_with_its_time_and_once) {
    IrcNode node;
    node.mail({IrcNode::ada}, "One", "first");
    node.clock += std::chrono::minutes(1);
    node.mail({IrcNode::ada}, "Two", "second");
    node.clock += std::chrono::hours(1);
    auto client = node.login("ada", "server-time");
    const auto one = node.greeting.find("@time=2026-11-23T12:00:00.000Z :bea|example_net!");
    const auto two = node.greeting.find("@time=2026-11-23T12:01:00.000Z :bea|example_net!");
    ASSERT_NE(one, std::string::npos) << node.greeting;
    ASSERT_NE(two, std::string::npos) << node.greeting;
    EXPECT_LT(one, two);
    EXPECT_TRUE(has(node.greeting, "PRIVMSG Ada :first")) << node.greeting;
    node.pong(*client, node.greeting);
    node.cut(*client);
    auto again = node.login("ada", "server-time");
    EXPECT_FALSE(has(node.greeting, "first"));
    EXPECT_FALSE(has(node.greeting, "second"));
}

TEST(IrcReplay, without_server_time_the_time_stands_in_the_text) {
    IrcNode node;
    node.mail({IrcNode::ada}, "One", "first");
    node.clock += std::chrono::hours(1);
    auto client = node.login("ada");
    EXPECT_TRUE(has(node.greeting, "PRIVMSG Ada :[2026-11-23 12:00:00] first")) << node.greeting;
    node.mail({IrcNode::ada}, "Two", "live");
    EXPECT_TRUE(has(node.heard(*client), "PRIVMSG Ada :live"));
}

TEST(IrcReplay, what_was_not_taken_comes_again) {
    IrcNode node;
    auto client = node.login("ada");
    node.mail({IrcNode::ada}, "One", "first");
    EXPECT_TRUE(has(node.heard(*client), "first"));
    node.cut(*client); // no PONG, no QUIT
    auto again = node.login("ada");
    EXPECT_TRUE(has(node.greeting, "first"));
    node.say(*again, "QUIT :bye");
    node.cut(*again);
    auto third = node.login("ada");
    EXPECT_FALSE(has(node.greeting, "first"));
}

TEST(IrcReplay, a_ping_behind_what_was_shown_takes_it) {
    IrcNode node;
    auto client = node.login("ada");
    node.mail({IrcNode::ada}, "One", "first");
    node.heard(*client);
    node.now += std::chrono::seconds(10);
    client->front->tick(node.now, false);
    const std::string ping = node.heard(*client);
    ASSERT_TRUE(has(ping, "PING :"));
    node.mail({IrcNode::ada}, "Two", "second"); // behind the PING
    node.say(*client, "PONG :something else");
    EXPECT_EQ(node.backing.cursors.count({IrcNode::ada, ""}), 0U);
    node.pong(*client, ping);
    EXPECT_EQ((node.backing.cursors[{IrcNode::ada, ""}]), 1);
    node.cut(*client);
    auto again = node.login("ada");
    EXPECT_FALSE(has(node.greeting, "first"));
    EXPECT_TRUE(has(node.greeting, "second"));
}

TEST(IrcReplay, each_client_has_its_own_cursor) {
    IrcNode node;
    node.mail({IrcNode::ada}, "One", "first");
    auto desk = node.login("ada");
    node.pong(*desk, node.greeting);
    auto phone = node.login("ada@phone");
    EXPECT_TRUE(has(node.greeting, "first"));
    node.pong(*phone, node.greeting);
    EXPECT_EQ((node.backing.cursors[{IrcNode::ada, "phone"}]), 1);
}

TEST(IrcReplay, a_channel_is_replayed_after_join_and_only_what_came_since) {
    IrcNode node;
    for (int at = 1; at <= 60; ++at) {
        node.mail({IrcNode::lab}, "Before", "old words " + std::to_string(at) + ".");
    }
    auto client = node.login("ada");
    // Who is new gets the newest of what was said, each line with its time.
    const std::string first = node.say(*client, "JOIN #lab");
    EXPECT_EQ(count(first, "old words"), 50U);
    EXPECT_TRUE(has(first, "[2026-11-23 12:00:00] old words 11.")) << first;
    EXPECT_TRUE(has(first, "old words 60."));
    node.pong(*client, first);
    node.cut(*client);
    node.mail({IrcNode::lab}, "Missed", "missed words");
    client = node.login("ada");
    EXPECT_FALSE(has(node.greeting, "missed words"));
    const std::string joined = node.say(*client, "JOIN #lab");
    EXPECT_LT(joined.find(" 366 "),
              joined.find("PRIVMSG #lab :[2026-11-23 12:00:00] missed words"));
    EXPECT_EQ(count(joined, "missed words"), 1U);
    node.say(*client, "QUIT");
    node.cut(*client);
    client = node.login("ada");
    EXPECT_FALSE(has(node.say(*client, "JOIN #lab"), "missed words"));
}

TEST(IrcReplay, who_asks_for_history_gets_no_replay) {
    IrcNode node;
    node.mail({IrcNode::ada}, "One", "first");
    auto client = node.login("ada", "draft/chathistory batch server-time message-tags");
    EXPECT_FALSE(has(node.greeting, "first"));
    node.mail({IrcNode::ada}, "Two", "second");
    EXPECT_TRUE(has(node.heard(*client), "second"));
    const std::string page = node.say(*client, "CHATHISTORY LATEST bea|example_net * 10");
    EXPECT_TRUE(has(page, "BATCH +b1 chathistory bea|example_net\n")) << page;
    EXPECT_TRUE(has(page, "PRIVMSG Ada :first")) << page;
    EXPECT_TRUE(has(page, "PRIVMSG Ada :second")) << page;
    EXPECT_TRUE(has(page, "BATCH -b1\n")) << page;
}

TEST(IrcReplay, a_client_that_does_not_read_falls_behind_and_catches_up) {
    IrcNode node;
    auto client = node.login("ada");
    client->output.stuck = 2U << 20;
    for (int i = 0; i < 300; ++i) {
        node.mail({IrcNode::ada}, "N", "number " + std::to_string(i) + ".");
    }
    EXPECT_EQ(node.heard(*client), "");
    client->output.stuck = 0;
    client->front->drained();
    const std::string all = node.heard(*client);
    std::size_t at = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string expected = "number " + std::to_string(i) + ".";
        EXPECT_EQ(count(all, expected), 1U) << expected;
        EXPECT_GE(all.find(expected), at);
        at = all.find(expected);
    }
}

TEST(IrcReplay, a_mail_for_several_is_seen_once_and_has_a_channel_to_join) {
    IrcNode node;
    auto ada = node.login("ada", "message-tags");
    auto bob = node.login("bob");
    node.say(*ada, "JOIN #lab,#attic");
    node.heard(*bob);
    auto note = node.mail_note({IrcNode::lab, IrcNode::ada, IrcNode::attic, IrcNode::bob}, "All",
                               "to all of you");
    note->context = "psyc://chat.example.org/@mail-" + note->id.text();
    node.hub.publish(node.backing.store(note), note);
    const std::string channel = "#mail-" + note->id.text();
    const std::string shown = node.heard(*ada);
    EXPECT_EQ(count(shown, "to all of you"), 1U);
    EXPECT_TRUE(has(shown, ";+draft/channel-context=" + channel + " :bea|example_net!")) << shown;
    EXPECT_EQ(count(node.heard(*bob), "to all of you"), 1U);
    const std::string joined = node.say(*ada, "JOIN " + channel);
    EXPECT_TRUE(has(joined, ":Ada!ada@chat.example.org JOIN " + channel)) << joined;
    EXPECT_TRUE(has(joined, " 332 Ada " + channel + " :All")) << joined;
    EXPECT_TRUE(has(joined, " 353 Ada = " + channel + " :Ada Bob")) << joined;
    EXPECT_EQ(node.say(*ada, "PRIVMSG " + channel + " :what do we say"), "");
    EXPECT_TRUE(has(node.heard(*bob), "PRIVMSG Bob :[" + channel + "] what do we say"));
    node.say(*bob, "PRIVMSG " + channel + " :yes");
    EXPECT_TRUE(has(node.heard(*ada), "PRIVMSG " + channel + " :yes"));
    auto cyd = node.login("cyd");
    EXPECT_TRUE(has(node.say(*cyd, "JOIN " + channel), " 403 cyd " + channel));
}

// ---- talk ----------------------------------------------------------------------------------------

TEST(IrcTalk, a_channel_is_a_place_and_what_is_said_there_is_in_its_log) {
    IrcNode node;
    auto ada = node.login("ada");
    auto bob = node.login("bob");
    EXPECT_TRUE(has(node.say(*ada, "JOIN #nowhere"), " 403 Ada #nowhere :No such channel"));
    const std::string joined = node.say(*ada, "JOIN #LAB");
    EXPECT_TRUE(has(joined, ":Ada!ada@chat.example.org JOIN #lab\n")) << joined;
    EXPECT_TRUE(has(joined, " 353 Ada = #lab :Ada\n")) << joined;
    node.say(*bob, "JOIN #lab");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org JOIN #lab\n");
    EXPECT_EQ(node.say(*bob, "PRIVMSG #lab :hello there"), "");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PRIVMSG #lab :hello there\n");
    EXPECT_EQ(node.say(*bob, "PRIVMSG #lab :\x01"
                             "ACTION waves\x01"),
              "");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PRIVMSG #lab :\x01"
                                "ACTION waves\x01\n");
    EXPECT_EQ(node.say(*bob, "PRIVMSG #lab :\x01"
                             "DCC SEND x\x01"),
              "");
    EXPECT_EQ(node.heard(*ada), "");
    EXPECT_TRUE(has(node.say(*bob, "PRIVMSG #attic :hello"), " 404 Bob #attic :"));
    node.say(*bob, "PART #lab :off");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PART #lab\n");
    EXPECT_EQ(node.backing.logs[IrcNode::lab].size(), 2U);
}

TEST(IrcTalk, clients_of_one_person_see_each_other_and_echo_is_a_choice) {
    IrcNode node;
    auto desk = node.login("ada");
    auto phone = node.login("ada@phone", "echo-message server-time");
    auto bob = node.login("bob");
    node.say(*desk, "JOIN #lab");
    node.say(*phone, "JOIN #lab");
    EXPECT_EQ(node.heard(*desk), "");
    EXPECT_EQ(node.say(*desk, "PRIVMSG #lab :from the desk"), "");
    EXPECT_TRUE(has(node.heard(*phone), ":Ada!ada@chat.example.org PRIVMSG #lab :from the desk"));
    EXPECT_TRUE(has(node.say(*phone, "PRIVMSG #lab :on the way"), "PRIVMSG #lab :on the way"));
    EXPECT_TRUE(has(node.heard(*desk), "PRIVMSG #lab :on the way"));
    EXPECT_EQ(node.say(*desk, "PRIVMSG bob :psst"), "");
    EXPECT_TRUE(has(node.heard(*phone), ":Ada!ada@chat.example.org PRIVMSG Bob :psst"));
    EXPECT_TRUE(has(node.heard(*bob), ":Ada!ada@chat.example.org PRIVMSG Bob :psst"));
    EXPECT_TRUE(has(node.say(*phone, "PRIVMSG Bob :again"), "PRIVMSG Bob :again"));
}

TEST(IrcTalk, a_notice_stays_one_and_is_answered_by_nobody) {
    IrcNode node;
    auto ada = node.login("ada");
    auto phone = node.login("ada@phone");
    auto bob = node.login("bob");
    node.say(*ada, "JOIN #lab");
    node.say(*bob, "JOIN #lab");
    node.heard(*ada);
    EXPECT_EQ(node.say(*ada, "NOTICE #lab :to all"), "");
    EXPECT_EQ(node.heard(*bob), ":Ada!ada@chat.example.org NOTICE #lab :to all\n");
    EXPECT_EQ(node.say(*ada, "NOTICE bob :to one"), "");
    EXPECT_EQ(node.heard(*bob), ":Ada!ada@chat.example.org NOTICE Bob :to one\n");
    EXPECT_TRUE(has(node.heard(*phone), "NOTICE Bob :to one"));
    for (const char* nowhere : {"NOTICE zoe :x", "NOTICE #nowhere :x", "NOTICE #attic :x", "NOTICE",
                                "NOTICE bob", "NOTICE bob :"}) {
        EXPECT_EQ(node.say(*ada, nowhere), "") << nowhere;
    }
    // What comes out of the log later is one, too.
    node.cut(*bob);
    node.say(*ada, "NOTICE bob :kept");
    bob = node.login("bob");
    EXPECT_TRUE(has(node.greeting, "NOTICE Bob :[2026-11-23 12:00:00] kept")) << node.greeting;
    // A program that answers mail by itself would go in circles with another one.
    node.mail({IrcNode::ada}, "Lunch", "at one?");
    node.heard(*ada);
    EXPECT_TRUE(has(node.say(*ada, "NOTICE bea|example_net :away"), "does not go out by mail"));
    EXPECT_TRUE(node.mail_out.letters.empty());
}

TEST(IrcTalk, join_zero_leaves_all) {
    IrcNode node;
    auto ada = node.login("ada");
    node.say(*ada, "JOIN #lab,#attic");
    EXPECT_EQ(node.say(*ada, "JOIN 0"), ":Ada!ada@chat.example.org PART #lab\n"
                                        ":Ada!ada@chat.example.org PART #attic\n");
    EXPECT_TRUE(has(node.say(*ada, "PRIVMSG #lab :x"), " 404 "));
}

TEST(IrcTalk, what_is_said_right_behind_a_join_or_a_password_waits_for_it) {
    IrcNode node;
    auto ada = node.connect();
    const std::string heard =
        node.say(*ada, "PASS secret\r\nNICK ada\r\nUSER ada 0 * :x\r\n"
                       "JOIN #lab,#attic\r\nPRIVMSG #attic :early\r\nPING end");
    EXPECT_LT(heard.find(" 001 Ada "), heard.find(" JOIN #lab\n")) << heard;
    EXPECT_LT(heard.find(" JOIN #attic\n"), heard.find("PONG chat.example.org :end")) << heard;
    EXPECT_FALSE(has(heard, " 404 ")) << heard;
    EXPECT_EQ(node.backing.logs[IrcNode::attic].size(), 1U);
    EXPECT_FALSE(ada->front->is_waiting());
}

TEST(IrcTalk, a_label_comes_back_with_what_answers) {
    IrcNode node;
    auto ada = node.login("ada", "labeled-response batch echo-message message-tags");
    const std::string joined = node.say(*ada, "@label=j1 JOIN #lab");
    EXPECT_TRUE(has(joined, "@label=j1 :chat.example.org BATCH +b")) << joined;
    EXPECT_TRUE(has(joined, " labeled-response\n")) << joined;
    EXPECT_EQ(count(joined, "@batch=b"), 3U) << joined;
    EXPECT_EQ(node.say(*ada, "@label=p PING x"),
              "@label=p :chat.example.org PONG chat.example.org :x\n");
    EXPECT_EQ(node.say(*ada, "@label=q TAGMSG #lab"), "@label=q :chat.example.org ACK\n");
    const std::string said = node.say(*ada, "@label=m PRIVMSG #lab :hi");
    EXPECT_TRUE(said.starts_with("@label=m;msgid=")) << said;
    const std::string told = node.say(*ada, "@label=t PRIVMSG bob :hi");
    EXPECT_TRUE(has(told, "@label=t;msgid=")) << told;
    EXPECT_TRUE(has(told, " :Ada!ada@chat.example.org PRIVMSG Bob :hi\n")) << told;
    EXPECT_TRUE(
        has(node.say(*ada, "@label=e PRIVMSG #attic :hi"), "@label=e :chat.example.org 404 "));
    auto bob = node.login("bob", "labeled-response batch");
    EXPECT_EQ(node.say(*bob, "@label=t PRIVMSG ada :hi"), "@label=t :chat.example.org ACK\n");
}

TEST(IrcTalk, topic_names_who_and_the_rest_of_the_questions) {
    IrcNode node;
    auto ada = node.login("ada");
    auto bob = node.login("bob");
    node.say(*ada, "JOIN #lab");
    node.say(*bob, "JOIN #lab");
    node.heard(*ada);
    EXPECT_TRUE(has(node.say(*ada, "TOPIC #lab"), " 331 Ada #lab :"));
    EXPECT_EQ(node.say(*ada, "TOPIC #lab :tea"), ":Ada!ada@chat.example.org TOPIC #lab :tea\n");
    EXPECT_EQ(node.heard(*bob), ":Ada!ada@chat.example.org TOPIC #lab :tea\n");
    EXPECT_TRUE(has(node.say(*bob, "TOPIC #lab"), " 332 Bob #lab :tea"));
    EXPECT_TRUE(has(node.say(*bob, "NAMES #lab"), " 353 Bob = #lab :Ada Bob\n"));
    EXPECT_TRUE(has(node.say(*bob, "WHO #lab"), " 352 Bob #lab ada chat.example.org "
                                                "chat.example.org Ada H :0 "));
    EXPECT_TRUE(has(node.say(*bob, "WHO #lab %tna,42"), " 354 Bob 42 Ada Ada\n"));
    EXPECT_TRUE(has(node.say(*bob, "WHOIS ada"), " 311 Bob Ada ada chat.example.org * :"));
    EXPECT_TRUE(has(node.say(*bob, "WHOIS ada"), " 319 Bob Ada :#lab"));
    EXPECT_TRUE(has(node.say(*bob, "WHOIS zoe"), " 401 Bob zoe :"));
    EXPECT_TRUE(has(node.say(*bob, "LIST"), " 322 Bob #lab 2 :tea"));
    EXPECT_TRUE(has(node.say(*bob, "LIST #at*"), " 322 Bob #attic 0 :"));
    EXPECT_FALSE(has(node.say(*bob, "LIST #at*"), "#lab"));
    EXPECT_TRUE(has(node.say(*bob, "MODE #lab"), " 324 Bob #lab +nt"));
    EXPECT_TRUE(has(node.say(*bob, "MODE #lab b"), " 368 Bob #lab :"));
    EXPECT_TRUE(has(node.say(*bob, "MODE bob"), " 221 Bob +i"));
    EXPECT_TRUE(has(node.say(*bob, "ISON ada zoe cyd"), " 303 Bob :Ada\n"));
    EXPECT_TRUE(has(node.say(*bob, "USERHOST ada"), " 302 Bob :Ada=+ada@chat.example.org"));
    EXPECT_TRUE(has(node.say(*bob, "NOSUCH x"), " 421 Bob NOSUCH :"));
    EXPECT_TRUE(has(node.say(*bob, "PRIVMSG zoe :x"), " 401 Bob zoe :"));
    EXPECT_TRUE(has(node.say(*bob, "PRIVMSG zoe"), " 412 Bob :"));
    EXPECT_TRUE(has(node.say(*bob, "PRIVMSG"), " 411 Bob :"));
}

TEST(IrcTalk, owners_kick_and_give_away) {
    IrcNode node;
    auto ada = node.login("ada");
    auto cyd = node.login("cyd"); // keeper of all places
    node.say(*ada, "JOIN #lab");
    node.say(*cyd, "JOIN #lab");
    node.heard(*ada);
    EXPECT_TRUE(has(node.say(*ada, "KICK #lab cyd :out"), " 482 Ada #lab :"));
    EXPECT_EQ(node.say(*cyd, "MODE #lab +o ada"), ":cyd!cyd@chat.example.org MODE #lab +o Ada\n");
    EXPECT_TRUE(has(node.say(*cyd, "NAMES #lab"), ":@Ada cyd"));
    EXPECT_TRUE(has(node.heard(*ada), "MODE #lab +o Ada"));
    EXPECT_EQ(node.say(*ada, "KICK #lab cyd :enough"),
              ":cyd!cyd@chat.example.org PART #lab :kicked: enough\n");
    EXPECT_EQ(node.heard(*cyd), ":Ada!ada@chat.example.org KICK #lab cyd :enough\n");
    EXPECT_TRUE(has(node.say(*ada, "KICK #lab cyd"), " 441 Ada cyd #lab :"));
    node.say(*cyd, "JOIN #lab");
    node.say(*ada, "KICK #lab cyd");
    EXPECT_TRUE(has(node.heard(*cyd), "KICK #lab cyd :Ada\n"));
}

TEST(IrcTalk, presence_is_told_as_each_client_asked_for_it) {
    IrcNode node;
    auto ada = node.login("ada", "away-notify extended-join setname invite-notify");
    EXPECT_TRUE(has(node.say(*ada, "MONITOR + bob,zoe"), " 731 Ada :bob\n"));
    auto bob = node.login("bob");
    EXPECT_EQ(node.heard(*ada), ":chat.example.org 730 Ada :Bob!bob@chat.example.org\n");
    EXPECT_TRUE(has(node.say(*ada, "MONITOR L"), " 732 Ada :bob\n"));
    node.say(*ada, "JOIN #lab");
    node.say(*bob, "JOIN #lab");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org JOIN #lab Bob :Bob\n");
    EXPECT_TRUE(has(node.say(*bob, "AWAY :lunch"), " 306 Bob :"));
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org AWAY :lunch\n");
    EXPECT_TRUE(has(node.say(*ada, "PRIVMSG bob :there?"), " 301 Ada Bob :lunch"));
    EXPECT_TRUE(has(node.say(*ada, "WHO #lab"), " Bob G :0 "));
    EXPECT_TRUE(has(node.say(*bob, "AWAY"), " 305 Bob :"));
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org AWAY\n");
    node.say(*bob, "SETNAME :Bob the First");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org SETNAME :Bob the First\n");
    auto cyd = node.login("cyd");
    EXPECT_TRUE(has(node.say(*bob, "INVITE cyd #lab"), " 341 Bob cyd #lab"));
    EXPECT_EQ(node.heard(*cyd), ":Bob!bob@chat.example.org INVITE cyd #lab\n");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org INVITE cyd #lab\n");
    node.cut(*bob);
    const std::string gone = node.heard(*ada);
    EXPECT_TRUE(has(gone, ":Bob!bob@chat.example.org PART #lab :connection lost\n")) << gone;
    EXPECT_TRUE(has(gone, " 731 Ada :Bob\n")) << gone;
}

TEST(IrcTalk, in_a_large_place_a_list_of_names_is_a_part_with_oneself_in_it) {
    IrcNode node;
    for (int i = 0; i < 600; ++i) {
        const std::string nick = "x" + std::to_string(i);
        ASSERT_TRUE(node.hub.relations().add({.entity = IrcNode::lab,
                                              .kind = chat::RelationKind::member,
                                              .subject = "psyc://example.net/~" + nick,
                                              .value = nick}));
    }
    auto ada = node.login("ada");
    const std::string joined = node.say(*ada, "JOIN #lab");
    EXPECT_EQ(count(joined, "{example_net}"), 499U);
    EXPECT_EQ(count(joined, " 353 Ada = #lab :Ada "), 1U) << joined;
    for (std::size_t at = 0; at < joined.size();) {
        const auto end = joined.find('\n', at);
        EXPECT_LE(end - at + 2, 512U);
        at = end + 1;
    }
}

// ---- forms ---------------------------------------------------------------------------------------

TEST(IrcForms, the_same_octets_go_to_all_who_read_the_same_form) {
    IrcNode node;
    auto ada = node.login("ada");
    auto bob = node.login("bob");
    auto cyd = node.login("cyd", "server-time");
    for (auto* client : {ada.get(), bob.get(), cyd.get()}) {
        node.say(*client, "JOIN #lab");
    }
    for (auto* client : {ada.get(), bob.get(), cyd.get()}) {
        node.heard(*client);
    }
    node.mail({IrcNode::lab}, "Hello", "to the place");
    node.backing.settle();
    ASSERT_EQ(ada->output.pieces.size(), 1U);
    EXPECT_EQ(ada->output.pieces.front().get(), bob->output.pieces.front().get());
    EXPECT_NE(ada->output.pieces.front().get(), cyd->output.pieces.front().get());
}

TEST(IrcForms, tags_of_a_mail_and_its_thread) {
    IrcNode node;
    auto ada = node.login("ada", "message-tags server-time account-tag batch draft/multiline");
    auto first = node.mail({IrcNode::ada}, "First", "one\ntwo");
    std::string heard = node.heard(*ada);
    const std::string id = first->id.text();
    EXPECT_TRUE(heard.starts_with("@time=2026-11-23T12:00:00.000Z;msgid=" + id +
                                  " :bea|example_net!bea@example.net BATCH +m" + id +
                                  " draft/multiline Ada\n"))
        << heard;
    EXPECT_TRUE(
        has(heard, "@batch=m" + id + " :bea|example_net!bea@example.net PRIVMSG Ada :one\n"))
        << heard;
    EXPECT_TRUE(heard.ends_with("BATCH -m" + id + "\n")) << heard;
    auto second = node.mail_note({IrcNode::ada}, "Re: First", "three");
    second->context = "psyc://chat.example.org/@mail-" + id;
    node.hub.publish(node.backing.store(second), second);
    EXPECT_TRUE(has(node.heard(*ada), "+draft/reply=" + id));
    auto bob = node.login("bob");
    node.heard(*ada);
    node.say(*bob, "PRIVMSG ada :hi");
    EXPECT_TRUE(has(node.heard(*ada), ";account=Bob :Bob!bob@chat.example.org PRIVMSG Ada :hi\n"));
}

TEST(IrcForms, a_text_of_several_lines_can_be_said_as_one) {
    IrcNode node;
    auto ada =
        node.login("ada", "batch draft/multiline labeled-response echo-message message-tags");
    auto bob = node.login("bob");
    node.say(*ada, "JOIN #lab");
    node.say(*bob, "JOIN #lab");
    EXPECT_EQ(node.say(*ada, "@label=x BATCH +1 draft/multiline #lab"),
              ":Bob!bob@chat.example.org JOIN #lab\n");
    EXPECT_EQ(node.say(*ada, "@batch=1 PRIVMSG #lab :one"), "");
    EXPECT_EQ(node.say(*ada, "@batch=1;draft/multiline-concat PRIVMSG #lab : and more"), "");
    EXPECT_EQ(node.say(*ada, "@batch=1 PRIVMSG #lab :two"), "");
    const std::string echo = node.say(*ada, "BATCH -1");
    EXPECT_TRUE(has(echo, "@label=x;msgid=")) << echo;
    EXPECT_TRUE(has(node.heard(*bob), ":Ada!ada@chat.example.org PRIVMSG #lab :one and more\n"
                                      ":Ada!ada@chat.example.org PRIVMSG #lab :two\n"));
    EXPECT_TRUE(has(node.say(*ada, "BATCH -2"), "BATCH: There is no such batch."));
    node.say(*ada, "BATCH +3 draft/multiline #lab");
    for (int i = 0; i < 60; ++i) {
        node.now += std::chrono::seconds(10);
        node.say(*ada, "@batch=3 PRIVMSG #lab :" + std::string(400, 'x'));
    }
    EXPECT_TRUE(has(node.say(*ada, "BATCH -3"), "That was too long"));
    EXPECT_EQ(node.heard(*bob), "");
}

// ---- history -------------------------------------------------------------------------------------

TEST(IrcHistory, pages_of_a_channel) {
    IrcNode node;
    auto ada =
        node.login("ada", "draft/chathistory batch server-time message-tags standard-replies");
    node.say(*ada, "JOIN #lab");
    std::vector<std::string> ids;
    for (int i = 0; i < 600; ++i) {
        node.clock += std::chrono::seconds(1);
        auto note = node.mail_note({IrcNode::lab}, "", "number " + std::to_string(i) + ".");
        static_cast<void>(node.backing.store(note));
        ids.push_back(note->id.text());
    }
    const auto numbers = [&](const std::string& question) {
        node.now += std::chrono::minutes(1);
        const std::string page = node.say(*ada, "CHATHISTORY " + question);
        std::vector<int> found;
        for (auto at = page.find("number "); at != std::string::npos;
             at = page.find("number ", at + 1)) {
            found.push_back(std::stoi(page.substr(at + 7)));
        }
        return found;
    };
    const auto at_second = [](int number) { // of entry `number`
        return irc_time(base::from_unix_ms(1795435200000 + (number + 1) * 1000));
    };
    using Numbers = std::vector<int>;
    EXPECT_EQ(numbers("LATEST #lab * 3"), (Numbers{597, 598, 599}));
    EXPECT_EQ(numbers("LATEST #lab msgid=" + ids[597] + " 5"), (Numbers{598, 599}));
    EXPECT_EQ(numbers("BEFORE #lab msgid=" + ids[10] + " 3"), (Numbers{7, 8, 9}));
    EXPECT_EQ(numbers("BEFORE #lab timestamp=" + at_second(10) + " 2"), (Numbers{8, 9}));
    EXPECT_EQ(numbers("AFTER #lab msgid=" + ids[10] + " 3"), (Numbers{11, 12, 13}));
    EXPECT_EQ(numbers("AFTER #lab timestamp=" + at_second(597) + " 9"), (Numbers{598, 599}));
    EXPECT_EQ(numbers("AROUND #lab msgid=" + ids[300] + " 4"), (Numbers{298, 299, 300, 301}));
    EXPECT_EQ(numbers("BETWEEN #lab msgid=" + ids[5] + " msgid=" + ids[9] + " 9"),
              (Numbers{6, 7, 8}));
    EXPECT_EQ(numbers("BETWEEN #lab msgid=" + ids[9] + " msgid=" + ids[5] + " 2"), (Numbers{7, 8}));
    EXPECT_EQ(numbers("LATEST #lab * 5000").size(), IrcFront::most_history_lines);
    EXPECT_EQ(numbers("BEFORE #lab msgid=" + ids[0] + " 5"), Numbers{});
    for (const char* wrong :
         {"LATEST #attic * 5", "LATEST #lab nonsense 5", "LATEST #lab * 0", "WHAT #lab * 5",
          "LATEST #lab *", "BEFORE #lab * 5", "LATEST #lab msgid=short 5",
          "LATEST #lab timestamp=2026-13-01T00:00:00.000Z 5"}) {
        node.now += std::chrono::minutes(1);
        EXPECT_TRUE(has(node.say(*ada, std::string("CHATHISTORY ") + wrong), "FAIL CHATHISTORY"))
            << wrong;
    }
    const std::string targets =
        node.say(*ada, "CHATHISTORY TARGETS timestamp=2026-11-01T00:00:00.000Z "
                       "timestamp=2027-01-01T00:00:00.000Z 10");
    EXPECT_TRUE(has(targets, "draft/chathistory-targets")) << targets;
    EXPECT_TRUE(has(targets, "CHATHISTORY TARGETS #lab " + at_second(599))) << targets;
}

TEST(IrcHistory, what_was_said_is_found_by_its_id_too) {
    IrcNode node;
    auto ada = node.login("ada", "batch draft/chathistory message-tags server-time");
    node.say(*ada, "JOIN #lab");
    for (const char* text : {"one", "two", "three"}) {
        node.clock += std::chrono::seconds(1);
        node.say(*ada, std::string("PRIVMSG #lab :") + text);
    }
    const std::string second = node.backing.logs[IrcNode::lab][1].note->id.text();
    EXPECT_TRUE(has(node.say(*ada, "CHATHISTORY BEFORE #lab msgid=" + second + " 5"), ":one\n"));
    const std::string after = node.say(*ada, "CHATHISTORY AFTER #lab msgid=" + second + " 5");
    EXPECT_TRUE(has(after, ":three\n") && !has(after, ":two\n")) << after;
    // One that is gone stands where its id says.
    const std::string gone = node.ids.next(node.clock - std::chrono::milliseconds(500)).text();
    EXPECT_TRUE(has(node.say(*ada, "CHATHISTORY AFTER #lab msgid=" + gone + " 5"), ":three\n"));
}

TEST(IrcHistory, a_conversation_has_both_sides_and_no_others) {
    IrcNode node;
    auto ada = node.login("ada", "draft/chathistory batch message-tags server-time");
    auto bob = node.login("bob");
    auto cyd = node.login("cyd");
    const auto said = [&](IrcNode::Client& who, const std::string& line) {
        node.clock += std::chrono::seconds(1);
        node.say(who, line);
    };
    said(*ada, "PRIVMSG bob :one");
    said(*bob, "PRIVMSG ada :two");
    said(*cyd, "PRIVMSG bob :not for ada");
    said(*cyd, "PRIVMSG ada :from cyd");
    said(*ada, "PRIVMSG bob :three");
    node.heard(*ada);
    const std::string page = node.say(*ada, "CHATHISTORY LATEST bob * 10");
    EXPECT_FALSE(has(page, "cyd")) << page;
    EXPECT_FALSE(has(page, "not for ada")) << page;
    const auto one = page.find(":Ada!ada@chat.example.org PRIVMSG Bob :one");
    const auto two = page.find(":Bob!bob@chat.example.org PRIVMSG Ada :two");
    const auto three = page.find(":Ada!ada@chat.example.org PRIVMSG Bob :three");
    EXPECT_LT(one, two) << page;
    EXPECT_LT(two, three) << page;
    EXPECT_NE(three, std::string::npos) << page;
}

TEST(IrcHistory, a_read_marker_moves_forward_and_is_told_to_all_clients) {
    IrcNode node;
    auto desk = node.login("ada", "draft/read-marker");
    auto phone = node.login("ada@phone", "draft/read-marker");
    EXPECT_TRUE(has(node.say(*desk, "JOIN #lab"), "MARKREAD #lab *\n"));
    EXPECT_TRUE(has(node.say(*desk, "MARKREAD #lab timestamp=2026-11-23T12:00:00.000Z"),
                    "MARKREAD #lab timestamp=2026-11-23T12:00:00.000Z\n"));
    EXPECT_TRUE(has(node.heard(*phone), "MARKREAD #lab timestamp=2026-11-23T12:00:00.000Z\n"));
    EXPECT_TRUE(has(node.say(*phone, "MARKREAD #lab timestamp=2025-01-01T00:00:00.000Z"),
                    "MARKREAD #lab timestamp=2026-11-23T12:00:00.000Z\n"));
    EXPECT_TRUE(has(node.say(*phone, "MARKREAD #LAB"), "timestamp=2026-11-23T12:00:00.000Z\n"));
}

// ---- bounds --------------------------------------------------------------------------------------

TEST(IrcBounds, who_sends_too_fast_is_held_back_and_loses_nothing) {
    IrcNode node;
    auto ada = node.login("ada", {}, {.burst = 10, .pace = std::chrono::milliseconds(100)});
    std::string lines;
    for (int i = 0; i < 30; ++i) {
        lines += "PING " + std::to_string(i) + "\r\n";
    }
    node.now += std::chrono::minutes(1);
    ada->front->receive(lines, node.now);
    std::string heard = node.heard(*ada);
    EXPECT_EQ(count(heard, "PONG"), 10U);
    EXPECT_TRUE(ada->front->is_waiting());
    for (int i = 0; i < 3; ++i) {
        node.now += std::chrono::seconds(1);
        ada->front->tick(node.now, false);
    }
    heard += node.heard(*ada);
    EXPECT_EQ(count(heard, "PONG"), 30U);
    EXPECT_TRUE(has(heard, ":29\n"));
    EXPECT_FALSE(ada->front->is_waiting());
}

TEST(IrcBounds, a_silent_client_is_asked_and_then_let_go) {
    IrcNode node;
    auto ada = node.login("ada");
    node.now += std::chrono::seconds(121);
    ada->front->tick(node.now, true);
    const std::string ping = node.heard(*ada);
    EXPECT_TRUE(has(ping, "PING :"));
    node.pong(*ada, ping);
    node.now += std::chrono::seconds(121);
    ada->front->tick(node.now, true);
    node.now += std::chrono::seconds(121);
    ada->front->tick(node.now, true);
    EXPECT_TRUE(has(node.heard(*ada), "ERROR :Ping timeout"));
    EXPECT_TRUE(ada->output.closed);
}

TEST(IrcBounds, what_is_no_line_costs_nobody_but_its_sender) {
    IrcNode node;
    auto ada = node.login("ada", "standard-replies");
    EXPECT_TRUE(has(node.say(*ada, std::string(600, 'x')), " 417 Ada :"));
    EXPECT_TRUE(has(node.say(*ada, "PRIVMSG #lab :\xff\xfe"), "FAIL * INVALID_UTF8 :"));
    EXPECT_TRUE(has(node.say(*ada, "PRI\x01V x"), " 421 Ada "));
    EXPECT_EQ(node.say(*ada, ""), "");
    EXPECT_FALSE(ada->output.closed);
}

TEST(IrcBounds, nothing_of_a_mail_becomes_a_command_a_colour_or_a_line_too_long) {
    IrcNode node;
    auto ada = node.login("ada");
    auto note = node.mail_note({IrcNode::ada},
                               "Hi\r\nQUIT :x\x01"
                               "DCC\x03"
                               "04",
                               "\x01"
                               "ACTION kills\x01\n\xe2\x80\xae"
                               "evil\nPRIVMSG #lab :x\n" +
                                   std::string(5000, 'y') + "\n" + std::string(3, '\0') + "z");
    note->source = "mailto:x\r\nJOIN@evil.example";
    note->mail.from_name = "Bob";
    note->mail.from_address = "ada!ada@evil.example";
    node.hub.publish(node.backing.store(note), note);
    node.backing.settle();
    const std::string heard = ada->output.take();
    std::string_view rest = heard;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        ASSERT_NE(end, std::string_view::npos);
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        EXPECT_LE(line.size() + 2, 512U);
        EXPECT_TRUE(line.starts_with(':')) << line;
        EXPECT_TRUE(has(std::string(line), " PRIVMSG Ada :")) << line;
        EXPECT_FALSE(line.starts_with(":Bob") || line.starts_with(":ada!") ||
                     line.starts_with(":Ada"))
            << line;
        for (const char c : line) {
            EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << line;
        }
    }
    EXPECT_FALSE(has(heard, "\xe2\x80\xae"));
}

TEST(IrcMailOut, an_answer_in_a_query_goes_out_by_mail) {
    IrcNode node;
    auto ada = node.login("ada");
    auto note = node.mail({IrcNode::ada}, "Lunch", "at one?");
    node.heard(*ada);
    EXPECT_TRUE(has(node.say(*ada, "PRIVMSG bea|example_net :gladly"), "goes out by mail"));
    ASSERT_EQ(node.mail_out.letters.size(), 1U);
    EXPECT_EQ(node.mail_out.letters.front().text, "gladly");
    EXPECT_EQ(node.mail_out.letters.front().answers, note->id);
    EXPECT_TRUE(
        has(node.say(*ada, "PRIVMSG no|such :x"), "")); // an address that mail can go to, or 401
}

// ---- bounds --------------------------------------------------------------------------------------

TEST(IrcBounds, a_long_answer_goes_out_in_pieces) {
    IrcNode node;
    std::vector<chat::Entity> entities = {
        {.id = IrcNode::ada, .kind = chat::EntityKind::person, .name = "ada", .display = "Ada"}};
    for (chat::EntityId id = 100; id < 4100; ++id) {
        const std::string name = "place" + std::to_string(id);
        entities.push_back(
            {.id = id, .kind = chat::EntityKind::place, .name = name, .display = name});
    }
    node.hub.set_entities(std::move(entities));
    const auto client = node.login("ada");
    client->output.take();
    client->front->receive("LIST\r\nLIST\r\n", node.now);
    EXPECT_GT(client->output.pieces.size(), 2U);
    for (const chat::SharedBytes& piece : client->output.pieces) {
        EXPECT_LT(piece->size(), 70'000U);
    }
    EXPECT_EQ(count(client->output.text, " 323 Ada "), 2U);
}

TEST(IrcBounds, one_walk_through_the_past_at_a_time) {
    IrcNode node;
    const auto client = node.login("ada", "draft/chathistory batch");
    node.say(*client, "JOIN #lab");
    client->front->receive("CHATHISTORY LATEST #lab * 10\r\nCHATHISTORY LATEST #lab * 10\r\n"
                           "CHATHISTORY TARGETS timestamp=2026-01-01T00:00:00.000Z "
                           "timestamp=2027-01-01T00:00:00.000Z 10\r\nCHATHISTORY LATEST #lab\r\n"
                           "CHATHISTORY BEFORE #lab msgid=short 5\r\nPING x\r\n",
                           node.now);
    EXPECT_TRUE(client->front->is_waiting());
    EXPECT_FALSE(has(client->output.text, "PONG"));
    const std::string heard = node.heard(*client);
    EXPECT_EQ(count(heard, " chathistory #lab\n"), 2U) << heard;
    EXPECT_EQ(count(heard, " draft/chathistory-targets\n"), 1U) << heard;
    EXPECT_TRUE(has(heard, "Insufficient parameters")) << heard;
    EXPECT_TRUE(has(heard, "Unknown reference")) << heard;
    EXPECT_TRUE(has(heard, "PONG")) << heard;
    EXPECT_FALSE(client->front->is_waiting());
}

} // namespace
} // namespace mailcast::front
