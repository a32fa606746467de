// Packets of other nodes for our entities, and ours for theirs, at the seam to the circuits (exchange.h).
#include "base/ascii.h"
#include "front/test_mail_reading.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {
namespace {

const std::string eve = "psyc://far.example/~eve";
const std::string den = "psyc://far.example/@den";
const std::string node = "psyc://far.example/";

struct PsycElsewhereTest : testing::Test, PsycNode {
    MemoryOutside outside;

    PsycElsewhereTest() { entities.set_outside(&outside); }

    static psyc::Packet parsed(psyc::Parser& parser, const std::string& text) {
        std::string_view input = text;
        const auto packet = parser.next(input);
        EXPECT_TRUE(packet && *packet) << text;
        return packet && *packet ? **packet : psyc::Packet{};
    }

    // What is answered to a packet that the circuit has verified to be of `who`.
    std::vector<PsycLetter> receive(const std::string& text, const std::string& who = eve,
                                    const std::string& nick = "eve") {
        std::vector<PsycLetter> answers;
        psyc::Parser parser(psyc::Generation::classic);
        const psyc::Packet packet = parsed(parser, text);
        entities.receive({.uniform = who, .nick = nick, .person = 0, .node = node}, packet,
                         [&answers](PsycLetter letter) { answers.push_back(std::move(letter)); });
        backing.settle();
        return answers;
    }

    bool receive_cast(const std::string& context, const std::string& text) {
        psyc::Parser parser(psyc::Generation::classic);
        const psyc::Packet packet = parsed(parser, text);
        bool called = false;
        bool kept = false;
        entities.receive_cast(context, packet, [&](bool stored) {
            called = true;
            kept = stored;
        });
        backing.settle();
        EXPECT_TRUE(called);
        return kept;
    }

    static std::string to(const std::string& whom, const std::string& rest) {
        return ":_target\tpsyc://chat.example.org/" + whom + "\n" + rest + ".\n";
    }

    // She is in the den.
    std::unique_ptr<Client> in_den(const std::string& nick) {
        auto client = linked(nick);
        say(*client, ":_target\t" + den + "\n:_tag\te1\n_request_enter\n.\n");
        EXPECT_EQ(outside.letters.back().method, "_request_enter");
        receive(to("~" + nick, ":_tag_reply\t" + outside.letters.back().tag +
                                   "\n:_nick_place\tden\n_echo_place_enter\nYou enter.\n"),
                den, "den");
        return client;
    }
};

TEST_F(PsycElsewhereTest, a_message_of_another_node_is_kept_shown_and_receipted) {
    const auto client = linked("ada");
    const auto answers =
        receive(to("~ada", ":_tag\tz9\n:_nick\teve\n_message_private\nhello [_nick]\n"));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].method, "_message_echo_private");
    EXPECT_EQ(answers[0].source, "psyc://chat.example.org/~ada");
    EXPECT_EQ(answers[0].tag_reply, "z9");
    EXPECT_EQ(answers[0].body, "hello [_nick]");
    const std::string shown = client->output.take();
    EXPECT_TRUE(has(shown, ":_source_relay\t" + eve + "\n"));
    EXPECT_TRUE(has(shown, ":_nick\teve\n"));
    EXPECT_EQ(backing.logs[ada].size(), 1U);
}

TEST_F(PsycElsewhereTest, a_stranger_with_a_name_of_ours_is_shown_with_his_uniform) {
    const auto client = linked("ada");
    receive(to("~ada", "_message_private\nit is me, Bob\n"), "psyc://far.example/~bob", "Bob");
    const std::string shown = client->output.take();
    EXPECT_TRUE(has(shown, ":_nick\tpsyc://far.example/~bob\n")) << shown;
}

TEST_F(PsycElsewhereTest, each_packet_gets_its_answer) {
    struct Case {
        std::string whom;
        std::string packet;
        std::string answer; // "" for none
    };

    const std::vector<Case> cases = {
        {"", "_request_ping\n", "_echo_ping"},
        {"", "_request_version\n", "_status_version"},
        {"", "_request_user_amount\n", "_status_user_amount"},
        {"", "_request_list_item\n", "_notice_list_item"},
        {"", "_request_description_time\n", "_status_description_time"},
        {"", "_message_private\nhi\n", "_failure_unsupported_function_root"},
        {"", "_notice_x\n", ""},
        {"~ada", "_request_ping\n", "_echo_ping"},
        {"~ada", "_request_version\n", "_status_version"},
        {"~ada", "_request_description\n", "_status_description_person"},
        {"~ada", "_request_status_person\n", ""},
        {"~ada", "_request_location\n", "_error_rejected_query_location"},
        {"~ada", "_request_authentication\n", "_error_invalid_authentication"},
        {"~ada", "_request_do_set\n", "_failure_unsupported_execute_person"},
        {"~ada", "_request_execute\n", "_failure_unsupported_execute_person"},
        {"~ada", "_request_input\n", "_error_rejected_input_person"},
        {"~ada", "_request_dance\n", "_failure_unsupported_request"},
        {"~ada", "_message_private\n", "_error_necessary_text"},
        {"~ada", "_message_echo_private\nforged\n", ""},
        {"~ada", "_notice_friendship_established\n", ""},
        {"~nobody", "_message_private\nhi\n", "_error_unknown_name_user"},
        {"@nowhere", "_message_public\nhi\n", "_error_unknown_name_place"},
        {"@lab", "_message_public\nhi\n", "_error_necessary_membership"},
        {"@lab", "_notice_email_delivered\n", "_error_necessary_membership"},
        {"@lab", "_request_members\n", "_error_necessary_membership"},
        {"@lab", "_request_history\n", "_error_necessary_membership"},
        {"@lab", "_request_set_topic\n", "_error_necessary_membership"},
        {"@lab", ":_key\tsenders\n:_value\tany\n_request_set\n", "_error_necessary_ownership"},
        {"@lab", "_request_leave\n", "_echo_place_leave_invalid"},
        {"@lab", "_request_description\n", "_status_description_place"},
        {"@lab", "_error_x\n", ""},
    };
    for (const Case& one : cases) {
        const auto answers = receive(to(one.whom, ":_tag\tq\n" + one.packet));
        ASSERT_EQ(answers.size(), one.answer.empty() ? 0U : 1U) << one.whom << " " << one.packet;
        if (!one.answer.empty()) {
            EXPECT_EQ(answers[0].method, one.answer) << one.whom << " " << one.packet;
            EXPECT_EQ(answers[0].tag_reply, "q");
            EXPECT_EQ(answers[0].target, "") << "the circuit's to fill in";
        }
    }
    EXPECT_TRUE(backing.logs.empty() || backing.logs[ada].empty());
}

TEST_F(PsycElsewhereTest, this_node_passes_nothing_on_for_others) {
    const auto answers = receive(":_target\tpsyc://third.example/~x\n_message_private\nhi\n.\n");
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].method, "_failure_unsupported_relay");
    EXPECT_TRUE(outside.letters.empty());
}

TEST_F(PsycElsewhereTest, a_member_elsewhere_enters_talks_and_leaves) {
    const auto client = in_lab("ada");
    client->output.take();
    talk.set_topic(*hub.find(lab),
                   {.uniform = "psyc://chat.example.org/~ada", .nick = "Ada", .person = ada},
                   "soldering");
    const auto entered = receive(to("@lab", ":_tag\te\n:_nick\teve\n_request_enter_join_again\n"));
    ASSERT_EQ(entered.size(), 2U);
    EXPECT_EQ(entered[0].method, "_echo_place_enter_join");
    EXPECT_EQ(entered[0].tag_reply, "e");
    ASSERT_EQ(entered[0].lists.size(), 2U);
    EXPECT_EQ(entered[0].lists[0].second,
              (std::vector<std::string>{"psyc://chat.example.org/~ada", eve}));
    EXPECT_EQ(entered[0].lists[1].second, (std::vector<std::string>{"Ada", "eve"}));
    EXPECT_EQ(entered[1].method, "_status_place_topic");
    EXPECT_EQ(outside.changed, std::vector<EntityId>{lab});
    EXPECT_TRUE(has(client->output.take(), ":_source_relay\t" + eve + "\n\n:_nick\teve\n"));
    // Nobody answers what the cast of the place will show.
    EXPECT_TRUE(receive(to("@lab", ":_tag\tm\n_message_public\nhi all\n")).empty());
    EXPECT_TRUE(has(client->output.take(), "\n_message_public\nhi all\n"));
    EXPECT_EQ(receive(to("@lab", "_request_members\n"))[0].method, "_status_place_members");
    const auto history = receive(to("@lab", ":_amount\t5\n_request_history\n"));
    ASSERT_EQ(history.size(), 2U);
    EXPECT_EQ(history[0].context, "psyc://chat.example.org/@lab");
    EXPECT_EQ(history[0].source_relay, eve);
    EXPECT_EQ(history[1].method, "_echo_history");
    const auto left = receive(to("@lab", ":_tag\tl\n_request_context_leave\n"));
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].method, "_echo_place_leave");
    EXPECT_TRUE(has(client->output.take(), "\n_notice_place_leave\n"));
    EXPECT_EQ(outside.changed, (std::vector<EntityId>{lab, lab}));
}

TEST_F(PsycElsewhereTest, only_persons_enter) {
    EXPECT_EQ(receive(to("@lab", ":_tag\te\n_request_enter\n"), node)[0].method,
              "_error_place_enter_necessary_registration");
}

TEST_F(PsycElsewhereTest, a_place_elsewhere_is_entered_with_a_tag_and_left) {
    const auto client = linked("ada");
    client->output.take();
    say(*client, ":_target\t" + den + "\n:_tag\te1\n_request_enter\n.\n");
    ASSERT_EQ(outside.letters.size(), 1U);
    EXPECT_EQ(outside.letters[0].source, "psyc://chat.example.org/~ada");
    EXPECT_EQ(outside.letters[0].target, den);
    const std::string tag = outside.letters[0].tag;
    ASSERT_FALSE(tag.empty());
    // Forged: without the tag, with another one, by somebody else.
    receive(to("~ada", "_echo_place_enter\nx\n"), den);
    receive(to("~ada", ":_tag_reply\tother\n_echo_place_enter\nx\n"), den);
    receive(to("~ada", ":_tag_reply\t" + tag + "\n_echo_place_enter\nx\n"), eve);
    EXPECT_TRUE(backing.relations.empty());
    client->output.take();
    receive(to("~ada", ":_tag_relay\t" + tag + "\n:_topic\ttea\n_echo_context_enter\nx\n"), den);
    EXPECT_EQ((backing.relations[{ada, chat::RelationKind::place, den}]), "Ada");
    const std::string echo = client->output.take();
    EXPECT_TRUE(has(echo, ":_source_relay\t" + den + "\n")) << echo;
    EXPECT_TRUE(has(echo, ":_tag_reply\te1\n"));
    EXPECT_TRUE(has(echo, "\n_echo_place_enter\n"));
    // A tag is good once.
    backing.relations.clear();
    receive(to("~ada", ":_tag_relay\t" + tag + "\n_echo_context_enter\nx\n"), den);
    EXPECT_TRUE(backing.relations.empty());
    say(*client, ":_target\t" + den + "\n_message_public\nhello den\n.\n");
    EXPECT_EQ(outside.letters.back().method, "_message_public");
    EXPECT_EQ(outside.letters.back().body, "hello den");
    EXPECT_TRUE(has(say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_input\n/part " +
                                     den + "\n.\n"),
                    "\n_echo_place_leave\n"));
    EXPECT_EQ(outside.letters.back().method, "_request_leave");
    EXPECT_TRUE(has(say(*client, ":_target\t" + den + "\n_message_public\nhello den\n.\n"),
                    "_error_necessary_membership"));
}

TEST_F(PsycElsewhereTest, an_answer_that_comes_too_late_is_not_believed) {
    const auto client = linked("ada");
    say(*client, ":_target\t" + den + "\n_request_enter\n.\n");
    clock += std::chrono::minutes(11);
    receive(to("~ada", ":_tag_relay\t" + outside.letters[0].tag + "\n_echo_place_enter\nx\n"), den);
    EXPECT_TRUE(backing.relations.empty());
}

TEST_F(PsycElsewhereTest, what_is_said_there_comes_once_for_all_of_ours) {
    const auto hers = in_den("ada");
    const auto his = in_den("bob");
    const auto other = linked("cyd");
    hers->output.take();
    his->output.take();
    other->output.take();
    const std::string cast = ":_context\t" + den + "\n:_source_relay\t" + eve +
                             "\n\n:_nick\teve\n:_ID_message\tn1\n_message_public\nhi from far\n.\n";
    EXPECT_TRUE(receive_cast(den, cast));
    EXPECT_TRUE(receive_cast(den, cast)); // sent again after a broken circuit
    for (Client* client : {hers.get(), his.get()}) {
        const std::string shown = client->output.take();
        EXPECT_EQ(count("\n" + shown, "\n.\n"), 1U) << shown;
        EXPECT_TRUE(has(shown, ":_context\t" + den + "\n:_source_relay\t" + eve + "\n"));
        EXPECT_TRUE(has(shown, ":_nick\teve\n:_nick_place\tden\n"));
        EXPECT_TRUE(has(shown, "\n_message_public\nhi from far\n"));
        EXPECT_FALSE(has(shown, "\n:_target\t"));
    }
    EXPECT_EQ(other->output.take(), "");
    ASSERT_EQ(backing.logs[ada].size(), 1U);
    EXPECT_EQ(backing.logs[ada][0].note, backing.logs[bob][0].note);
    // Known again by its own id; another place's same id is another thing.
    EXPECT_TRUE(backing.seen.contains(den + " n1"));
}

TEST_F(PsycElsewhereTest, a_cast_that_could_not_be_stored_is_said_to_be_so) {
    const auto hers = in_den("ada");
    hers->output.take();
    backing.fails = true;
    EXPECT_FALSE(receive_cast(den, "_message_public\nhi\n.\n"));
    EXPECT_EQ(hers->output.take(), "");
    backing.fails = false;
    EXPECT_TRUE(receive_cast("psyc://far.example/@other", "_message_public\nhi\n.\n"));
    EXPECT_TRUE(backing.logs[ada].empty());
}

TEST_F(PsycElsewhereTest, a_place_elsewhere_puts_no_words_into_the_mouth_of_ours) {
    const auto hers = in_den("ada");
    hers->output.take();
    receive_cast(den, ":_source_relay\tpsyc://chat.example.org/~bob\n\n:_nick\tBob\n"
                      "_message_public\nI resign\n.\n");
    const std::string shown = hers->output.take();
    EXPECT_TRUE(has(shown, ":_source_relay\t" + den + "\n")) << shown;
    EXPECT_FALSE(has(shown, "Bob"));
    receive_cast(den, ":_source_relay\tpsyc://chat.example.org/~ada\n\n:_nick\tx\n"
                      "_message_public\nher own words\n.\n");
    EXPECT_TRUE(has(hers->output.take(), ":_nick\tAda\n"));
}

TEST_F(PsycElsewhereTest, words_of_another_node_never_stand_under_our_methods) {
    const auto client = linked("ada");
    for (const char* method : {"_notice_unlink", "_error_invalid_password", "_status_log_new",
                               "_warning_server_shutdown", "_info_x", "_notice_link"}) {
        client->output.take();
        receive(to("~ada", ":_subject\tx]\\n[_nick]\n" + std::string(method) +
                               "\n[_subject]\x1b[2J You are [_identification]\n. \n"));
        const std::string shown = client->output.take();
        EXPECT_EQ(count("\n" + shown, "\n.\n"), 1U) << shown;
        EXPECT_FALSE(has(shown, "\n" + std::string(method) + "\n")) << shown;
        EXPECT_TRUE(has(shown, "_elsewhere\n[_nick]: [_content]\n.\n")) << shown;
        EXPECT_TRUE(has(shown, ":_method_relay\t" + std::string(method) + "\n"));
        EXPECT_FALSE(has(shown, "\x1b"));
    }
}

TEST_F(PsycElsewhereTest, who_comes_and_goes_there_is_told_and_a_leave_of_ours_is_believed) {
    const auto hers = in_den("ada");
    hers->output.take();
    receive_cast(den, ":_source_relay\t" + eve + "\n\n:_nick\teve\n_notice_place_enter\nx\n.\n");
    const std::string told = hers->output.take();
    EXPECT_TRUE(told.starts_with(":_context\t" + den + "\n:_source_relay\t" + eve + "\n")) << told;
    EXPECT_TRUE(has(told, "\n_notice_place_enter\n[_nick] enters [_nick_place].\n"));
    receive_cast(den,
                 ":_source_relay\tpsyc://chat.example.org/~ada\n\n_notice_place_leave\nx\n.\n");
    EXPECT_TRUE(backing.relations.empty());
}

TEST_F(PsycElsewhereTest, a_receipt_is_believed_by_its_tag_and_shows_our_own_record) {
    const auto client = linked("ada");
    client->output.take();
    EXPECT_EQ(say(*client, ":_target\t" + eve + "\n:_tag\tp1\n_message_private\nhello eve\n.\n"),
              "");
    ASSERT_EQ(outside.letters.size(), 1U);
    EXPECT_EQ(outside.letters[0].body, "hello eve");
    EXPECT_TRUE(backing.relations.contains({ada, chat::RelationKind::known, eve}));
    receive(to("~ada", ":_tag_reply\t" + outside.letters[0].tag +
                           "\n_message_echo_private\nsomething else\n"));
    const std::string receipt = client->output.take();
    EXPECT_TRUE(has(receipt, "\n_message_echo_private\nhello eve\n")) << receipt;
    EXPECT_TRUE(has(receipt, ":_tag_reply\tp1\n"));
    EXPECT_TRUE(has(receipt, ":_source_relay\t" + eve + "\n"));
}

TEST_F(PsycElsewhereTest, who_cannot_be_reached_is_said_so) {
    const auto client = linked("ada");
    outside.broken = true;
    const std::string answer =
        say(*client, ":_target\t" + eve + "\n:_tag\tp1\n_message_private\nhello eve\n.\n");
    EXPECT_TRUE(has(answer, "\n_failure_unsuccessful_delivery\n")) << answer;
    EXPECT_TRUE(has(answer, ":_reason\tconnection refused\n"));
    EXPECT_TRUE(has(answer, ":_tag_reply\tp1\n"));
}

// ---- contexts of mails ----

TEST_F(PsycElsewhereTest, who_got_a_mail_of_another_node_hears_the_talk_about_it_and_talks) {
    const std::string context = "psyc://far.example/@mail-01h2xcejqtf2nbrexx3vqjhp41";
    const auto client = linked("ada");
    const auto other = linked("bob");
    entities.mail_taken(context, {"psyc://chat.example.org/~ada"});
    client->output.take();
    other->output.take();
    const std::string cast = ":_context\t" + context + "\n:_source_relay\t" + eve +
                             "\n\n:_nick\teve\n:_ID_message\t1\n_message_public\nwhat now?\n.\n";
    EXPECT_TRUE(receive_cast(context, cast));
    EXPECT_TRUE(receive_cast(context, cast)) << "sent again";
    const std::string heard = client->output.take();
    EXPECT_EQ(count(heard, "\n_message_public\nwhat now?\n.\n"), 1U) << heard;
    EXPECT_TRUE(has(heard, ":_context\t" + context + "\n")) << heard;
    EXPECT_EQ(other->output.take(), "");
    say(*client, ":_target\t" + context + "\n_message_public\nlunch\n.\n");
    EXPECT_EQ(outside.letters.back().target, context);
    EXPECT_EQ(outside.letters.back().source, "psyc://chat.example.org/~ada");
    // Nobody enters what is no place when the node is back.
    outside.letters.clear();
    entities.node_opened(node);
    EXPECT_TRUE(outside.letters.empty());
}

TEST_F(PsycElsewhereTest, contexts_of_mails_elsewhere_are_bounded_and_the_oldest_goes) {
    const auto context = [](int number) {
        return "psyc://far.example/@mail-01h2xcejqtf2nbrexx3v" + std::to_string(100'000 + number);
    };
    for (int i = 0; i < 1001; ++i) {
        entities.mail_taken(context(i), {"psyc://chat.example.org/~ada"});
    }
    const auto& places = hub.relations().of(ada, chat::RelationKind::place);
    EXPECT_EQ(places.size(), 1000U);
    EXPECT_FALSE(places.contains(context(0)));
    EXPECT_TRUE(places.contains(context(1000)));
    entities.mail_taken("psyc://far.example/@lab", {"psyc://chat.example.org/~bob"});
    EXPECT_TRUE(hub.relations().of(bob, chat::RelationKind::place).empty()) << "no mail's";
}

TEST_F(PsycElsewhereTest, talk_about_a_mail_of_ours_goes_to_each_node_once) {
    const auto client = linked("ada");
    auto note = mail_note({ada, lab}, "plans", "let us meet");
    note->id = base::MessageIdGenerator(7).next(clock);
    note->context = "psyc://chat.example.org/@mail-" + base::lowered(note->id.text());
    note->elsewhere = {eve, "psyc://far.example/~mal", "psyc://near.example/~joe"};
    publish(note);
    const std::string mail = client->output.take();
    EXPECT_TRUE(has(mail, ":_amount_recipients\t5\n")) << mail;
    EXPECT_TRUE(has(mail, ":\t" + eve + "\n")) << mail;
    say(*client, ":_target\t" + note->context + "\n_message_public\nlunch\n.\n");
    ASSERT_EQ(outside.letters.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(outside.letters[i].context, note->context);
        EXPECT_EQ(outside.letters[i].source, "");
        EXPECT_EQ(outside.letters[i].source_relay, "psyc://chat.example.org/~ada");
        EXPECT_EQ(outside.letters[i].method, "_message_public");
        EXPECT_EQ(outside.letters[i].body, "lunch");
    }
    EXPECT_EQ(outside.letters[0].target, "psyc://far.example/");
    EXPECT_EQ(outside.letters[1].target, "psyc://near.example/");
    client->output.take();
    // Members elsewhere talk, others do not.
    EXPECT_TRUE(receive(":_target\t" + note->context + "\n_message_public\nyes\n.\n").empty());
    EXPECT_TRUE(has(client->output.take(), "\n_message_public\nyes\n.\n"));
    EXPECT_EQ(outside.letters.size(), 4U);
    const auto refused = receive(":_target\t" + note->context + "\n_message_public\nno\n.\n",
                                 "psyc://far.example/~someone");
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].method, "_error_necessary_membership");
}

TEST_F(PsycElsewhereTest, members_whose_node_is_lost_are_gone_at_once_and_back_with_it) {
    const auto client = in_lab("ada");
    receive(to("@lab", ":_tag\t1\n_request_enter\n"));
    client->output.take();
    entities.node_lost(node);
    EXPECT_TRUE(has(client->output.take(), "\n_notice_place_leave_netburp\n"));
    EXPECT_EQ(hub.occupants(lab), 1U);
    EXPECT_TRUE(hub.is_in(lab, eve)) << "what is said meanwhile waits for her";
    entities.node_lost(node);
    EXPECT_EQ(client->output.take(), "") << "told once";
    entities.node_opened(node);
    EXPECT_TRUE(has(client->output.take(), "\n_notice_place_enter\n"));
    EXPECT_EQ(hub.occupants(lab), 2U);
}

TEST_F(PsycElsewhereTest, friendship_over_nodes) {
    const auto client = linked("ada");
    client->output.take();
    // Established without having been asked for: not believed.
    receive(to("~ada", "_notice_friendship_established\nx\n"));
    EXPECT_TRUE(backing.relations.empty());
    EXPECT_EQ(receive(to("~ada", ":_tag\tf\n_request_friendship\nx\n"))[0].method,
              "_echo_friendship_offered");
    EXPECT_TRUE(has(client->output.take(), "\n_request_friendship\n"));
    EXPECT_TRUE(
        has(say(*client,
                ":_target\tpsyc://chat.example.org/~ada\n_request_input\n/friend " + eve + "\n.\n"),
            "_echo_friendship_established"));
    EXPECT_EQ(outside.letters.back().method, "_notice_friendship_established");
    EXPECT_EQ(receive(to("~ada", "_request_friendship\nx\n"))[0].method,
              "_status_friendship_established");
    // One packet to her node for all friends there, in her own context.
    say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_input\n/away tea\n.\n");
    EXPECT_EQ(outside.letters.back().context, "psyc://chat.example.org/~ada");
    EXPECT_EQ(outside.letters.back().target, node);
    EXPECT_EQ(outside.letters.back().method, "_notice_presence_away_manual");
    // Her friend's presence, by packet and by cast; a stranger's is not shown.
    client->output.take();
    const auto answers =
        receive(to("~ada", ":_degree_availability\t7\n_notice_presence_here\nx\n"));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].method, "_status_person_away");
    EXPECT_TRUE(has(client->output.take(), "\n_notice_presence_here\n"));
    EXPECT_TRUE(receive_cast(eve, ":_degree_availability\t1\n_notice_presence_absent\nx\n.\n"));
    EXPECT_TRUE(has(client->output.take(), "\n_notice_presence_absent\n"));
    receive_cast("psyc://far.example/~mal",
                 ":_degree_availability\t7\n_notice_presence_here\nx\n.\n");
    EXPECT_EQ(client->output.take(), "");
    const auto removed = receive(to("~ada", "_notice_friendship_removed\nx\n"));
    ASSERT_EQ(removed.size(), 1U);
    EXPECT_EQ(removed[0].method, "_notice_friendship_removed_implied");
    EXPECT_TRUE(receive(to("~ada", "_notice_friendship_removed_implied\nx\n")).empty());
}

TEST_F(PsycElsewhereTest, after_a_node_came_back_our_persons_enter_its_places_again) {
    const auto hers = in_den("ada");
    const auto his = in_den("bob");
    outside.letters.clear();
    entities.node_opened("psyc://other.example/");
    EXPECT_TRUE(outside.letters.empty());
    entities.node_opened(node);
    ASSERT_EQ(outside.letters.size(), 2U);
    for (const PsycLetter& letter : outside.letters) {
        EXPECT_EQ(letter.method, "_request_enter_relink");
        EXPECT_EQ(letter.target, den);
        EXPECT_FALSE(letter.tag.empty());
    }
}

TEST_F(PsycElsewhereTest, letters_that_wait_are_bounded) {
    PsycEntities few{talk,
                     {.implementation = "mailcast/0",
                      .new_tag = [this] { return "few" + std::to_string(++tags); },
                      .most_waiting = 2}};
    few.set_outside(&outside);
    psyc::Parser parser(psyc::Generation::classic);
    const std::string text = ":_target\t" + eve + "\n_message_private\nhi\n.\n";
    const PsycSender sender{
        .uniform = "psyc://chat.example.org/~ada", .nick = "Ada", .person = ada, .node = {}};
    int receipts = 0;
    for (int i = 0; i < 3; ++i) {
        few.receive(sender, parsed(parser, text), [&receipts](const PsycLetter&) { ++receipts; });
    }
    ASSERT_EQ(outside.letters.size(), 3U);
    for (const PsycLetter& letter : outside.letters) {
        psyc::Parser other(psyc::Generation::classic);
        const std::string echo =
            to("~ada", ":_tag_reply\t" + letter.tag + "\n_message_echo_private\nhi\n");
        few.receive({.uniform = eve, .nick = "eve", .person = 0, .node = node}, parsed(other, echo),
                    [](const PsycLetter&) {});
    }
    EXPECT_EQ(receipts, 2);
}

TEST_F(PsycElsewhereTest, a_mailbox_notice_is_kept_for_the_person) {
    MemoryMailReading reading;
    entities.set_words(&reading, nullptr);
    receive(to("~ada",
               ":_origin\tCarol <carol@example.com>\n:_subject\t*hi there*\n:_nick_alias\tmxMail\n"
               "_notice_received_email\n[_nick] says: pay now\n"),
            "psyc://192.0.2.1:4404d/");
    ASSERT_EQ(backing.logs[ada].size(), 1U);
    const auto client = connect();
    const std::string shown = say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n"
                                           ":_password\tsecret\n_request_link\n.\n");
    EXPECT_TRUE(has(shown, ":_nick_alias\tmxMail\n")) << shown;
    EXPECT_TRUE(has(shown, ":_origin\tCarol <carol@example.com>\n:_subject\thi there\n")) << shown;
    EXPECT_TRUE(has(shown, "\n_notice_received_email\n([_nick_alias]) [_origin]: [_subject]\n"));
}

} // namespace
} // namespace mailcast::front
