// What persons do with their clients: talk, places, commands, presence, friends, history.
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {
namespace {

struct PsycTalkTest : testing::Test, PsycNode {};

std::string packet(std::string_view routing, std::string_view method, std::string_view body = {}) {
    std::string out(routing);
    out += method;
    out += '\n';
    if (!body.empty()) {
        out += body;
        out += '\n';
    }
    return out + ".\n";
}

const std::string to_lab = ":_target\tpsyc://chat.example.org/@lab\n";
const std::string to_ada = ":_target\tpsyc://chat.example.org/~ada\n";
const std::string to_bob = ":_target\tpsyc://chat.example.org/~bob\n";

TEST_F(PsycTalkTest, talk_in_a_place_reaches_everybody_there_with_the_same_octets) {
    const auto one = in_lab("ada");
    const auto two = in_lab("bob");
    one->output.take();
    const std::string own = say(*one, packet(to_lab, "_message_public", "hello\n. \n_message"));
    const std::string others = two->output.text;
    EXPECT_EQ(own, others);
    EXPECT_TRUE(own.starts_with(":_context\tpsyc://chat.example.org/@lab\n"
                                ":_source_relay\tpsyc://chat.example.org/~ada\n\n"
                                ":_nick\tAda\n:_nick_place\tlab\n:_ID_message\t"))
        << own;
    EXPECT_TRUE(own.ends_with("\n_message_public\nhello\n. \n_message\n.\n")) << own;
    ASSERT_EQ(backing.logs[lab].size(), 1U);
}

TEST_F(PsycTalkTest, one_piece_is_shared_by_all_circuits_of_a_place) {
    const auto one = in_lab("ada");
    const auto two = in_lab("bob");
    one->output.take();
    two->output.take();
    mail(lab, "for all", "words");
    ASSERT_EQ(one->output.pieces.size(), 1U);
    ASSERT_EQ(two->output.pieces.size(), 1U);
    EXPECT_EQ(one->output.pieces[0], two->output.pieces[0]);
}

TEST_F(PsycTalkTest, who_is_not_in_a_place_is_refused_with_its_name) {
    const auto client = linked("ada");
    const std::string answer =
        say(*client, packet(to_lab + ":_tag\tt1\n", "_message_public", "hello"));
    EXPECT_EQ(answer, ":_source\tpsyc://chat.example.org/@lab\n"
                      ":_target\tpsyc://127.0.0.1:-4000/\n"
                      ":_tag_reply\tt1\n:_tag_relay\tt1\n\n"
                      ":_nick_place\tlab\n"
                      "_error_necessary_membership\n"
                      "You need to enter [_nick_place] first.\n.\n");
    EXPECT_TRUE(backing.logs[lab].empty());
}

TEST_F(PsycTalkTest, others_are_told_who_comes_and_goes) {
    const auto watching = in_lab("ada");
    watching->output.take();
    auto other = linked("bob");
    // To those who were there, not to the one who comes.
    EXPECT_FALSE(has(say(*other, packet(to_lab, "_request_enter")), "_notice_place_enter"));
    EXPECT_EQ(watching->output.take(), ":_context\tpsyc://chat.example.org/@lab\n"
                                       ":_source_relay\tpsyc://chat.example.org/~bob\n\n"
                                       ":_nick\tBob\n:_nick_place\tlab\n"
                                       "_notice_place_enter\n[_nick] enters [_nick_place].\n.\n");
    EXPECT_TRUE(has(say(*other, packet(to_lab, "_request_leave")), "\n_echo_place_leave\n"));
    EXPECT_TRUE(has(watching->output.take(), "\n_notice_place_leave\n"));
    other = in_lab("bob");
    watching->output.take();
    other->front->disconnected();
    EXPECT_TRUE(has(watching->output.take(), "\n_notice_place_leave_disconnect\n"));
}

TEST_F(PsycTalkTest, the_1_0_generation_hears_of_contexts) {
    const auto client = connect();
    say(*client,
        "|\n:_target\tpsyc://chat.example.org/~ada\n\n:_password\tsecret\n_request_link\n|\n");
    const std::string echo = say(*client, ":_target\tpsyc://chat.example.org/@lab\n:_tag\tx\n\n"
                                          "_request_context_enter\n|\n");
    EXPECT_TRUE(has(echo, "\n_echo_context_enter\n")) << echo;
    EXPECT_TRUE(has(echo, "\n:_tag_relay\tx\n"));
    EXPECT_FALSE(has(echo, "_tag_reply"));
    const auto other = in_lab("bob");
    EXPECT_EQ(client->output.take(), ":_context\tpsyc://chat.example.org/@lab\n"
                                     ":_source_relay\tpsyc://chat.example.org/~bob\n"
                                     ":_counter\t1\n"
                                     "80\n:_nick\tBob\n:_nick_place\tlab\n"
                                     "_notice_context_enter\n[_nick] enters [_nick_place].\n|\n");
    say(*other, packet(to_lab, "_message_public", "a\n|\nb"));
    const std::string said = client->output.take();
    EXPECT_TRUE(has(said, "\n_message_public\na\n|\nb\n|\n")) << said;
    EXPECT_TRUE(has(say(*client, ":_target\tpsyc://chat.example.org/@lab\n\n"
                                 "_notice_context_leave\n|\n"),
                    "\n_echo_context_leave\n"));
}

TEST_F(PsycTalkTest, a_private_message_is_kept_shown_and_receipted) {
    const auto hers = linked("ada");
    const auto phone = linked("ada");
    const auto his = linked("bob");
    hers->output.take();
    phone->output.take();
    his->output.take();
    const std::string receipt =
        say(*hers, packet(to_bob + ":_tag\tt2\n", "_message_private", "hi [_nick]"));
    EXPECT_EQ(receipt, ":_source\tpsyc://chat.example.org/~bob\n"
                       ":_target\tpsyc://127.0.0.1:-4000/\n"
                       ":_tag_reply\tt2\n:_tag_relay\tt2\n\n"
                       ":_nick\tAda\n:_nick_target\tBob\n"
                       "_message_echo_private\nhi [_nick]\n.\n");
    const std::string shown = his->output.take();
    EXPECT_TRUE(shown.starts_with(":_source\tpsyc://chat.example.org/~bob\n"
                                  ":_target\tpsyc://127.0.0.1:-4000/\n"
                                  ":_source_relay\tpsyc://chat.example.org/~ada\n\n"
                                  ":_nick\tAda\n:_nick_target\tbob\n"))
        << shown;
    EXPECT_TRUE(shown.ends_with("_message_private\nhi [_nick]\n.\n"));
    // Her other client sees what she has said; the one that said it was answered already.
    const std::string other = phone->output.take();
    EXPECT_TRUE(has(other, ":_source_relay\tpsyc://chat.example.org/~bob\n")) << other;
    EXPECT_TRUE(has(other, "\n_message_echo_private\nhi [_nick]\n"));
    EXPECT_EQ(count(receipt, "_message_echo_private"), 1U);
    ASSERT_EQ(backing.logs[bob].size(), 1U);
    EXPECT_TRUE(backing.logs[ada].empty());
}

TEST_F(PsycTalkTest, who_was_not_there_gets_it_on_return_and_a_friend_is_told_so) {
    const auto hers = linked("ada");
    EXPECT_FALSE(
        has(say(*hers, packet(to_bob, "_message_private", "hi")), "_status_person_absent"));
    talk.ask_friendship(*hub.find(ada), "psyc://chat.example.org/~bob");
    talk.ask_friendship(*hub.find(bob), "psyc://chat.example.org/~ada");
    hers->output.take();
    EXPECT_TRUE(has(say(*hers, packet(to_bob, "_message_private", "hi again")),
                    "\n_status_person_absent_recorded\n"));
    const auto his = connect();
    const std::string shown =
        say(*his, ".\n" + packet(to_bob + ":_password\tsecret\n", "_request_link"));
    EXPECT_EQ(count(shown, "\n_message_private\n"), 2U);
    EXPECT_EQ(count(shown, ":_time_log\t1795435200\n"), 2U);
    EXPECT_LT(shown.find("\nhi\n"), shown.find("\nhi again\n"));
}

TEST_F(PsycTalkTest, slash_me_is_an_action_and_no_text) {
    const auto one = in_lab("ada");
    const auto two = in_lab("bob");
    two->output.take();
    say(*one,
        packet(to_ada + ":_focus\tpsyc://chat.example.org/@lab\n", "_request_input", "/me waves"));
    const std::string live = two->output.take();
    EXPECT_TRUE(has(live, ":_action\twaves\n")) << live;
    EXPECT_TRUE(live.ends_with("\n_message_public\n.\n"));
}

// Every command as a line and as _request_do; what comes back.
TEST_F(PsycTalkTest, commands_are_understood_in_both_forms) {
    struct Case {
        std::string variables;
        std::string method;
        std::string body;
        std::string answer;
    };

    const std::string lab_uniform = "psyc://chat.example.org/@lab";
    const std::vector<Case> cases = {
        {"", "_request_input", "/msg bob hi", "_message_echo_private"},
        {"", "_request_execute", "tell bob hi", "_message_echo_private"},
        {":_person\tbob\n", "_request_do_tell", "hi", "_message_echo_private"},
        {":_person\tpsyc://chat.example.org/~bob\n", "_request_do_message", "hi",
         "_message_echo_private"},
        {":_focus\t~bob\n", "_request_input", "hi", "_message_echo_private"},
        {"", "_request_input", "hi", "_error_necessary_focus"},
        {"", "_request_input", "/msg nobody hi", "_error_unknown_name_user"},
        {"", "_request_input", "/nonsense", "_error_unknown_command"},
        {"", "_request_do_nonsense", "", "_failure_unsupported_request"},
        {"", "_request_input", "/join lab", "_error_status_place_matches"},
        {"", "_request_input", "/join #attic", "_echo_place_enter"},
        {"", "_request_input", "/part attic", "_echo_place_leave"},
        {"", "_request_input", "/part attic", "_echo_place_leave_invalid"},
        {":_group\t@attic\n", "_request_do_enter", "", "_echo_place_enter"},
        {":_group\t@attic\n", "_request_do_leave", "", "_echo_place_leave"},
        {"", "_request_input", "/join nowhere", "_error_unknown_name_place"},
        {":_group\tlab\n", "_request_do_message_public", "hi", "_message_public"},
        {":_focus\tlab\n", "_request_do_speak", "hi", "_message_public"},
        {":_focus\t" + lab_uniform + "\n", "_request_input", "/topic tea", "_notice_place_topic"},
        {":_focus\t" + lab_uniform + "\n", "_request_input", "/topic", "_status_place_topic"},
        {":_focus\t" + lab_uniform + "\n", "_request_input", "/topic -",
         "_notice_place_topic_removed"},
        {":_focus\t" + lab_uniform + "\n", "_request_input", "/topic", "_status_place_topic_none"},
        {"", "_request_input", "/topic", "_error_necessary_focus"},
        {"", "_request_input", "/history", "_error_necessary_focus"},
        {"", "_request_input", "/join", "_error_necessary_focus"},
        {"", "_request_input", "/members", "_error_necessary_focus"},
        {"", "_request_input", "/members lab", "_status_place_members"},
        {":_group\tlab\n", "_request_do_list_members", "", "_status_place_members"},
        {":_focus\tlab\n", "_request_input", "/history 1", "_echo_history"},
        {"", "_request_do_show_log", "", "_echo_lastlog"},
        {"", "_request_input", "/log 5", "_echo_lastlog"},
        {"", "_request_input", "/away lunch", "_status_person_away"},
        {"", "_request_input", "/here", "_status_person_present"},
        {":_degree_availability\t2\n", "_request_do_presence", "", "_status_person_away"},
        {":_degree_availability\t7\n", "_request_do_presence", "", "_status_person_present"},
        {"", "_request_input", "/friend bob", "_echo_friendship_asked"},
        {":_person\tbob\n", "_request_do_add_friend", "", "_echo_friendship_asked"},
        {"", "_request_input", "/friend nobody", "_error_unknown_name_user"},
        {"", "_request_input", "/friend ada", "_error_unknown_name_user"},
        {"", "_request_do_list_peers", "", "_status_list_peers"},
        {"", "_request_input", "/unfriend bob", "_echo_friendship_removed"},
        {":_person\tbob\n", "_request_do_remove_friend", "", "_error_unknown_friend"},
        {"", "_request_input", "/set senders=known", "_echo_set"},
        {":_key\tsenders\n:_value\tany\n", "_request_do_set", "", "_echo_set"},
        {"", "_request_input", "/set colour=red", "_error_invalid_setting"},
        {"", "_request_input", "/set @lab senders=known", "_error_necessary_ownership"},
        {"", "_request_input", "/set", "_error_necessary_key"},
        {"", "_request_input", "/owner lab bob", "_error_necessary_ownership"},
        {"", "_request_input", "/help", "_info_help"},
    };
    const auto client = in_lab("ada");
    for (const Case& one : cases) {
        client->output.take();
        const std::string answer =
            say(*client, packet(to_ada + ":_tag\tq\n" + one.variables, one.method, one.body));
        EXPECT_TRUE(has(answer, "\n" + one.answer + "\n"))
            << one.method << " " << one.body << " gave\n"
            << answer;
        // What is told to all in a place is no answer to one, and carries nobody's tag.
        if (!has(answer, ":_context\t")) {
            EXPECT_TRUE(has(answer, ":_tag_reply\tq\n")) << one.method << " " << one.body;
        }
    }
    EXPECT_EQ((backing.rules[{ada, "senders"}]), "any");
    EXPECT_TRUE(has(say(*client, packet(to_ada, "_request_input", "/quit")), "\n_notice_unlink\n"));
    EXPECT_TRUE(client->output.closed);
}

TEST_F(PsycTalkTest, an_owner_sets_rules_of_the_place_and_names_owners) {
    const auto keeper = in_lab("cyd"); // may do in every place what an owner may
    EXPECT_TRUE(has(say(*keeper, packet(":_target\tpsyc://chat.example.org/~cyd\n",
                                        "_request_input", "/owner lab ada")),
                    "\n_echo_add_owner\n"));
    const auto client = in_lab("ada");
    EXPECT_TRUE(
        has(say(*client, packet(to_ada, "_request_input", "/set lab senders=known")), "_error_"));
    EXPECT_TRUE(has(say(*client, packet(to_ada, "_request_input", "/set @lab senders=known")),
                    "\n_echo_set\n"));
    EXPECT_TRUE(has(say(*client, packet(to_lab + ":_key\tsenders\n:_value\tany\n", "_request_set")),
                    "\n_echo_set\n"));
    EXPECT_EQ((backing.rules[{lab, "senders"}]), "any");
    const auto other = in_lab("bob");
    EXPECT_TRUE(has(say(*other, packet(to_lab + ":_topic\tmine\n", "_request_set_topic")),
                    "_error_necessary_ownership"));
    EXPECT_TRUE(has(say(*client, packet(to_ada, "_request_input", "/disown lab ada")),
                    "\n_echo_remove_owner\n"));
}

TEST_F(PsycTalkTest, nobody_else_commands_a_person) {
    const auto client = linked("bob");
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"_request_do_set", "_failure_unsupported_execute_person"},
        {"_request_execute", "_failure_unsupported_execute_person"},
        {"_request_input", "_error_rejected_input_person"},
        {"_request_location", "_error_rejected_query_location"}};
    for (const auto& [method, answer] : cases) {
        EXPECT_TRUE(has(say(*client, packet(to_ada, method, "/set senders=none")), answer))
            << method;
    }
    const auto stranger = connect();
    EXPECT_TRUE(has(say(*stranger, ".\n" + packet(to_ada, "_request_do_set")),
                    "_failure_unsupported_execute_person"));
    EXPECT_TRUE(has(say(*stranger, packet(to_ada, "_request_friendship")),
                    "_error_necessary_registration"));
    EXPECT_TRUE(has(say(*stranger, packet(to_ada, "_request_version")), "_status_version"));
    EXPECT_TRUE(backing.logs[ada].empty());
    EXPECT_TRUE(backing.rules.empty());
}

TEST_F(PsycTalkTest, who_is_not_linked_speaks_for_the_address_he_calls_from) {
    const auto client = linked("ada");
    client->output.take();
    const auto stranger = connect();
    const std::string echo =
        say(*stranger, ".\n:_target\tpsyc://chat.example.org/~ada\n:_nick\tBob\n_message_private\n"
                       "it is me\n.\n");
    EXPECT_TRUE(has(echo, "\n_message_echo_private\nit is me\n")) << echo;
    const std::string heard = client->output.take();
    EXPECT_TRUE(has(heard, ":_source_relay\tpsyc://127.0.0.1:-4000/\n")) << heard;
    EXPECT_TRUE(has(heard, ":_nick\tpsyc://127.0.0.1:-4000/\n")) << heard;
    EXPECT_TRUE(has(say(*stranger, packet(to_lab, "_message_public", "hi")),
                    "_error_necessary_membership"));
}

TEST_F(PsycTalkTest, who_leaves_hears_what_the_others_hear_and_his_echo) {
    const auto client = in_lab("ada");
    const std::string left =
        say(*client, ":_target\tpsyc://chat.example.org/@lab\n:_tag\tb\n_request_leave\n.\n");
    EXPECT_TRUE(has(left, ":_context\tpsyc://chat.example.org/@lab\n")) << left;
    EXPECT_TRUE(has(left, "\n_notice_place_leave\n")) << left;
    EXPECT_TRUE(has(left, "\n_echo_place_leave\n")) << left;
    EXPECT_EQ(count(left, ":_tag_reply\tb\n"), 2U) << left;
}

TEST_F(PsycTalkTest, who_enters_for_the_first_time_may_ask_for_three_of_the_last) {
    const auto client = in_lab("ada");
    for (const char* text : {"one", "two", "three", "four"}) {
        say(*client, packet(to_lab, "_message_public", text));
    }
    const auto other = linked("bob");
    const std::string entered = say(*other, ":_target\tpsyc://chat.example.org/@lab\n"
                                            ":_amount_history\t99\n_request_enter\n.\n");
    EXPECT_EQ(count(entered, "\n_message_public\n"), 3U) << entered;
    EXPECT_EQ(count(entered, ":_time_place\t"), 3U) << entered;
    EXPECT_FALSE(has(entered, "\none\n")) << entered;
}

TEST_F(PsycTalkTest, packets_of_a_place_are_numbered_on_circuits_of_1_0) {
    hub.set_first_counter(500);
    const auto client = connect();
    say(*client,
        "|\n:_target\tpsyc://chat.example.org/~ada\n\n:_password\tsecret\n_request_link\n|\n");
    say(*client, ":_target\tpsyc://chat.example.org/@lab\n\n_request_enter\n|\n");
    const auto other = in_lab("bob");
    EXPECT_TRUE(has(client->output.take(), ":_counter\t501\n"));
    mail(lab, "a mail", "words of it");
    const std::string mail_packet = client->output.take();
    EXPECT_TRUE(has(mail_packet, ":_counter\t502\n")) << mail_packet;
    EXPECT_FALSE(has(other->output.take(), "_counter"));
    say(*other, packet(to_lab, "_message_public", "hi"));
    EXPECT_TRUE(has(client->output.take(), ":_counter\t503\n"));
}

TEST_F(PsycTalkTest, history_comes_with_its_time_to_the_one_who_asked) {
    const auto client = in_lab("ada");
    const auto other = in_lab("bob");
    mail(lab, "a mail", "words of it");
    say(*client, packet(to_lab, "_message_public", "talk one"));
    say(*client, packet(to_lab, "_message_public", "talk two"));
    client->output.take();
    other->output.take();
    const std::string two =
        say(*client, packet(to_lab + ":_tag\th\n:_amount\t2\n", "_request_history"));
    EXPECT_EQ(count(two, "\n_message_public\n"), 2U) << two;
    EXPECT_EQ(count(two, ":_time_place\t1795435200\n"), 2U);
    EXPECT_EQ(count(two, ":_target\tpsyc://127.0.0.1:-4000/\n"), 3U);
    EXPECT_EQ(count(two, ":_context\tpsyc://chat.example.org/@lab\n"), 2U);
    EXPECT_LT(two.find("talk one"), two.find("talk two"));
    EXPECT_TRUE(two.ends_with("\n_echo_history\n[_amount] entries of [_nick_place].\n.\n")) << two;
    const std::string matching =
        say(*client, packet(to_lab + ":_match\tWORDS\n", "_request_history"));
    EXPECT_EQ(count(matching, "\n_message_public_mail\n"), 1U);
    EXPECT_EQ(count(matching, "\n_message_public\n"), 0U);
    EXPECT_EQ(other->output.text, "");
    const auto stranger = linked("cyd");
    EXPECT_TRUE(
        has(say(*stranger, packet(to_lab, "_request_history")), "_error_necessary_membership"));
}

TEST_F(PsycTalkTest, presence_goes_to_friends_only) {
    const auto hers = linked("ada");
    const auto his = linked("bob");
    const auto strange = linked("cyd");
    EXPECT_TRUE(
        has(say(*hers, packet(to_ada, "_request_input", "/friend bob")), "_echo_friendship_asked"));
    EXPECT_TRUE(has(his->output.take(), "\n_request_friendship\n"));
    EXPECT_TRUE(has(say(*his, packet(to_bob, "_request_input", "/friend ada")),
                    "_echo_friendship_established"));
    EXPECT_TRUE(has(hers->output.take(), "\n_notice_friendship_established\n"));
    say(*hers, packet(to_ada + ":_degree_availability\t6\n:_description_presence\tsoldering\n",
                      "_request_do_presence"));
    const std::string told = his->output.take();
    EXPECT_TRUE(has(told, ":_source_relay\tpsyc://chat.example.org/~ada\n")) << told;
    EXPECT_TRUE(has(told, ":_degree_availability\t6\n:_description_presence\tsoldering\n"));
    EXPECT_TRUE(has(told, "\n_notice_presence_here_busy\n"));
    EXPECT_EQ(strange->output.take(), "");
    EXPECT_TRUE(has(say(*his, packet(to_ada, "_request_status_person")), "_status_person_present"));
    EXPECT_EQ(say(*strange, packet(to_ada, "_request_status_person")), "");
    say(*hers, packet(to_ada, "_request_unlink"));
    EXPECT_TRUE(has(his->output.take(), "\n_notice_presence_absent\n"));
    EXPECT_TRUE(
        has(say(*his, packet(to_ada, "_request_status_person")), "_status_person_absent_offline"));
    // Who comes is shown who is here.
    const auto again = connect();
    EXPECT_TRUE(has(say(*again, ".\n" + packet(to_ada + ":_password\tsecret\n", "_request_link")),
                    "\n_notice_presence_here\n"));
}

TEST_F(PsycTalkTest, an_offer_of_friendship_waits_for_the_next_link) {
    const auto his = linked("bob");
    say(*his, packet(to_ada, "_request_friendship"));
    const auto hers = connect();
    const std::string linked =
        say(*hers, ".\n" + packet(to_ada + ":_password\tsecret\n", "_request_link"));
    EXPECT_TRUE(has(linked, "\n_request_friendship\n")) << linked;
    EXPECT_TRUE(has(linked, ":_person\tpsyc://chat.example.org/~bob\n"));
}

TEST_F(PsycTalkTest, errors_are_never_answered_with_errors) {
    const auto client = linked("ada");
    for (const char* method : {"_error_x", "_failure_x", "_warning_x"}) {
        for (const char* target : {"~nobody", "@lab", "@nowhere", "", "~bob#x"}) {
            EXPECT_EQ(say(*client, packet(":_target\tpsyc://chat.example.org/" +
                                              std::string(target) + "\n:_tag\tx\n",
                                          method, "x")),
                      "")
                << method << " to " << target;
        }
    }
    EXPECT_EQ(say(*client, packet(":_target\tpsyc://elsewhere.example/~x\n", "_error_x")), "");
}

TEST_F(PsycTalkTest, methods_inherit) {
    const auto client = in_lab("ada");
    client->output.take();
    EXPECT_TRUE(has(say(*client, packet(to_lab, "_message_public_question_urgent", "eh?")),
                    "\n_message_public\neh?\n"));
    EXPECT_TRUE(has(say(*client, packet(to_lab, "_request_members_all")), "_status_place_members"));
    EXPECT_TRUE(
        has(say(*client, packet(to_lab, "_request_membership")), "_failure_unsupported_request"));
    EXPECT_EQ(say(*client, packet(to_lab, "_conversation_x", "eh?")), "");
    EXPECT_TRUE(has(say(*client, packet("", "_request_version_agent")), "_status_version"));
}

TEST_F(PsycTalkTest, a_large_place_tells_the_number_of_its_members) {
    const auto client = in_lab("ada");
    for (int i = 0; i < 43; ++i) {
        hub.relations().add({.entity = lab,
                             .kind = chat::RelationKind::member,
                             .subject = "psyc://far.example/~m" + std::to_string(i),
                             .value = "m"});
    }
    EXPECT_TRUE(has(say(*client, packet(to_lab, "_request_members")), "\n_status_place_members\n"));
    hub.relations().add({.entity = lab,
                         .kind = chat::RelationKind::member,
                         .subject = "psyc://far.example/~more",
                         .value = "m"});
    const std::string amount = say(*client, packet(to_lab, "_request_members"));
    EXPECT_TRUE(has(amount, ":_amount_members\t45\n_status_place_members_amount\n")) << amount;
}

TEST_F(PsycTalkTest, hostile_talk_stays_talk) {
    const auto one = in_lab("ada");
    const auto two = in_lab("bob");
    two->output.take();
    say(*one, packet(to_lab + ":_nick\tBob\n:_source_relay\tpsyc://chat.example.org/~bob\n",
                     "_message_public",
                     "[_nick]\n. \n:_source\tpsyc://chat.example.org/\n\x1b[31m_notice_unlink"));
    const std::string shown = two->output.take();
    EXPECT_TRUE(has(shown, ":_nick\tAda\n")) << shown;
    EXPECT_FALSE(has(shown, "\n:_nick\tBob\n"));
    EXPECT_FALSE(has(shown, "\x1b"));
    EXPECT_EQ(count("\n" + shown, "\n.\n"), 1U);
}

TEST_F(PsycTalkTest, a_client_that_asks_and_does_not_read_is_closed) {
    const auto client = in_lab("ada");
    client->output.stuck = 9U << 20;
    say(*client, packet(to_lab, "_request_members"));
    EXPECT_TRUE(client->output.closed);
}

TEST_F(PsycTalkTest, cut_at_every_octet_the_answers_are_the_same) {
    const std::string script = packet(to_lab, "_message_public", "one") +
                               packet(to_ada, "_request_input", "/members lab") +
                               packet(to_bob, "_message_private", "two");
    const auto client = in_lab("ada");
    client->output.take();
    const std::string whole = say(*client, script);
    std::string cut;
    for (const char octet : script) {
        cut += say(*client, std::string_view(&octet, 1));
    }
    for (const char* method : {"\n_message_public\none\n", "\n_status_place_members\n",
                               "\n_message_echo_private\ntwo\n"}) {
        EXPECT_EQ(count(whole, method), 1U) << method;
        EXPECT_EQ(count(cut, method), 1U) << method;
    }
}

} // namespace
} // namespace mailcast::front
