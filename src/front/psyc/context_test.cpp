// The context that a mail with several recipients opens (DESIGN 3), and how notes are rendered.
#include "base/ascii.h"
#include "front/psyc/letter.h"
#include "front/psyc/note.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::front {
namespace {

struct PsycContextTest : testing::Test, PsycNode {
    base::MessageIdGenerator ids{7};

    // From bea to all of them; the last one is named in neither To nor Cc when `hidden`.
    std::shared_ptr<chat::Note> mail_to(const std::vector<EntityId>& to, bool hidden = false) {
        auto note = mail_note(to, "plans", "let us meet");
        note->id = ids.next(clock);
        note->context = "psyc://chat.example.org/@mail-" + base::lowered(note->id.text());
        note->recipients.back().visible = !hidden;
        return note;
    }

    static std::string talk_to(const std::string& context, const std::string& text) {
        return ":_target\t" + context + "\n:_tag\tc1\n_message_public\n" + text + "\n.\n";
    }
};

TEST_F(PsycContextTest, a_mail_is_one_packet_a_circuit_however_many_recipients_are_behind_it) {
    const auto client = in_lab("ada");
    say(*client, ":_target\tpsyc://chat.example.org/@attic\n_request_enter\n.\n");
    client->output.take();
    publish(mail_to({attic, lab, ada, bob}));
    const std::string live = client->output.take();
    EXPECT_EQ(count("\n" + live, "\n.\n"), 1U) << live;
    // As the person's own, with whom else it went to.
    EXPECT_TRUE(has(live, "\n_notice_email_delivered\n"));
    EXPECT_TRUE(has(live, ":_context_mail\tpsyc://chat.example.org/@mail-"));
    EXPECT_TRUE(has(live, ":_amount_recipients\t4\n"));
    EXPECT_TRUE(has(live, ":_list_recipients\t*attic@example.org\n:\t*lab@example.org\n"
                          ":\t~Ada@example.org\n:\t~Bob@example.org\n"))
        << live;
    // Nothing is left behind: what comes next is shown, and all cursors have passed it.
    mail(lab, "next", "x");
    EXPECT_TRUE(has(client->output.take(), ":_subject\tnext\n"));
}

TEST_F(PsycContextTest, without_the_person_it_comes_by_the_first_place) {
    const auto client = in_lab("ada");
    say(*client, ":_target\tpsyc://chat.example.org/@attic\n_request_enter\n.\n");
    client->output.take();
    publish(mail_to({attic, lab, bob}));
    const std::string live = client->output.take();
    EXPECT_EQ(count("\n" + live, "\n.\n"), 1U);
    EXPECT_TRUE(live.starts_with(":_context\tpsyc://chat.example.org/@attic\n")) << live;
}

TEST_F(PsycContextTest, shown_live_it_is_not_shown_again_by_the_place_that_catches_up) {
    const auto client = in_lab("ada");
    client->output.take();
    client->output.stuck = 2U << 20;
    publish(mail_to({lab, ada}));
    client->output.stuck = 0;
    client->front->drained();
    backing.settle();
    EXPECT_EQ(count(client->output.take(), "\n_notice_email_delivered\n"), 1U);
}

TEST_F(PsycContextTest, an_alias_of_several_is_listed_once) {
    const auto client = linked("ada");
    client->output.take();
    const auto note = std::make_shared<chat::Note>(*mail_to({ada, bob, lab}));
    note->recipients[0].address = note->recipients[1].address = "team@example.org";
    publish(note);
    const std::string live = client->output.take();
    EXPECT_TRUE(has(live, ":_amount_recipients\t2\n")) << live;
    EXPECT_EQ(count(live, "team@example.org"), 1U) << live;
}

TEST_F(PsycContextTest, two_circuits_of_two_recipients_get_one_each) {
    const auto hers = linked("ada");
    const auto his = linked("bob");
    hers->output.take();
    his->output.take();
    publish(mail_to({ada, bob}));
    ASSERT_EQ(hers->output.pieces.size(), 2U);
    ASSERT_EQ(his->output.pieces.size(), 2U);
    // The head is each one's own, all else is rendered once.
    EXPECT_EQ(hers->output.pieces[1], his->output.pieces[1]);
    EXPECT_NE(*hers->output.pieces[0], *his->output.pieces[0]);
    EXPECT_TRUE(has(*hers->output.pieces[0], ":_nick_target\t~Ada\n"));
    EXPECT_TRUE(has(*his->output.pieces[0], ":_nick_target\t~Bob\n"));
}

TEST_F(PsycContextTest, who_is_in_neither_header_is_shown_to_nobody) {
    const auto hers = linked("ada");
    const auto hidden = linked("cyd");
    hers->output.take();
    hidden->output.take();
    const auto note = mail_to({ada, bob, cyd}, true);
    publish(note);
    EXPECT_FALSE(has(hers->output.take(), "cyd"));
    const std::string got = hidden->output.take();
    EXPECT_TRUE(has(got, "\n_notice_email_delivered\n"));
    EXPECT_TRUE(has(got, ":_nick_target\t~cyd\n"));
    EXPECT_TRUE(has(got, ":_list_recipients\t~Ada@example.org\n:\t~Bob@example.org\n\n") ||
                has(got, ":_list_recipients\t~Ada@example.org\n:\t~Bob@example.org\n_notice"))
        << got;
    // Nor does he take part, nor hear.
    const std::string refused = say(*hidden, talk_to(note->context, "me too"));
    EXPECT_TRUE(has(refused, "\n_error_necessary_membership\n")) << refused;
    EXPECT_TRUE(has(refused, ":_tag_reply\tc1\n"));
    const std::string said = say(*hers, talk_to(note->context, "see you"));
    EXPECT_TRUE(has(said, "\n_message_public\nsee you\n")) << said;
    EXPECT_TRUE(has(said, ":_context\t" + note->context + "\n"));
    EXPECT_EQ(hidden->output.take(), "");
    EXPECT_EQ(backing.logs[cyd].size(), 1U);
    EXPECT_EQ(backing.logs[bob].size(), 2U);
}

TEST_F(PsycContextTest, talk_about_a_mail_is_replayed_in_its_context) {
    const auto hers = linked("ada");
    const auto note = mail_to({ada, bob, lab});
    publish(note);
    say(*hers, talk_to(note->context, "see you"));
    const auto his = connect();
    const std::string missed = say(*his, ".\n:_target\tpsyc://chat.example.org/~bob\n"
                                         ":_password\tsecret\n_request_link\n.\n");
    EXPECT_EQ(count(missed, "\n_notice_email_delivered\n"), 1U);
    const auto at = missed.find(":_context\t" + note->context + "\n");
    ASSERT_NE(at, std::string::npos) << missed;
    const std::string said = missed.substr(at);
    EXPECT_TRUE(has(said, ":_target\tpsyc://127.0.0.1:-4000/\n"));
    EXPECT_TRUE(has(said, ":_time_log\t"));
    EXPECT_TRUE(has(said, ":_time_place\t"));
    EXPECT_TRUE(has(said, ":_source_relay\tpsyc://chat.example.org/~ada\n"));
    // A place that was a recipient has it, too.
    ASSERT_EQ(backing.logs[lab].size(), 2U);
}

TEST_F(PsycContextTest, strangers_and_made_up_mails_have_no_context) {
    const auto hers = linked("ada");
    const auto note = mail_to({bob, lab});
    publish(note);
    hers->output.take();
    EXPECT_TRUE(has(say(*hers, talk_to(note->context, "x")), "_error_necessary_membership"));
    EXPECT_TRUE(
        has(say(*hers, talk_to("psyc://chat.example.org/@mail-" + ids.next(clock).text(), "x")),
            "_error_necessary_membership"));
    EXPECT_TRUE(has(say(*hers, talk_to("psyc://chat.example.org/@mail-x", "x")),
                    "_error_unknown_name_place"));
    EXPECT_TRUE(has(say(*hers, ":_target\t" + note->context + "\n_request_members\n.\n"),
                    "_failure_unsupported_request"));
}

// Head and tail are the same packet as the whole letter, in both generations.
TEST_F(PsycContextTest, two_pieces_are_one_packet) {
    const auto note = mail_to({ada, lab});
    const auto words = std::make_shared<chat::Note>(*note);
    words->kind = chat::NoteKind::message;
    words->context = {};
    const std::string uniform = "psyc://chat.example.org/~ada";
    for (const auto& one : {note, words}) {
        for (const auto generation : {psyc::Generation::classic, psyc::Generation::v1}) {
            for (const bool replayed : {false, true}) {
                const PsycView view{.generation = generation,
                                    .replayed = replayed,
                                    .audience = *hub.find(ada),
                                    .uniform = uniform};
                const chat::Cast cast{1, one};
                const std::string pieces =
                    psyc_head(cast, view, "psyc://127.0.0.1:-1/") + *psyc_tail(cast, view);
                psyc::Parser parser(generation);
                std::string_view input = pieces;
                const auto packet = parser.next(input);
                ASSERT_TRUE(packet && *packet) << pieces;
                EXPECT_TRUE(input.empty()) << pieces;
                EXPECT_EQ((*packet)->text_of("_target"), "psyc://127.0.0.1:-1/");
                EXPECT_EQ((*packet)->text_of("_source"), uniform);
                EXPECT_EQ((*packet)->text_of("_time_log").empty(), !replayed);
                EXPECT_EQ((*packet)->text_of("_ID_mail").empty(),
                          one->kind != chat::NoteKind::mail);
                std::string again;
                psyc::append_packet(again, **packet);
                std::string_view second = again;
                psyc::Parser other(generation);
                ASSERT_TRUE(other.next(second));
            }
        }
    }
}

} // namespace
} // namespace mailcast::front
