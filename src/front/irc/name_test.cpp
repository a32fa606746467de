#include "base/utf8.h"
#include "front/irc/name.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace mailcast::front {
namespace {

struct IrcNameTest : testing::Test, PsycNode {
    chat::Note mail_from(const std::string& address, const std::string& name = "Somebody") const {
        chat::Note note = *mail_note({ada}, "s", "t");
        note.source = "mailto:" + address;
        note.source_name = name;
        note.mail.envelope_from = address;
        note.mail.origin = "external";
        return note;
    }

    std::string nick(const std::string& address, const std::string& name = "Somebody") const {
        return irc_sender_nick(mail_from(address, name), hub);
    }

    std::string prefix(const std::string& address) const {
        return irc_sender_prefix(mail_from(address), hub);
    }
};

// RFC 2812 2.3.1: letters, digits, special and '-', the first neither digit nor '-'.
bool is_nick(std::string_view nick) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("[]\\`_^{|}").contains(c);
    };
    return !nick.empty() && nick.size() <= longest_sender_nick && is_letter(nick.front()) &&
           std::ranges::all_of(
               nick, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::vector<std::string> strange_addresses() {
    std::vector<std::string> all = {
        "bea@example.net",
        "1st@example.net",
        "-@example.net",
        "MAILER-DAEMON",
        "",
        "@",
        "a@",
        "@b",
        "a b@example.net",
        "\"x\r\nPRIVMSG #lab :hi\"@example.net",
        "a!b@c@example.net",
        "ada|example_net@example.net",
        "root@[IPv6:2001:db8::1]",
        std::string("\xC3\xA4@b\xC3\xBC") + "cher.example",
        std::string("a\0b@example.net", 15),
        std::string("\x01") + "ACTION@example.net",
        std::string("\xE2\x80\xAE") + "evil@example.net",
        "\xFF\xFE@\xC0\x80",
        std::string(64, 'x') + "@example.net",
        "x@" + std::string(200, 'y') + ".example.net",
        std::string(1000, '!') + "@" + std::string(1000, ' '),
    };
    for (std::size_t length = 20; length < 45; ++length) {
        all.push_back(std::string(length, '+') + "@example.net");
        all.push_back(std::string(length, 'a') + "+@exa+mple.net");
        all.push_back("a@" + std::string(length, '+') + "x");
    }
    return all;
}

TEST_F(IrcNameTest, the_nick_of_a_sender_shows_the_address) {
    EXPECT_EQ(nick("bea@example.net"), "bea|example_net");
    EXPECT_EQ(nick("Bea@Example.NET"), "bea|example_net");
    EXPECT_EQ(nick("first.last+x@sub.example.net"), "first_last^2bx|sub_example_net");
    EXPECT_EQ(nick("first_last@example.net"), "first^5flast|example_net");
    EXPECT_EQ(nick("1and1@example.net"), "^31and1|example_net");
    EXPECT_EQ(nick("MAILER-DAEMON"), "mailer-daemon|");
    EXPECT_EQ(prefix("bea@example.net"), "bea|example_net!bea@example.net");
    EXPECT_EQ(prefix("Bea+x@Example.net"), "bea^2bx|example_net!Bea+x@example.net");
    EXPECT_EQ(prefix("MAILER-DAEMON"), "mailer-daemon|!MAILER-DAEMON@chat.example.org");
}

TEST_F(IrcNameTest, persons_of_ours_have_their_own_nick_and_those_of_other_nodes_a_marked_one) {
    chat::Note note;
    note.source = "psyc://chat.example.org/~ada";
    note.source_name = "Ada";
    EXPECT_EQ(irc_sender_nick(note, hub), "Ada");
    EXPECT_EQ(irc_sender_prefix(note, hub), "Ada!ada@chat.example.org");
    note.source = "psyc://example.net/~ada";
    EXPECT_EQ(irc_sender_nick(note, hub), "ada{example_net}");
    EXPECT_EQ(irc_sender_prefix(note, hub), "ada{example_net}!ada@example.net");
    note.source = "xmpp:ada@example.net";
    EXPECT_TRUE(is_nick(irc_sender_nick(note, hub)));
    note.source = "psyc://chat.example.org/~gone";
    EXPECT_EQ(irc_sender_nick(note, hub), "gone{chat_example_org}");
}

TEST_F(IrcNameTest, the_nick_of_a_person_has_only_letters_that_a_nick_may_have) {
    const auto named = [](const char* name, const char* display) {
        return irc_person_nick(
            {.id = 9, .kind = EntityKind::person, .name = name, .display = display});
    };
    EXPECT_EQ(named("ada", "Ada"), "Ada");
    EXPECT_EQ(named("a=b+c", "a=b+c"), "a^3db^2bc");
    EXPECT_EQ(named("firstlast", "First.Last"), "firstlast");
    EXPECT_EQ(named("ada", "Bob"), "ada");
}

TEST_F(IrcNameTest, whatever_the_address_the_nick_is_one_and_never_that_of_a_person_of_ours) {
    for (const std::string& address : strange_addresses()) {
        const std::string name = nick(address);
        EXPECT_TRUE(is_nick(name)) << name;
        EXPECT_TRUE(name.contains('|')) << name;
        EXPECT_EQ(hub.find(EntityKind::person, name), nullptr) << name;
        const std::string whole = prefix(address);
        EXPECT_LE(whole.size(), longest_sender_prefix);
        EXPECT_EQ(std::ranges::count(whole, '!'), 1) << whole;
        EXPECT_EQ(std::ranges::count(whole, '@'), 1) << whole;
        EXPECT_FALSE(whole.contains(' ')) << whole;
        EXPECT_EQ(base::safe_line(whole), whole);
        EXPECT_TRUE(base::is_valid_utf8(whole)) << whole;
    }
}

TEST_F(IrcNameTest, two_addresses_have_two_nicks_and_one_has_one) {
    std::set<std::string> nicks;
    const auto addresses = strange_addresses();
    for (const std::string& address : addresses) {
        EXPECT_EQ(nick(address), nick(address));
        nicks.insert(nick(address));
    }
    for (const char* pair :
         {"a.b@c.d", "a_b@c.d", "a-b@c.d", "a@b.c.d", "a.b.c@d", "a|c_d@c.d", "a^5fb@c.d"}) {
        EXPECT_TRUE(nicks.insert(nick(pair)).second) << pair;
    }
    EXPECT_GE(nicks.size(), addresses.size());
}

TEST_F(IrcNameTest, who_looks_like_somebody_of_ours_is_marked_additionally) {
    EXPECT_EQ(nick("ada@evil.example"), "ada|evil_example|outside");
    EXPECT_EQ(nick("4d4@evil.example"), "^34d4|evil_example|outside");
    EXPECT_EQ(nick("a.d.a+x@evil.example"), "a_d_a^2bx|evil_example|outside");
    EXPECT_EQ(nick("x@evil.example", "A D A"), "x|evil_example|outside");
    EXPECT_EQ(nick("x@evil.example", "\xD0\xB0"
                                     "d\xD0\xB0"),
              "x|evil_example|outside");
    EXPECT_EQ(nick("x@evil.example", "Adam"), "x|evil_example");
    chat::Note note = mail_from("x@evil.example");
    note.mail.from_address = "bob@example.org";
    EXPECT_EQ(irc_sender_nick(note, hub), "x|evil_example|outside");
    EXPECT_EQ(imitated_by(note, hub)->name, "bob");
    note.mail.origin = "internal";
    EXPECT_EQ(irc_sender_nick(note, hub), "x|evil_example");
}

TEST_F(IrcNameTest, what_a_nick_stands_for_can_be_written_to) {
    for (const char* address :
         {"bea@example.net", "first.last+x@example.net", "1_2-3@example.net", "ada@evil.example"}) {
        EXPECT_EQ(address_of_sender_nick(nick(address)), address);
    }
    EXPECT_EQ(address_of_sender_nick("ada{example_net}"), "psyc://example.net/~ada");
    for (const char* none : {"ada", "", "|", "a|", "|b", "{}", "a{", "^|x", "a|b|c", "a^zz|b"}) {
        EXPECT_EQ(address_of_sender_nick(none), "") << none;
    }
    EXPECT_EQ(address_of_sender_nick(nick(std::string(64, 'x') + "@example.net")), "");
}

} // namespace
} // namespace mailcast::front
