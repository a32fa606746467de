#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailcast::front {
namespace {

struct PsycFrontTest : testing::Test, PsycNode {};

TEST_F(PsycFrontTest, greeting_is_psyceds) {
    const auto client = connect();
    const std::string answer = say(*client, ".\n");
    EXPECT_TRUE(answer.starts_with(".\n:_source\tpsyc://chat.example.org/\n"
                                   "\n"
                                   ":_target_peer\tpsyc://127.0.0.1:-4000/\n"))
        << answer;
    EXPECT_TRUE(has(answer, "\n_notice_circuit_established\n"));
    EXPECT_TRUE(has(answer, "\n_status_circuit\n"));
}

TEST_F(PsycFrontTest, the_1_0_generation_is_greeted_with_its_own_delimiter) {
    const auto client = connect();
    EXPECT_EQ(say(*client, "|\n"), "|\n");
    const std::string answer = say(*client, ":_target\tpsyc://chat.example.org/~ada\n\n"
                                            ":_password\tsecret\n_request_link\n|\n");
    EXPECT_TRUE(has(answer, "_notice_link\n")) << answer;
    mail(ada, "hello", "line one\nline two");
    const std::string live = client->output.take();
    EXPECT_TRUE(has(live, ":_content 17\tline one\nline two\n")) << live;
    EXPECT_TRUE(live.ends_with("|\n"));
}

TEST_F(PsycFrontTest, what_is_no_psyc_is_told_so_and_closed) {
    const auto client = connect();
    EXPECT_TRUE(has(say(*client, "GET / HTTP/1.0\r\n"), "_error_syntax_initialization"));
    EXPECT_TRUE(client->output.closed);
}

TEST_F(PsycFrontTest, link_asks_for_the_password_and_takes_it) {
    const auto client = connect();
    const std::string asked =
        say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n:_tag\tx1\n_request_link\n.\n");
    EXPECT_TRUE(has(asked, "_info_nickname"));
    EXPECT_TRUE(has(asked, "_query_password"));
    const std::string wrong = say(*client, ":_target\tpsyc://chat.example.org/~ada\n"
                                           ":_password\twrong\n_set_password\n.\n");
    EXPECT_TRUE(has(wrong, "_error_invalid_password")) << wrong;
    EXPECT_TRUE(has(wrong, ":_tag_reply\tx1\n"));
    say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_link\n.\n");
    const std::string right = say(*client, ":_target\tpsyc://chat.example.org/~ada\n"
                                           ":_password\tsecret\n_set_password\n.\n");
    EXPECT_TRUE(has(right, "\n_notice_link\n")) << right;
    EXPECT_TRUE(has(right, ":_identification\tpsyc://chat.example.org/~ada\n"));
}

TEST_F(PsycFrontTest, what_is_said_behind_the_password_waits_for_its_answer) {
    const auto client = connect();
    const std::string lab_target = ":_target\tpsyc://chat.example.org/@lab\n";
    const std::string all =
        ".\n:_target\tpsyc://chat.example.org/~ada\n:_password\tsecret\n_request_link\n.\n" +
        lab_target + ":_tag\te1\n_request_enter\n.\n";
    // In pieces of every kind: within the packets, and all of it before the answer.
    for (const std::string& piece : {all.substr(0, 30), all.substr(30, 70), all.substr(100)}) {
        client->session.receive(piece, now);
    }
    EXPECT_TRUE(client->session.is_held());
    client->session.receive(lab_target + "_request_members\n.\n", now);
    EXPECT_FALSE(has(client->output.take(), "_echo_place_enter"));
    backing.settle();
    EXPECT_FALSE(client->session.is_held());
    const std::string got = client->output.take();
    EXPECT_LT(got.find("\n_notice_link\n"), got.find("\n_status_place_members")) << got;
    EXPECT_TRUE(has(got, "\n_echo_place_enter\n")) << got;
    EXPECT_FALSE(has(got, "_error")) << got;
}

TEST_F(PsycFrontTest, a_second_password_behind_a_wrong_one_is_checked_in_its_turn) {
    const auto client = connect();
    const std::string link = ":_target\tpsyc://chat.example.org/~ada\n:_password\t";
    const std::string got = say(*client, ".\n" + link + "wrong\n_request_link\n.\n" + link +
                                             "secret\n_request_link\n.\n");
    EXPECT_LT(got.find("_error_invalid_password"), got.find("\n_notice_link\n")) << got;
    EXPECT_NE(got.find("\n_notice_link\n"), std::string::npos) << got;
}

TEST_F(PsycFrontTest, after_a_wrong_password_another_may_be_said) {
    const auto client = connect();
    say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n_request_link\n.\n");
    const std::string set = ":_target\tpsyc://chat.example.org/~ada\n:_password\t";
    EXPECT_TRUE(has(say(*client, set + "wrong\n_set_password\n.\n"), "_error_invalid_password"));
    EXPECT_TRUE(has(say(*client, set + "secret\n_set_password\n.\n"), "\n_notice_link\n"));
    EXPECT_TRUE(
        has(say(*client, set + "secret\n_set_password\n.\n"), "_error_unexpected_password"));
}

TEST_F(PsycFrontTest, a_password_that_nobody_had_time_to_check_is_no_wrong_one) {
    const auto client = connect();
    const std::string link = ":_target\tpsyc://chat.example.org/~ada\n:_tag\tx1\n"
                             ":_password\tsecret\n_request_link\n.\n";
    say(*client, ".\n");
    backing.passwords_busy = true;
    for (int i = 0; i < 10; ++i) {
        const std::string later = say(*client, link);
        EXPECT_TRUE(has(later, "\n_failure_unavailable_temporary\n")) << later;
        EXPECT_TRUE(has(later, ":_tag_reply\tx1\n"));
    }
    backing.passwords_busy = false;
    EXPECT_TRUE(has(say(*client, link), "\n_notice_link\n"));
}

TEST_F(PsycFrontTest, a_ping_is_answered_and_the_next_one_only_later) {
    const auto client = connect();
    say(*client, ".\n");
    EXPECT_EQ(say(*client, ".\n"), ".\n");
    EXPECT_EQ(say(*client, ".\n"), "");
    now += PsycSession::pong_pause + std::chrono::seconds(1);
    EXPECT_EQ(say(*client, ".\n"), ".\n");
    const auto newer = connect();
    EXPECT_EQ(say(*newer, "|\n"), "|\n");
    EXPECT_EQ(say(*newer, "|\n"), "|\n");
}

TEST_F(PsycFrontTest, a_packet_that_is_not_finished_in_time_ends_the_circuit) {
    // M07 and M11 of the reference, and the same in 0.99.
    for (const std::string begun :
         {"|\n99\n_message\nfoo\n|\n", "|\n\n:_foo 99\tbar\n_notice_x\n|\n",
          ".\n:_target\tpsyc://chat", ".\n_message\nwords\n"}) {
        const auto client = connect();
        say(*client, begun);
        client->session.tick(now + PsycSession::packet_time);
        EXPECT_FALSE(client->output.closed) << begun;
        client->session.tick(now + PsycSession::packet_time + std::chrono::seconds(1));
        EXPECT_TRUE(has(client->output.take(),
                        begun[0] == '|' ? "\n_error_invalid_syntax\n" : "\n_error_syntax\n"));
        EXPECT_TRUE(client->output.closed) << begun;
    }
    const auto client = connect();
    say(*client, ".\n");
    client->session.tick(now + std::chrono::hours(1));
    EXPECT_FALSE(client->output.closed) << "nothing was begun";
}

TEST_F(PsycFrontTest, a_client_that_is_nobody_and_says_nothing_loses_its_circuit) {
    const auto patience = PsycFront::Options{}.stranger_time;
    const auto silent = [&](const std::string& script) {
        const auto client = connect();
        client->session.tick(now);
        say(*client, script);
        const auto wait = [&](std::chrono::seconds after) {
            client->session.tick(now + after);
            client->front->tick(now + after, true);
        };
        wait(patience);
        EXPECT_FALSE(client->output.closed) << script;
        client->output.take();
        wait(patience + std::chrono::seconds(1));
        return std::pair(client->output.closed, client->output.take());
    };
    for (const std::string script :
         {"", ".\n", "|\n", ".\n:_target\tpsyc://chat.example.org/\n\n_request_version\n.\n",
          // asks for a link and never says its password
          ".\n:_target\tpsyc://chat.example.org/~ada\n\n_request_link\n.\n"}) {
        const auto [closed, told] = silent(script);
        EXPECT_TRUE(closed) << script;
        EXPECT_TRUE(has(told, "\n_warning_timeout_circuit\n")) << told;
    }
    EXPECT_FALSE(silent(".\n:_target\tpsyc://chat.example.org/~ada\n:_password\tsecret\n\n"
                        "_request_link\n.\n")
                     .first)
        << "who is linked may be silent for hours";

    // Every octet counts, a ping as well.
    const auto client = connect();
    say(*client, ".\n");
    for (int minute = 1; minute < 30; minute += 4) {
        const auto then = now + std::chrono::minutes(minute);
        client->session.receive(".\n", then);
        client->front->tick(then + std::chrono::minutes(4), true);
    }
    EXPECT_FALSE(client->output.closed);
}

TEST_F(PsycFrontTest, who_asks_for_more_than_a_client_may_is_read_later) {
    const auto client = linked();
    const auto pace = PsycFront::Options{}.pace;
    const std::string question = ":_target\tpsyc://chat.example.org/@lab\n_request_members\n.\n";
    for (std::uint32_t i = 0; i < pace.at_once; ++i) {
        EXPECT_FALSE(client->session.is_overdrawn(now)) << i;
        say(*client, question);
    }
    EXPECT_TRUE(client->session.is_overdrawn(now));
    EXPECT_FALSE(client->session.is_overdrawn(now + pace.each));
    EXPECT_FALSE(client->output.closed);
    now += pace.each * pace.at_once;
    say(*client, question);
    EXPECT_FALSE(client->session.is_overdrawn(now));
}

TEST_F(PsycFrontTest, a_greeting_in_crlf_says_that_all_lines_end_so) {
    const std::string script =
        ".\r\n:_target\tpsyc://chat.example.org/~ada\r\n:_password\tsecret\r\n\r\n"
        "_request_link\r\n.\r\n:_target\tpsyc://chat.example.org/~bob\r\n\r\n"
        "_message_private\r\none\r\n..\r\rtwo\r\n.\r\n";
    const auto whole = connect();
    const std::string answers = say(*whole, script);
    EXPECT_TRUE(has(answers, "\n_notice_link\n")) << answers;
    const auto cut = connect();
    for (const char octet : script) {
        say(*cut, std::string_view(&octet, 1));
    }
    ASSERT_EQ(backing.logs[bob].size(), 2U);
    EXPECT_EQ(backing.logs[bob][0].note->text, backing.logs[bob][1].note->text);
    EXPECT_TRUE(backing.logs[bob][0].note->text.starts_with("one\n.."))
        << backing.logs[bob][0].note->text;
    const auto strict = connect();
    EXPECT_TRUE(has(say(*strict, ".\n:_nick\tx\r\n\r\n"), "_error_invalid_method_compact"));
}

TEST_F(PsycFrontTest, modules_are_told_to_who_asks_before_anybody_says_who_he_is) {
    const auto client = connect();
    const std::string answer =
        say(*client,
            "|\n:_tag\tf\n\n:_list_understand_modules\t| _state| _context\n_request_features\n|\n");
    EXPECT_TRUE(has(answer, ":_tag_relay\tf\n")) << answer;
    EXPECT_TRUE(has(answer, ":_list_understand_modules\t| _context| _mail\n_notice_features\n"))
        << answer;
    EXPECT_TRUE(has(say(*client, ":_list_understand_modules\t| _state\n\n_request_features\n|\n"),
                    "\n_notice_features\n"));
}

TEST_F(PsycFrontTest, values_without_the_form_of_their_type_cost_a_1_0_packet_alone) {
    struct Case {
        std::string variable;
        std::string error;
    };

    const std::vector<Case> cases = {{":_amount_x\tmany\n", "_error_invalid_amount"},
                                     {":_degree_availability\tbusy\n", "_error_invalid_degree"},
                                     {":_date\ttoday\n", "_error_invalid_date"},
                                     {":_time_x\tnow\n", "_error_invalid_time"},
                                     {":_list_x\t| a|9 b\n", "_error_invalid_list"},
                                     {":_uniform_x\tpsyc:x\n", "_error_illegal_uniform"}};
    const auto client = connect();
    say(*client, "|\n");
    for (const Case& one : cases) {
        const std::string said = "\n" + one.variable + "_request_version\n|\n";
        EXPECT_TRUE(has(say(*client, said), "\n" + one.error + "\n")) << said;
        EXPECT_FALSE(client->output.closed) << said;
    }
    EXPECT_TRUE(has(say(*client, "\n:_date\t-5\n_request_version\n|\n"), "_status_version"));
}

TEST_F(PsycFrontTest, the_date_of_a_mail_is_text_or_a_number_by_generation) {
    const auto old = linked("ada");
    const auto newer = connect();
    say(*newer,
        "|\n:_target\tpsyc://chat.example.org/~ada\n\n:_password\tsecret\n_request_link\n|\n");
    auto note = mail_note({ada}, "hello", "words");
    note->mail.date = "2026-11-23T12:00:00Z";
    old->output.take();
    publish(note);
    EXPECT_TRUE(has(old->output.take(), ":_date\t2026-11-23T12:00:00Z\n"));
    EXPECT_TRUE(has(newer->output.take(), ":_date\t354991159\n"));
}

TEST_F(PsycFrontTest, too_many_wrong_passwords_close_the_circuit) {
    const auto client = connect();
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(client->output.closed);
        say(*client, (i == 0 ? std::string(".\n") : std::string()) +
                         ":_target\tpsyc://chat.example.org/~ada\n:_password\tguess\n"
                         "_request_link\n.\n");
    }
    EXPECT_TRUE(client->output.closed);
}

TEST_F(PsycFrontTest, a_ping_is_answered_whatever_the_circuit_remembers) {
    const auto client = connect();
    say(*client, ".\n=_target\tpsyc://chat.example.org/~ada\n.\n");
    now += std::chrono::minutes(1);
    EXPECT_EQ(say(*client, ".\n"), ".\n");
}

// Only persons talk about a mail: a stranger's words do not even make the store look for it.
TEST_F(PsycFrontTest, a_stranger_asks_the_store_nothing) {
    const auto client = connect();
    client->session.receive(
        ".\n:_target\tpsyc://chat.example.org/@mail-01jd0000000000000000000000\n"
        "_message\nhello\n.\n",
        now);
    EXPECT_FALSE(backing.answer());
    EXPECT_TRUE(has(client->output.take(), "_error_necessary_membership"));
}

TEST_F(PsycFrontTest, a_password_in_clear_is_refused_on_an_open_circuit) {
    const auto client = connect(false);
    const std::string answer = say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n"
                                            ":_password\tsecret\n_request_link\n.\n");
    EXPECT_TRUE(has(answer, "_error_necessary_encryption")) << answer;
    EXPECT_FALSE(has(answer, "_notice_link"));
}

TEST_F(PsycFrontTest, mail_comes_live_with_psyceds_names_and_without_time_log) {
    const auto client = linked();
    mail(ada, "for ada", "line one\n.\nline two");
    const std::string first = client->output.take();
    EXPECT_TRUE(first.starts_with(":_source\tpsyc://chat.example.org/~ada\n"
                                  ":_target\tpsyc://127.0.0.1:-4000/\n"
                                  ":_source_relay\tmailto:bea@example.net\n"
                                  "\n"
                                  ":_nick\tbea@example.net\n"
                                  ":_nick_target\t~Ada\n"))
        << first;
    EXPECT_TRUE(has(first, ":_content\tline one\n\t.\n\tline two\n")) << first;
    mail(ada, "again", "text");
    const std::string live = client->output.take();
    EXPECT_TRUE(has(live, ":_host_target\texample.org\n"));
    EXPECT_TRUE(has(live, ":_subject\tagain\n"));
    EXPECT_TRUE(has(live, ":_content\ttext\n"));
    EXPECT_TRUE(has(live, "\n_notice_email_delivered\n"));
    EXPECT_FALSE(has(live, "_time_log"));
}

TEST_F(PsycFrontTest, what_was_missed_is_replayed_once_and_unlink_takes_it) {
    mail(ada, "first", "a");
    mail(ada, "second", "b");
    auto client = connect();
    std::string shown = say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n"
                                     ":_password\tsecret\n_request_link\n.\n");
    EXPECT_EQ(count(shown, "\n_notice_email_delivered\n"), 2U);
    EXPECT_EQ(count(shown, ":_time_log\t1795435200\n"), 2U);
    EXPECT_LT(shown.find("first"), shown.find("second"));
    EXPECT_TRUE(has(shown, ":_amount_new\t2\n"));
    const std::string gone =
        say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_unlink\n.\n");
    EXPECT_TRUE(has(gone, "\n_notice_unlink\n"));
    client = linked();
    EXPECT_FALSE(has(client->output.text, "_notice_email_delivered"));
}

TEST_F(PsycFrontTest, without_unlink_or_pong_it_is_shown_again) {
    auto client = linked();
    mail(ada, "live", "x");
    client->front->disconnected();
    client = connect();
    const std::string shown = say(*client, ".\n:_target\tpsyc://chat.example.org/~ada\n"
                                           ":_password\tsecret\n_request_link\n.\n");
    EXPECT_EQ(count(shown, "\n_notice_email_delivered\n"), 1U);
}

TEST_F(PsycFrontTest, the_answer_to_a_ping_takes_what_was_sent_before_it) {
    auto client = linked();
    mail(ada, "one", "x");
    now += std::chrono::seconds(1);
    client->front->tick(now, true);
    client->output.take();
    now += std::chrono::seconds(61);
    client->front->tick(now, true);
    EXPECT_EQ(client->output.take(), ".\n");
    mail(ada, "two", "y"); // behind the ping: not taken by its answer
    say(*client, ".\n");
    EXPECT_EQ((backing.cursors[{ada, ""}]), 1);
}

TEST_F(PsycFrontTest, each_named_client_has_a_cursor_of_its_own) {
    mail(ada, "one", "x");
    const auto link = [this](Client& client) {
        return say(client, ".\n:_target\tpsyc://chat.example.org/~ada\n:_password\tsecret\n"
                           ":_identification_client\tphone\n_request_link\n.\n");
    };
    auto desk = linked();
    say(*desk, ":_target\tpsyc://chat.example.org/~ada\n_request_unlink\n.\n");
    auto phone = connect();
    EXPECT_EQ(count(link(*phone), "\n_notice_email_delivered\n"), 1U);
}

TEST_F(PsycFrontTest, a_place_is_entered_both_ways_and_mail_there_is_a_public_message) {
    for (const char* request : {":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n",
                                ":_target\tpsyc://chat.example.org/~ada\n"
                                ":_group\tpsyc://chat.example.org/@lab\n_request_do_enter\n.\n"}) {
        const auto client = linked();
        const std::string echo = say(*client, request);
        EXPECT_TRUE(has(echo, "\n_echo_place_enter\n")) << echo;
        EXPECT_TRUE(has(echo, ":_list_members\tpsyc://chat.example.org/~ada\n"));
        mail(lab, "for the lab", "words");
        const std::string live = client->output.take();
        EXPECT_TRUE(live.starts_with(":_context\tpsyc://chat.example.org/@lab\n"
                                     ":_source_relay\tmailto:bea@example.net\n"))
            << live;
        EXPECT_FALSE(has(live, "_target\tpsyc:"));
        EXPECT_TRUE(has(live, "\n_message_public_mail\nfor the lab:\nwords\n.\n"));
        EXPECT_FALSE(has(live, "_time_log"));
        say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_unlink\n.\n");
    }
}

TEST_F(PsycFrontTest, a_place_entered_again_shows_what_was_missed) {
    auto client = linked();
    say(*client, ":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n");
    say(*client, ":_target\tpsyc://chat.example.org/~ada\n_request_unlink\n.\n");
    mail(lab, "missed", "words");
    client = linked();
    const std::string shown =
        say(*client, ":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n");
    EXPECT_EQ(count(shown, "\n_message_public_mail\n"), 1U) << shown;
    EXPECT_TRUE(has(shown, ":_time_place\t1795435200\n"));
    EXPECT_TRUE(has(shown, ":_time_log\t1795435200\n"));
}

TEST_F(PsycFrontTest, strangers_enter_no_place_but_a_pass_opens_it) {
    auto client = connect();
    EXPECT_TRUE(has(say(*client, ".\n:_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n"),
                    "_error_place_enter_necessary_registration"));
    EXPECT_TRUE(has(say(*client, ":_target\tpsyc://chat.example.org/@lab\n:_password\tpass\n"
                                 "_request_enter\n.\n"),
                    "_echo_place_enter"));
}

TEST_F(PsycFrontTest, unknown_names_and_foreign_hosts_get_their_errors) {
    const auto client = linked();
    EXPECT_TRUE(has(say(*client, ":_target\tpsyc://chat.example.org/~nobody\n_request_link\n.\n"),
                    "_error_unknown_name_user"));
    EXPECT_TRUE(has(say(*client, ":_target\tpsyc://elsewhere.example/~x\n_message\nhi\n.\n"),
                    "_failure_unsupported_relay"));
    EXPECT_TRUE(has(say(*client, ":_tag\tt7\n_request_version\n.\n"), ":_tag_reply\tt7\n"));
    EXPECT_FALSE(client->output.closed);
}

TEST_F(PsycFrontTest, hostile_content_stays_inside_its_packet) {
    const auto client = linked();
    mail(ada, "x\n.\n:_source\tpsyc://chat.example.org/~bob",
         ".\n_message_private\nforged\n.\n:_target\ty");
    const std::string live = client->output.take();
    // One packet: exactly one line that is a dot alone.
    EXPECT_EQ(count("\n" + live, "\n.\n"), 1U) << live;
    EXPECT_EQ(count("\n" + live, "\n_message_private\n"), 0U) << live;
}

TEST_F(PsycFrontTest, a_client_that_does_not_read_falls_behind_and_loses_nothing) {
    const auto client = linked();
    client->output.stuck = 2U << 20;
    mail(ada, "one", "x");
    mail(ada, "two", "y");
    EXPECT_EQ(client->output.take(), "");
    client->output.stuck = 0;
    client->front->drained();
    backing.settle();
    const std::string shown = client->output.take();
    EXPECT_EQ(count(shown, "\n_notice_email_delivered\n"), 2U);
}

TEST_F(PsycFrontTest, input_cut_at_every_octet_gives_the_same_answers) {
    const std::string script = ".\n:_target\tpsyc://chat.example.org/~ada\n:_password\tsecret\n"
                               "_request_link\n.\n:_target\tpsyc://chat.example.org/@lab\n"
                               "_request_enter\n.\n_request_version\n.\n";
    const auto whole = connect();
    const std::string expected = say(*whole, script);
    whole->front->disconnected();
    const auto cut = connect();
    std::string answers;
    for (const char octet : script) {
        answers += say(*cut, std::string_view(&octet, 1));
    }
    // Answers that wait for the store come earlier when the input stops in between.
    EXPECT_EQ(count(answers, "\n_notice_link\n"), count(expected, "\n_notice_link\n"));
    EXPECT_EQ(count(answers, "\n_status_version\n"), 1U);
    EXPECT_EQ(count(answers, "\n_echo_place_enter\n"), 1U);
}

TEST_F(PsycFrontTest, the_address_it_came_to_is_a_name_for_us) {
    struct Case {
        std::string host;
        bool ours;
    };

    const std::vector<Case> cases = {{"192.0.2.1", true},
                                     {"192.0.2.1:4404", true},
                                     {"192.0.2.1:4405", false}, // another node on this machine
                                     {"192.0.2.11", false},
                                     {"192.0.2.1.example", false}};
    for (const auto& [host, ours] : cases) {
        const auto client = connect();
        const std::string target = ":_target\tpsyc://" + host;
        const std::string linked =
            say(*client, ".\n" + target + "/~ada\n:_password\tsecret\n_request_link\n.\n");
        EXPECT_EQ(has(linked, "\n_notice_link\n"), ours) << host << linked;
        EXPECT_EQ(has(linked, ":_source\tpsyc://chat.example.org/~ada\n"), ours) << linked;
        const auto newer = connect();
        say(*newer, "|\n" + target + "/~bob\n\n:_password\tsecret\n_request_link\n|\n");
        const std::string entered = say(*newer, target + "/@lab\n\n_request_enter\n|\n");
        EXPECT_EQ(has(entered, "\n_echo_context_enter\n"), ours) << host << entered;
    }
}

} // namespace
} // namespace mailcast::front
