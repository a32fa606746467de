#include "front/psyc/mail.h"
#include "front/psyc/test_site.h"
#include "psyc/parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mailcast::front {
namespace {

using namespace test;
using chat::EntityKind;
using Moment = PsycNodes::Moment;

constexpr chat::EntityId lab = 2;

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

const std::string greeting_of_b =
    ".\n:_source\tpsyc://b.example/\n\n:_implementation\tpsyced/0.99\n"
    "_notice_circuit_established\nHello\n.\n";

struct PsycNodesTest : testing::Test {
    Site a{"a.example"};
    Site b{"b.example"};

    // b.example at its own address, not greeted yet.
    std::shared_ptr<End> from_b() { return a.begin("", "127.0.0.3"); }

    static void pump(End& x, End& y) {
        for (bool moved = true; moved;) {
            moved = false;
            for (const auto& [from, to] : {std::pair{&x, &y}, std::pair{&y, &x}}) {
                const std::string octets = std::exchange(from->sent, {});
                if (!octets.empty() && to->session->is_open()) {
                    to->session->receive(octets, to->site.now);
                    moved = true;
                }
                to->site.settle();
            }
        }
    }

    // A circuit that a opened to b, both of them ours.
    std::pair<std::shared_ptr<End>, std::shared_ptr<End>>
    join(psyc::Generation generation = psyc::Generation::classic) {
        auto x = a.begin("psyc://b.example/", "127.0.0.3");
        auto y = b.begin("", "127.0.0.2");
        x->peer->open(generation, a.now);
        pump(*x, *y);
        return {x, y};
    }

    static std::shared_ptr<const chat::Note> mail(const std::string& subject = "hello") {
        auto note = std::make_shared<chat::Note>();
        note->kind = chat::NoteKind::mail;
        note->time = base::from_unix_ms(1795435200000);
        note->source = "mailto:bea@example.net";
        note->source_name = "Bea";
        note->subject = subject;
        note->text = "line one\n.\nline two";
        note->badge = "external";
        note->mail.envelope_from = "bea@example.net";
        note->mail.from_name = "Bea";
        note->mail.message_id = "1@example.net";
        note->mail.attachments = {{.name = "plan b.pdf", .type = "application/pdf", .size = 70}};
        return note;
    }

    std::vector<mail::Status> statuses;
    bool answered = false;

    void hand_over(std::vector<std::string> targets,
                   std::shared_ptr<const chat::Note> note = mail()) {
        answered = false;
        std::vector<bool> visible(targets.size(), true);
        if (!visible.empty()) {
            visible.back() = false;
        }
        a.nodes.hand_over({.note = std::move(note),
                           .targets = std::move(targets),
                           .visible = std::move(visible),
                           .once = "k1"},
                          [this](std::vector<mail::Status> given) {
                              EXPECT_FALSE(answered);
                              statuses = std::move(given);
                              answered = true;
                          });
    }
};

// ---- who may speak ----

TEST_F(PsycNodesTest, a_host_at_its_own_address_may_speak_and_is_looked_up_once) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    EXPECT_EQ(end->peer->root(), "psyc://b.example/");
    const std::string answer = say(*end, ":_source\tpsyc://b.example/~bea\n"
                                         ":_target\tpsyc://a.example/~ada\n:_tag\tt1\n\n"
                                         "_message_private\nhello\n.\n");
    EXPECT_EQ(a.inside.packets.back(),
              "psyc://b.example/~bea psyc://a.example/~ada _message_private");
    EXPECT_TRUE(has(answer, ":_source\tpsyc://a.example/~ada\n:_target\tpsyc://b.example/~bea\n"
                            ":_tag_reply\tt1\n"))
        << answer;
    EXPECT_EQ(a.asked.size(), 1U);
    EXPECT_EQ(a.inside.opened, std::vector<std::string>{"psyc://b.example/"});
}

TEST_F(PsycNodesTest, false_claims_are_refused_by_name_and_the_circuit_is_closed) {
    struct Case {
        std::string_view speaker;
        std::string_view error;
    };

    for (const Case& each : {
             Case{"_source\tpsyc://c.example/~x", "_error_rejected_relay_incoming"},
             Case{"_context\tpsyc://c.example/@r", "_error_rejected_relay_incoming"},
             Case{"_source\tpsyc://a.example/~ada", "_error_rejected_relay_incoming"},
             Case{"_context\tpsyc://a.example/@lab", "_error_rejected_relay_incoming"},
             Case{"_source\tpsyc://A.Example:4405/~ada", "_error_rejected_relay_incoming"},
             Case{"_source\tpsyc://nowhere.example/~x", "_error_invalid_host"},
         }) {
        const auto end = from_b();
        const std::string answer =
            say(*end, ".\n:" + std::string(each.speaker) +
                          "\n:_target\tpsyc://a.example/~ada\n\n_message\nforged\n.\n");
        EXPECT_TRUE(has(answer, "\n" + std::string(each.error) + "\n")) << answer;
        EXPECT_TRUE(end->closed) << each.speaker;
    }
    EXPECT_TRUE(a.inside.packets.empty());
    EXPECT_TRUE(a.inside.casts.empty());
    EXPECT_EQ(a.nodes.counters().sources_refused, 6U);
    EXPECT_EQ(a.lines.size(), 6U);
    EXPECT_TRUE(a.dialled.empty()); // a claim is no reason to dial
}

TEST_F(PsycNodesTest, what_costs_only_its_packet_keeps_the_circuit) {
    struct Case {
        std::string_view head;
        std::string_view error;
    };

    const auto end = from_b();
    say(*end, greeting_of_b);
    for (const Case& each : {
             Case{":_source\tmailto:x@b.example\n:_target\tpsyc://a.example/~ada\n",
                  "_error_unknown_scheme"},
             Case{":_source\tpsyc://b.example:9404s/~x\n:_target\tpsyc://a.example/~ada\n",
                  "_error_invalid_uniform_transport"},
             Case{":_source\tpsyc://b.example/~x\n:_target\tpsyc://c.example/~y\n",
                  "_failure_unsupported_relay"},
             Case{":_source\tpsyc://b.example/~x\n:_target\txmpp:y@c.example\n",
                  "_failure_unsupported_relay"},
         }) {
        const std::string answer = say(*end, std::string(each.head) + "\n_message\nx\n.\n");
        EXPECT_TRUE(has(answer, "\n" + std::string(each.error) + "\n")) << answer;
        EXPECT_FALSE(end->closed) << each.head;
        // A complaint is not answered with another one.
        EXPECT_EQ(say(*end, std::string(each.head) + "\n_error_x\nx\n.\n"), "");
    }
    EXPECT_TRUE(a.inside.packets.empty());
    EXPECT_EQ(a.nodes.counters().relay_refused, 4U);
}

TEST_F(PsycNodesTest, private_names_close_the_circuit) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    EXPECT_TRUE(
        has(say(*end, ":_INTERNAL_trust\t9\n_notice_x\n.\n"), "_error_illegal_protocol_variable"));
    EXPECT_TRUE(end->closed);
}

TEST_F(PsycNodesTest, packets_wait_in_their_order_while_a_host_is_looked_up) {
    const auto end = from_b();
    std::string text = greeting_of_b;
    for (const char* name : {"x", "y", "z"}) {
        text += ":_source\tpsyc://b.example/~" + std::string(name) +
                "\n:_target\tpsyc://a.example/~ada\n\n_message_private\nhi\n.\n";
    }
    end->session->receive(text, a.now);
    EXPECT_TRUE(end->peer->is_waiting());
    EXPECT_TRUE(a.inside.packets.empty());
    a.settle();
    EXPECT_FALSE(end->peer->is_waiting());
    ASSERT_EQ(a.inside.packets.size(), 3U);
    EXPECT_TRUE(a.inside.packets[0].starts_with("psyc://b.example/~x "));
    EXPECT_TRUE(a.inside.packets[2].starts_with("psyc://b.example/~z "));
}

TEST_F(PsycNodesTest, who_may_not_speak_may_not_set_state_either) {
    for (const std::string_view speaker :
         {"_context\tpsyc://a.example/@lab", "_source\tpsyc://a.example/~ada",
          "_context\tpsyc://c.example/@r"}) {
        const auto end = from_b();
        const std::string answer =
            say(*end, "|\n:" + std::string(speaker) + "\n\n:_topic\tforged\n|\n");
        EXPECT_TRUE(has(answer, "_error_rejected_relay_incoming")) << speaker << answer;
        EXPECT_TRUE(end->closed) << speaker;
    }
    const auto end = from_b();
    EXPECT_EQ(say(*end, "|\n:_context\tpsyc://b.example/@r\n\n=_topic\tsoldering\n|\n"), "|\n");
    EXPECT_FALSE(end->closed);
}

TEST_F(PsycNodesTest, a_host_is_looked_up_again_after_some_time) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    a.names["b.example"] = {"127.0.0.9"};
    a.now += std::chrono::hours(2);
    EXPECT_TRUE(has(say(*end, ":_source\tpsyc://b.example/~x\n:_target\tpsyc://a.example/~ada\n\n"
                              "_message_private\nhi\n.\n"),
                    "_error_rejected_relay_incoming"));
    EXPECT_TRUE(end->closed);
}

TEST_F(PsycNodesTest, too_many_hosts_on_one_circuit_are_refused) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    for (std::size_t i = 0; i < PsycPeer::most_hosts; ++i) {
        EXPECT_FALSE(end->closed);
        const std::string host = "h" + std::to_string(i) + ".example";
        a.names[host] = {"127.0.0.3"};
        say(*end, ":_source\tpsyc://" + host +
                      "/~x\n:_target\tpsyc://a.example/~ada\n\n_message_private\nhi\n.\n");
    }
    EXPECT_TRUE(end->closed);
}

TEST_F(PsycNodesTest, input_cut_at_every_octet_has_the_same_answers) {
    const std::string text = greeting_of_b +
                             ":_source\tpsyc://b.example/~x\n"
                             ":_target\tpsyc://a.example/~ada\n:_tag\tt\n\n"
                             "_message_private\nhi\n.\n"
                             ":_source\tpsyc://b.example/\n:_tag\tp\n\n_request_ping\n.\n"
                             ":_source\tpsyc://c.example/~x\n\n_message\nx\n.\n";
    const auto whole = from_b();
    say(*whole, text);
    const auto cut = from_b();
    for (const char octet : text) {
        say(*cut, std::string_view(&octet, 1));
    }
    EXPECT_EQ(cut->all, whole->all);
    EXPECT_TRUE(cut->closed);
}

TEST(PsycPeer, a_circuit_is_a_clients_until_it_speaks_as_a_node) {
    struct Case {
        std::string text;
        bool node;
    };

    for (const Case& each : {
             Case{":_target\tpsyc://a.example/~ada\n_request_link\n.\n", false},
             Case{":_source\tpsyc://127.0.0.1:-4000/\n_request_link\n.\n", false},
             Case{"_request_version\n.\n", false},
             Case{":_source\tpsyc://b.example/\n_notice_circuit_established\n.\n", true},
             Case{
                 ":_source\tpsyc://b.example/~x\n:_target\tpsyc://a.example/~ada\n_message\nx\n.\n",
                 true},
             Case{":_context\tpsyc://b.example/@r\n_message\nx\n.\n", true},
             Case{"_request_authorization\n.\n", true},
             Case{":_source\tpsyc://a.example/~ada\n:_target\tpsyc://a.example/"
                  "~bob\n_message\nx\n.\n",
                  true},
             Case{":_source\tpsyc://a.example/~ada\n:_target\tpsyc://a.example/"
                  "~ada\n_request_link\n.\n",
                  false},
         }) {
        psyc::Parser parser(psyc::Generation::classic);
        std::string_view input = each.text;
        const auto packet = parser.next(input);
        ASSERT_TRUE(packet && *packet) << each.text;
        EXPECT_EQ(speaks_as_node(**packet, "a.example", ""), each.node) << each.text;
    }
}

TEST(SpeaksAsNode, a_linked_client_that_claims_to_be_another_is_none) {
    struct Case {
        std::string text;
        bool node;
    };

    const std::string to_bob = ":_target\tpsyc://a.example/~bob\n_message\nx\n.\n";
    for (const Case& each : {
             Case{to_bob, false},
             Case{":_source\tpsyc://a.example/~ada\n" + to_bob, false},
             Case{":_source\tpsyc://127.0.0.1:-4000/\n" + to_bob, false},
             Case{":_source\tpsyc://laptop.example:5000/\n" + to_bob, false},
             Case{"_request_authorization\n.\n", false},
             Case{":_source\tpsyc://a.example/~bob\n" + to_bob, true},
             Case{":_source\tpsyc://a.example/\n" + to_bob, true},
             Case{":_source\tpsyc://evil.example/~bob\n" + to_bob, true},
             Case{":_context\tpsyc://a.example/@lab\n" + to_bob, true},
         }) {
        psyc::Parser parser(psyc::Generation::classic);
        std::string_view input = each.text;
        const auto packet = parser.next(input);
        ASSERT_TRUE(packet && *packet) << each.text;
        EXPECT_EQ(speaks_as_node(**packet, "a.example", "psyc://a.example/~ada"), each.node)
            << each.text;
    }
}

// ---- negotiation ----

TEST_F(PsycNodesTest, both_generations_come_to_know_each_other_in_both_roles) {
    for (const auto generation : {psyc::Generation::classic, psyc::Generation::v1}) {
        const auto [x, y] = join(generation);
        EXPECT_EQ(x->peer->root(), "psyc://b.example/");
        EXPECT_EQ(y->peer->root(), "psyc://a.example/");
        EXPECT_TRUE(x->peer->knows_mail());
        EXPECT_TRUE(y->peer->knows_mail());
        EXPECT_FALSE(x->closed);
        EXPECT_EQ(a.nodes.connected(), 1U);
        x->peer->disconnected("test");
        y->peer->disconnected("test");
        EXPECT_EQ(a.nodes.connected(), 0U);
    }
}

TEST_F(PsycNodesTest, authorization_asks_for_the_right_host_and_checks_the_asker) {
    struct Case {
        std::string_view from;
        std::string_view to;
        std::string_view answer;
        bool closed;
    };

    for (const Case& each : {
             Case{"psyc://b.example/", "psyc://a.example/", "_status_authorization", false},
             Case{"psyc://b.example/", "psyc://c.example/", "_error_invalid_uniform_target", true},
             Case{"psyc://c.example/", "psyc://a.example/", "_error_invalid_uniform_source", true},
             Case{"psyc://a.example/", "psyc://a.example/", "_error_invalid_uniform_source", true},
         }) {
        const auto end = from_b();
        const std::string answer =
            say(*end, "|\n:_tag\t5f3a\n\n:_uniform_source\t" + std::string(each.from) +
                          "\n:_uniform_target\t" + std::string(each.to) +
                          "\n_request_authorization\n|\n");
        EXPECT_TRUE(has(answer, "\n" + std::string(each.answer) + "\n")) << answer;
        EXPECT_TRUE(has(answer, ":_tag_relay\t5f3a\n")) << answer;
        EXPECT_EQ(end->closed, each.closed);
    }
}

TEST_F(PsycNodesTest, the_other_two_forms_of_negotiation_are_answered) {
    const auto end = from_b();
    EXPECT_TRUE(has(say(*end, "|\n:_source\tpsyc://b.example/\n:_target\tpsyc://a.example/\n\n"
                              "_request_circuit\n|\n"),
                    "_notice_circuit_established\n"));
    EXPECT_TRUE(end->peer->is_established());
    EXPECT_TRUE(has(say(*end, "\n:_list_understand_modules\t| _state| _context| _mail\n"
                              "_request_features\n|\n"),
                    "_notice_features\n"));
    EXPECT_TRUE(end->peer->knows_mail());
}

TEST_F(PsycNodesTest, our_greeting_is_the_one_that_psyced_accepts) {
    const auto end = a.begin("psyc://b.example/", "127.0.0.3");
    end->peer->open(psyc::Generation::classic, a.now);
    EXPECT_TRUE(end->sent.starts_with(".\n:_source\tpsyc://a.example/\n\n")) << end->sent;
    EXPECT_EQ(count(end->sent, ":_target\t"), 0U) << end->sent;
    EXPECT_TRUE(has(end->sent, "\n_notice_circuit_established\n"));
}

TEST_F(PsycNodesTest, when_both_dial_at_once_one_circuit_is_used_by_both) {
    const auto [x, y] = join();
    auto p = b.begin("psyc://a.example/", "127.0.0.2");
    auto q = a.begin("", "127.0.0.3");
    p->peer->open(psyc::Generation::classic, b.now);
    pump(*p, *q);
    x->sent.clear();
    q->sent.clear();
    a.nodes.send({.source = "psyc://a.example/~ada",
                  .target = "psyc://b.example/~x",
                  .method = "_message_private",
                  .body = "hi"},
                 nullptr);
    b.nodes.send({.source = "psyc://b.example/~x",
                  .target = "psyc://a.example/~ada",
                  .method = "_message_private",
                  .body = "hi"},
                 nullptr);
    // The one that the smaller name opened: a's.
    EXPECT_TRUE(has(x->sent, "_message_private"));
    EXPECT_TRUE(has(y->sent, "_message_private"));
    EXPECT_EQ(q->sent + p->sent, "");
    a.now += std::chrono::seconds(30);
    q->peer->tick(a.now);
    x->peer->tick(a.now);
    EXPECT_TRUE(q->closed);
    EXPECT_FALSE(x->closed);
}

// ---- what must be on disk ----

TEST_F(PsycNodesTest, a_ping_is_answered_behind_what_came_before_it_is_stored) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    const std::string cast = ":_context\tpsyc://b.example/@r\n\n_message_public\nhi\n.\n";
    const std::string ping = ":_source\tpsyc://b.example/\n:_tag\tp1\n\n_request_ping\n.\n";
    EXPECT_EQ(say(*end, cast + cast + ping + cast), "");
    ASSERT_EQ(a.inside.open.size(), 3U);
    a.inside.open[1](true);
    EXPECT_EQ(end->sent, "");
    a.inside.open[0](true);
    EXPECT_TRUE(has(end->sent, ":_tag_reply\tp1\n")) << end->sent;
    EXPECT_TRUE(has(end->sent, "\n_echo_ping\n"));
}

TEST_F(PsycNodesTest, what_cannot_be_stored_ends_the_circuit_without_an_answer) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    say(*end, ":_context\tpsyc://b.example/@r\n\n_message_public\nhi\n.\n"
              ":_source\tpsyc://b.example/\n:_tag\tp1\n\n_request_ping\n.\n");
    a.inside.store_all(false);
    EXPECT_EQ(count(end->all, "_echo_ping"), 0U);
    EXPECT_TRUE(end->closed);
}

// ---- mail ----

TEST_F(PsycNodesTest, five_persons_at_one_node_share_one_packet_and_each_has_a_status) {
    const auto [x, y] = join();
    b.door.refused["psyc://b.example/~p3"] = mail::make_status(550, 1, 1, "there is no p3");
    x->all.clear();
    hand_over({"psyc://b.example/~p1", "psyc://b.example/~p2", "psyc://b.example/~p3",
               "psyc://b.example/~p4", "psyc://b.example/~p5"});
    pump(*x, *y);
    ASSERT_TRUE(answered);
    EXPECT_EQ(count(x->all, "\n.\n"), 1U) << x->all;
    ASSERT_EQ(statuses.size(), 5U);
    EXPECT_EQ(statuses[0].code, 250);
    EXPECT_EQ(mail::to_string(statuses[2]), "550 5.1.1 there is no p3");
    EXPECT_EQ(statuses[4].code, 250);
    ASSERT_EQ(b.door.arrivals.size(), 1U);
    const auto& arrival = b.door.arrivals[0];
    EXPECT_EQ(arrival.targets.size(), 5U);
    EXPECT_EQ(arrival.visible, (std::vector<bool>{true, true, true, true, false}));
    EXPECT_EQ(arrival.node, "psyc://a.example/");
    EXPECT_EQ(arrival.once, "psyc://a.example/ k1");
    EXPECT_EQ(arrival.note.text, "line one\n.\nline two");
    EXPECT_EQ(arrival.note.subject, "hello");
    EXPECT_EQ(arrival.note.source, "mailto:bea@example.net");
    EXPECT_EQ(arrival.note.badge, "via a.example, external");
    EXPECT_EQ(arrival.note.mail.message_id, "1@example.net");
    EXPECT_EQ(arrival.note.mail.attachments.size(), 1U);
    EXPECT_EQ(arrival.note.time, base::from_unix_ms(1795435200000));
    EXPECT_EQ(a.nodes.counters().mails_handed, 4U);
}

TEST_F(PsycNodesTest, the_same_in_generation_one) {
    const auto [x, y] = join(psyc::Generation::v1);
    hand_over({"psyc://b.example/~p1", "psyc://b.example/@lab"});
    pump(*x, *y);
    ASSERT_TRUE(answered);
    EXPECT_EQ(statuses[0].code, 250);
    EXPECT_EQ(statuses[1].code, 250);
    ASSERT_EQ(b.door.arrivals.size(), 1U);
    EXPECT_EQ(b.door.arrivals[0].note.text, "line one\n.\nline two");
}

TEST_F(PsycNodesTest, nothing_is_taken_before_the_other_node_says_so) {
    const auto [x, y] = join();
    b.door.at_once = false;
    hand_over({"psyc://b.example/~p1"});
    pump(*x, *y);
    EXPECT_FALSE(answered);
    x->peer->disconnected("reset");
    ASSERT_TRUE(answered);
    EXPECT_EQ(statuses[0].code, 451);
    EXPECT_EQ(statuses[0].enhanced, (mail::EnhancedCode{4, 4, 2}));
}

TEST_F(PsycNodesTest, an_answer_that_does_not_come_in_time_is_451) {
    const auto [x, y] = join();
    b.door.at_once = false;
    hand_over({"psyc://b.example/~p1"});
    a.tick(std::chrono::seconds(61));
    ASSERT_TRUE(answered);
    EXPECT_EQ(statuses[0].enhanced, (mail::EnhancedCode{4, 4, 1}));
}

TEST_F(PsycNodesTest, a_node_without_the_module_gets_one_packet_each_and_a_ping_takes_them) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    hand_over({"psyc://b.example/~p1", "psyc://b.example/~p2", "psyc://b.example/~p3"});
    const std::string sent = std::exchange(end->sent, {});
    EXPECT_EQ(count(sent, "\n_notice_email_delivered\n"), 3U) << sent;
    EXPECT_EQ(count(sent, "_list_targets"), 0U);
    EXPECT_TRUE(has(sent, ":_source\tpsyc://a.example/\n:_target\tpsyc://b.example/~p2\n"));
    EXPECT_TRUE(has(sent, ":_content\tline one\n\t.\n\tline two\n"));
    EXPECT_TRUE(
        has(sent, "([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n[_content]\n"));
    const std::size_t at = sent.rfind(":_tag\t") + 6;
    const std::string tag = sent.substr(at, sent.find('\n', at) - at);
    // As psyced refuses: without a tag, by who it comes from.
    say(*end, ":_target\tpsyc://a.example/\n:_source\tpsyc://b.example/~p2\n\n:_nick_target\tp2\n"
              "_error_unknown_name_user\nCannot reach \"[_nick_target]\".\n.\n");
    EXPECT_FALSE(answered);
    say(*end, ":_source\tpsyc://b.example/\n:_target\tpsyc://a.example/\n:_tag_reply\t" + tag +
                  "\n\n_echo_ping\n.\n");
    ASSERT_TRUE(answered);
    EXPECT_EQ(statuses[0].code, 250);
    EXPECT_EQ(mail::to_string(statuses[1]), "550 5.1.1 Cannot reach \"p2\".");
    EXPECT_EQ(statuses[2].code, 250);
}

TEST_F(PsycNodesTest, an_answer_with_somebody_elses_tag_takes_nothing) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    hand_over({"psyc://b.example/~p1"});
    for (const char* tag : {"0000000000000001", "x", ""}) {
        say(*end, ":_source\tpsyc://b.example/\n:_tag_reply\t" + std::string(tag) +
                      "\n\n_status_email_delivered\n.\n");
    }
    if (answered) {
        EXPECT_FALSE(statuses[0].is_success());
    }
}

TEST_F(PsycNodesTest, mail_from_a_node_without_the_module_is_taken_and_refused_by_name) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    const std::string notice = ":_source\tpsyc://b.example/~mailbot\n"
                               ":_target\tpsyc://a.example/~ada\n\n:_nick\tsender@example.com\n"
                               ":_subject\tmail by PSYC\n:_content\tone\n\ttwo\n"
                               "_notice_email_delivered\nx\n.\n";
    EXPECT_EQ(say(*end, notice), "");
    ASSERT_EQ(a.door.arrivals.size(), 1U);
    EXPECT_EQ(a.door.arrivals[0].note.text, "one\ntwo");
    EXPECT_EQ(a.door.arrivals[0].note.source, "mailto:sender@example.com");
    EXPECT_EQ(a.door.arrivals[0].once, "");
    a.door.refused["psyc://a.example/~ada"] = mail::make_status(550, 1, 1, "nobody");
    EXPECT_TRUE(has(say(*end, notice), "_error_unknown_name_user"));
    a.door.refused["psyc://a.example/~ada"] = mail::make_status(451, 3, 0, "later");
    EXPECT_TRUE(has(say(*end, notice), "_failure_unsuccessful_delivery"));
}

TEST_F(PsycNodesTest, who_is_named_in_a_mail_of_another_node_is_in_its_context) {
    const auto [x, y] = join();
    auto note = std::make_shared<chat::Note>(*mail());
    note->context = "psyc://a.example/@mail-01h2xcejqtf2nbrexx3vqjhp41";
    hand_over({"psyc://b.example/~ada", "psyc://b.example/~bob", "psyc://b.example/~cyd"}, note);
    pump(*x, *y);
    ASSERT_TRUE(answered);
    EXPECT_EQ(b.inside.in_context,
              (std::vector<std::string>{note->context + " psyc://b.example/~ada",
                                        note->context + " psyc://b.example/~bob"}))
        << "the last one is named in neither To nor Cc";
    // Nobody is put into a context of a third node.
    b.inside.in_context.clear();
    note = std::make_shared<chat::Note>(*note);
    note->context = "psyc://c.example/@mail-01h2xcejqtf2nbrexx3vqjhp41";
    hand_over({"psyc://b.example/~ada", "psyc://b.example/~bob"}, note);
    pump(*x, *y);
    EXPECT_TRUE(b.inside.in_context.empty());
}

TEST_F(PsycNodesTest, a_packet_of_a_context_with_the_same_number_is_the_same) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    const auto cast = [](const std::string& number, const std::string& target = "") {
        return ":_context\tpsyc://b.example/@r\n" + target + ":_counter\t" + number +
               "\n\n_message_public\nhi\n.\n";
    };
    say(*end, cast("7") + cast("7") + cast("8") + cast("11") + cast("99999999999999999999999") +
                  cast("x") + cast("11", ":_target\tpsyc://a.example/~ada\n"));
    EXPECT_EQ(a.inside.casts.size(), 6U);
    EXPECT_EQ(a.nodes.counters().packets_missed, 1U);
}

TEST_F(PsycNodesTest, a_node_that_is_lost_is_told_of_at_once) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    EXPECT_TRUE(a.inside.lost.empty());
    end->peer->disconnected("reset");
    EXPECT_EQ(a.inside.lost, std::vector<std::string>{"psyc://b.example/"});
}

TEST_F(PsycNodesTest, a_list_of_targets_that_are_not_ours_is_refused_slot_by_slot) {
    const auto end = from_b();
    say(*end, greeting_of_b);
    const std::string answer =
        say(*end, ":_source\tpsyc://b.example/\n:_target\tpsyc://a.example/\n:_tag\tm1\n\n"
                  ":_nick\tx@example.com\n:_list_targets\tpsyc://a.example/~ada\n"
                  ":\tpsyc://c.example/~eve\n:\tnonsense\n_notice_email_delivered\nx\n.\n");
    EXPECT_TRUE(has(answer, ":_list_status\t250:2.1.5\n:\t550:5.7.1\n:\t550:5.7.1\n")) << answer;
    ASSERT_EQ(a.door.arrivals.size(), 1U);
    EXPECT_EQ(a.door.arrivals[0].targets, std::vector<std::string>{"psyc://a.example/~ada"});
    EXPECT_EQ(a.door.arrivals[0].visible, std::vector<bool>{false});
}

// Somebody may have all names of a zone of his own looked for.
TEST_F(PsycNodesTest, nodes_that_nobody_needs_keep_no_other_out) {
    for (std::size_t i = 0; i < PsycNodes::Options{}.nodes; ++i) {
        const std::string host = "h" + std::to_string(i) + ".example";
        hand_over({"psyc://" + host + "/~x"});
        a.nodes.dial_failed("psyc://" + host + "/", "refused");
        ASSERT_TRUE(answered);
    }
    a.dialled.clear();
    hand_over({"psyc://b.example/~p1"});
    EXPECT_FALSE(answered);
    EXPECT_EQ(a.dialled, std::vector<std::string>{"psyc://b.example/"});
}

TEST_F(PsycNodesTest, a_node_that_cannot_be_reached_gives_451_and_is_tried_less_and_less_often) {
    hand_over({"psyc://b.example/~p1", "psyc://a.example/~ada", "mailto:x@y.example"});
    EXPECT_EQ(a.dialled, std::vector<std::string>{"psyc://b.example/"});
    EXPECT_FALSE(answered);
    a.nodes.dial_failed("psyc://b.example/", "refused");
    ASSERT_TRUE(answered);
    EXPECT_EQ(statuses[0].enhanced, (mail::EnhancedCode{4, 4, 1}));
    EXPECT_EQ(statuses[1].code, 550);
    EXPECT_EQ(statuses[2].code, 550);

    bool failed = false;
    a.nodes.send({.source = "psyc://a.example/~ada",
                  .target = "psyc://b.example/~p1",
                  .method = "_message_private"},
                 [&failed](const std::string&) { failed = true; });
    std::size_t dials = 0;
    for (int second = 0; second < 3600; ++second) {
        a.tick(std::chrono::seconds(1));
        if (a.dialled.size() > 1) {
            dials += a.dialled.size() - 1;
            a.dialled.resize(1);
            a.nodes.dial_failed("psyc://b.example/", "refused");
        }
        if (failed && dials < 2) {
            dials = 100; // given up too early
        }
    }
    EXPECT_TRUE(failed);
    EXPECT_LE(dials, 6U);
}

// ---- places ----

struct PsycCastTest : PsycNodesTest {
    const chat::Entity& place = *a.hub.find(lab);

    void enter(const std::string& who) {
        ASSERT_TRUE(a.hub.relations().add(
            {.entity = lab, .kind = chat::RelationKind::member, .subject = who, .value = "x"}));
        a.nodes.members_changed(place);
        a.settle();
    }

    void say_in_lab(const std::string& text) {
        auto note = std::make_shared<chat::Note>();
        note->source = "psyc://a.example/~ada";
        note->source_name = "Ada";
        note->text = text;
        note->recipients.emplace_back().entity = lab;
        a.backing.append(note, "", [this, note](std::optional<chat::Sequence> sequence) {
            a.hub.publish(sequence.value_or(0), note);
        });
        a.settle();
    }
};

TEST_F(PsycCastTest, members_at_one_node_share_one_packet_for_each_note) {
    const auto [x, y] = join();
    enter("psyc://b.example/~p1");
    enter("psyc://b.example/~p2");
    x->all.clear();
    say_in_lab("hello all");
    pump(*x, *y);
    EXPECT_EQ(count(x->all, "\n_message_public\n"), 1U) << x->all;
    EXPECT_TRUE(x->all.starts_with(":_context\tpsyc://a.example/@lab\n"
                                   ":_source_relay\tpsyc://a.example/~ada\n"))
        << x->all;
    EXPECT_EQ(count(x->all, ":_target\t"), 0U);
    EXPECT_EQ(b.inside.casts, std::vector<std::string>{"psyc://a.example/@lab _message_public"});
}

TEST_F(PsycCastTest, members_elsewhere_are_told_who_comes_and_the_topic_in_one_packet) {
    const auto [x, y] = join();
    enter("psyc://b.example/~p1");
    enter("psyc://b.example/~p2");
    x->all.clear();
    a.hub.announce({.kind = chat::EventKind::enter,
                    .about = lab,
                    .who = "psyc://a.example/~ada",
                    .nick = "Ada"});
    a.hub.announce({.kind = chat::EventKind::topic,
                    .about = lab,
                    .who = "psyc://a.example/~ada",
                    .nick = "Ada",
                    .text = "the plan"});
    pump(*x, *y);
    EXPECT_EQ(count(x->all, "\n_notice_place_enter\n"), 1U) << x->all;
    EXPECT_EQ(count(x->all, "\n:_topic\tthe plan\n"), 1U) << x->all;
    EXPECT_EQ(count(x->all, ":_target\t"), 0U);
    EXPECT_EQ(b.inside.casts.size(), 2U);
}

TEST_F(PsycCastTest, what_is_said_right_after_somebody_entered_is_not_missed) {
    a.nodes.start();
    a.settle();
    say_in_lab("before");
    const auto [x, y] = join();
    ASSERT_TRUE(a.hub.relations().add({.entity = lab,
                                       .kind = chat::RelationKind::member,
                                       .subject = "psyc://b.example/~p1",
                                       .value = "x"}));
    a.nodes.members_changed(place);
    // Stored and published before anything that was asked of the store is answered.
    auto note = std::make_shared<chat::Note>();
    note->text = "at once";
    note->recipients.emplace_back().entity = lab;
    a.hub.publish(a.backing.store(note), note);
    a.settle();
    pump(*x, *y);
    EXPECT_TRUE(has(x->all, "at once"));
    EXPECT_FALSE(has(x->all, "before"));
}

TEST_F(PsycCastTest,
       the_cursor_moves_when_the_other_node_has_it_on_disk_and_else_it_is_sent_again) {
    auto [x, y] = join();
    enter("psyc://b.example/~p1");
    say_in_lab("one");
    a.tick(std::chrono::seconds(1)); // the ping behind it
    pump(*x, *y);
    const auto before = a.backing.cursors[{lab, "psyc://b.example/"}];
    b.inside.store_all();
    pump(*x, *y);
    const auto after = a.backing.cursors[{lab, "psyc://b.example/"}];
    EXPECT_GT(after, before);

    say_in_lab("two");
    pump(*x, *y);
    x->peer->disconnected("killed");
    y->peer->disconnected("killed");
    b.inside.casts.clear();
    b.inside.open.clear();
    say_in_lab("three");
    std::tie(x, y) = join();
    a.settle();
    pump(*x, *y);
    EXPECT_EQ(b.inside.casts.size(), 2U); // two again, and three
    EXPECT_TRUE(has(x->all, "two"));
    EXPECT_FALSE(has(x->all, "\none\n"));
}

TEST_F(PsycCastTest, after_a_restart_members_elsewhere_get_what_they_missed) {
    ASSERT_TRUE(a.hub.relations().add({.entity = lab,
                                       .kind = chat::RelationKind::member,
                                       .subject = "psyc://b.example/~p1",
                                       .value = "x"}));
    a.backing.cursors[{lab, "psyc://b.example/"}] = 0;
    say_in_lab("while we were away");
    a.nodes.resume(place);
    a.settle();
    EXPECT_EQ(a.dialled, std::vector<std::string>{"psyc://b.example/"});
    const auto [x, y] = join();
    a.settle();
    pump(*x, *y);
    EXPECT_TRUE(has(x->all, "while we were away"));
}

// ---- datagrams ----

TEST_F(PsycNodesTest, psycmail_reaches_a_person_and_all_else_by_udp_is_dropped) {
    const std::string mail =
        ".\n:_target\tpsyc://a.example/~ada\n\n:_origin\tCarol <c@example.com>\n"
        ":_subject\thi\n:_nick_alias\tmxMail\n_notice_received_email\n"
        "([_nick_alias]) [_origin]: [_subject]\n.\n";
    a.nodes.datagram(mail, "127.0.0.1", true);
    EXPECT_EQ(
        a.inside.packets,
        std::vector<std::string>{"psyc://127.0.0.1/ psyc://a.example/~ada _notice_received_email"});
    a.nodes.datagram(mail, "192.0.2.1", false);
    const char* const twice =
        ".\n:_source\tpsyc://a.example/~ada\n:_target\tpsyc://a.example/~ada\n\n"
        "_notice_received_email\nx\n.\n";
    for (const char* other :
         {"", "x", ".\n", ".\n:_target\tpsyc://a.example/~ada\n\n_message_private\nhi\n.\n", twice,
          ".\n:_target\tpsyc://c.example/~x\n\n_notice_received_email\nx\n.\n",
          ".\n:_target\tpsyc://a.example/~ada\n\n_notice_received_email\nx"}) {
        a.nodes.datagram(other, "127.0.0.1", true);
    }
    EXPECT_EQ(a.inside.packets.size(), 1U);
    EXPECT_EQ(a.nodes.counters().datagrams, 9U);
    EXPECT_GE(a.nodes.counters().datagrams_dropped, 5U);
}

} // namespace
} // namespace mailcast::front
