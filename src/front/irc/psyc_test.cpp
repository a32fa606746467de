// IRC and PSYC clients in one room, and persons of other nodes: the same talk on every door.
#include "front/irc/elsewhere.h"
#include "front/irc/test_node.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

namespace mailcast::front {
namespace {

struct MixedNode : PsycNode {
    MemoryOutside outside;
    IrcElsewhere elsewhere{entities};
    IrcClients irc{{.talk = talk, .elsewhere = &elsewhere, .version = "mailcast-0"}};

    MixedNode() { entities.set_outside(&outside); }

    ~MixedNode() { entities.set_outside(nullptr); }

    MixedNode(const MixedNode&) = delete;
    MixedNode& operator=(const MixedNode&) = delete;

    struct IrcClient {
        IrcMemoryOutput output;
        std::shared_ptr<IrcFront> front;
    };

    std::string say(IrcClient& client, const std::string& lines) {
        client.front->receive(lines + "\r\n", now);
        backing.settle();
        return IrcNode::plain(client.output.take());
    }

    std::string heard(IrcClient& client) {
        backing.settle();
        return IrcNode::plain(client.output.take());
    }

    std::unique_ptr<IrcClient> irc_in_lab(const std::string& nick) {
        auto client = std::make_unique<IrcClient>();
        client->front = std::make_shared<IrcFront>(irc, client->output, IrcFront::Options{});
        say(*client, "PASS secret\r\nNICK " + nick + "\r\nUSER " + nick + " 0 * :x\r\nJOIN #lab");
        return client;
    }

    using PsycNode::say;
};

TEST(IrcAndPsyc, one_room_for_both) {
    MixedNode node;
    auto ada = node.irc_in_lab("ada");
    auto bob = node.in_lab("bob");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org JOIN #lab\n");
    node.say(*bob, ":_target\tpsyc://chat.example.org/@lab\n_message_public\nhello from psyc\n.\n");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PRIVMSG #lab :hello from psyc\n");
    node.say(*ada, "PRIVMSG #lab :hello from irc");
    EXPECT_TRUE(has(bob->output.take(), "hello from irc"));
    node.say(*ada, "PRIVMSG #lab :\x01"
                   "ACTION waves\x01");
    EXPECT_TRUE(has(bob->output.take(), ":_action\twaves\n"));
    node.say(*ada, "TOPIC #lab :tea");
    const std::string topic = bob->output.take();
    EXPECT_TRUE(has(topic, "_notice_place_topic\n")) << topic;
    EXPECT_TRUE(has(topic, ":_topic\ttea\n")) << topic;
    node.say(*bob, ":_target\tpsyc://chat.example.org/~ada\n_message_private\npsst\n.\n");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PRIVMSG Ada :psst\n");
    node.say(*ada, "PRIVMSG bob :what");
    EXPECT_TRUE(has(bob->output.take(), "_message_private\nwhat\n"));
    node.mail(lab, "Subject", "words of a mail");
    EXPECT_TRUE(has(bob->output.take(), "_message_public_mail\n"));
    EXPECT_TRUE(has(node.heard(*ada), "PRIVMSG #lab :words of a mail\n"));
    node.say(*bob, ":_target\tpsyc://chat.example.org/@lab\n_request_leave\n.\n");
    EXPECT_EQ(node.heard(*ada), ":Bob!bob@chat.example.org PART #lab\n");
    node.say(*bob, ":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n");
    node.heard(*ada);
    node.say(*ada, "PART #lab");
    EXPECT_TRUE(has(bob->output.take(), "_notice_place_leave\n"));
}

TEST(IrcAndPsyc, clients_of_one_person_over_both_see_each_other) {
    MixedNode node;
    auto irc = node.irc_in_lab("ada");
    auto psyc = node.in_lab("ada");
    EXPECT_EQ(node.heard(*irc), ""); // she is in already
    node.say(*psyc, ":_target\tpsyc://chat.example.org/~bob\n_message_private\npsst\n.\n");
    EXPECT_EQ(node.heard(*irc), ":Ada!ada@chat.example.org PRIVMSG Bob :psst\n");
    node.say(*irc, "PRIVMSG bob :and me");
    EXPECT_TRUE(has(psyc->output.take(), "_message_echo_private\nand me\n"));
}

TEST(IrcAndPsyc, a_person_of_another_node_is_told_by_the_nick_that_stands_for_her) {
    MixedNode node;
    auto ada = node.irc_in_lab("ada");
    const std::string nick = irc_nick_of("psyc://example.net/~bea", "bea", node.hub);
    EXPECT_EQ(nick, "bea{example_net}");
    EXPECT_EQ(node.say(*ada, "PRIVMSG " + nick + " :hello out there"), "");
    ASSERT_EQ(node.outside.letters.size(), 1U);
    EXPECT_EQ(node.outside.letters.front().target, "psyc://example.net/~bea");
    EXPECT_EQ(node.outside.letters.front().body, "hello out there");
    node.outside.broken = true;
    EXPECT_TRUE(has(node.say(*ada, "PRIVMSG " + nick + " :again"), "connection refused"));
}

} // namespace
} // namespace mailcast::front
