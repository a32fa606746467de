// What the shell sees of a session.  What the peer sees is in test/dialogue.
#include "smtp/session.h"
#include "smtp/session_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace mailcast::smtp {
namespace {

using mail::make_status;
using mail::Status;

const Status good = make_status(250, 1, 5, "ok");

constexpr std::string_view one_mail = "LHLO mx\r\nMAIL FROM:<s@example.net> SIZE=9\r\n"
                                      "RCPT TO:<Ada@Example.ORG>\r\nRCPT TO:<bea@example.org>\r\n"
                                      "DATA\r\nhello\r\n.\r\n";

Options lmtp() {
    Options options;
    options.xforward = true;
    return options;
}

// Goes on until the session says something of type T; recipients are accepted on the way.
template <typename T>
Event until(Session& session, std::string_view& input) {
    for (;;) {
        Event event = session.next(input);
        if (std::holds_alternative<RecipientAsked>(event) && !std::is_same_v<T, RecipientAsked>) {
            session.answer_recipient(good);
            continue;
        }
        if (std::holds_alternative<T>(event)) {
            return event;
        }
        if (std::holds_alternative<NeedInput>(event) || std::holds_alternative<Close>(event)) {
            ADD_FAILURE() << "the event never came";
            return event;
        }
    }
}

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST(Session, is_small_when_idle) {
    EXPECT_LE(sizeof(Session::State), 800U);
}

TEST(Session, says_220_once) {
    const Options options = lmtp();
    Session session(options);
    EXPECT_FALSE(session.has_output());
    session.greet();
    EXPECT_TRUE(session.has_output());
    EXPECT_EQ(session.take_output(), "220 localhost LMTP Mailcast\r\n");
    EXPECT_FALSE(session.has_output());
}

TEST(Session, recipients_come_with_the_envelope_so_far) {
    const Options options = lmtp();
    Session session(options);
    std::string_view input = one_mail;
    const Event first = session.next(input);
    const auto& asked = std::get<RecipientAsked>(first);
    EXPECT_EQ(asked.recipient.mailbox.text(), "Ada@example.org");
    EXPECT_EQ(asked.recipient.original, "Ada@Example.ORG");
    EXPECT_EQ(asked.envelope.reverse_path.text(), "s@example.net");
    EXPECT_EQ(asked.envelope.declared_size, 9U);
    EXPECT_EQ(asked.envelope.helo, "mx");
    EXPECT_TRUE(asked.envelope.recipients.empty());
    // Nothing goes on before the answer.
    const std::size_t left = input.size();
    EXPECT_TRUE(std::holds_alternative<NeedInput>(session.next(input)));
    EXPECT_EQ(input.size(), left);
    session.answer_recipient(good);
    const Event second = session.next(input);
    EXPECT_EQ(std::get<RecipientAsked>(second).envelope.recipients.size(), 1U);
}

TEST(Session, a_refused_mail_leaves_nothing_but_what_xforward_said) {
    const Options options = lmtp();
    Session session(options);
    std::string_view input = "LHLO mx\r\n"
                             "XFORWARD ADDR=192.0.2.1 SOURCE=LOCAL\r\n"
                             "MAIL FROM:<a@example.net> SIZE=5 BODY=8BITMIME SMTPUTF8 FOO=1\r\n"
                             "MAIL FROM:<b@example.net> SIZE=99999999999 BODY=8BITMIME\r\n"
                             "MAIL FROM:<s@example.net>\r\n"
                             "RCPT TO:<ada@example.org>\r\n";
    const Event event = until<RecipientAsked>(session, input);
    mail::Envelope expected;
    expected.reverse_path = *mail::parse_mailbox("s@example.net");
    expected.helo = "mx";
    expected.forwarded.address = "192.0.2.1";
    expected.forwarded.source = mail::Origin::internal;
    EXPECT_EQ(std::get<RecipientAsked>(event).envelope, expected);
}

TEST(Session, content_is_a_view_into_the_input) {
    const Options options = lmtp();
    Session session(options);
    std::string_view input = one_mail;
    const Event event = until<ContentChunk>(session, input);
    const std::string_view bytes = std::get<ContentChunk>(event).bytes;
    EXPECT_EQ(bytes, "hello\r\n");
    EXPECT_GE(bytes.data(), one_mail.data());
    EXPECT_LT(bytes.data(), one_mail.data() + one_mail.size());
}

TEST(Session, nothing_is_read_between_the_end_of_the_content_and_its_outcome) {
    const Options options = lmtp();
    Session session(options);
    const std::string all = std::string(one_mail) + "QUIT\r\n";
    std::string_view input = all;
    const Event ends = until<ContentEnds>(session, input);
    EXPECT_EQ(std::get<ContentEnds>(ends).envelope.recipients.size(), 2U);
    session.take_output();
    EXPECT_FALSE(session.idle());
    EXPECT_TRUE(std::holds_alternative<NeedInput>(session.next(input)));
    EXPECT_EQ(input, "QUIT\r\n");
    EXPECT_FALSE(session.has_output());
    session.finish(std::vector<Status>{make_status(250, 1, 5, "<a> 1 accepted"),
                                       make_status(452, 2, 2, "<b> full")});
    // The envelope is there until the next call.
    EXPECT_EQ(std::get<ContentEnds>(ends).envelope.recipients.size(), 2U);
    EXPECT_TRUE(session.idle());
    EXPECT_TRUE(std::holds_alternative<Close>(session.next(input)));
    EXPECT_EQ(session.take_output(), "250 2.1.5 <a> 1 accepted\r\n452 4.2.2 <b> full\r\n"
                                     "221 2.0.0 bye\r\n");
}

TEST(Session, there_are_as_many_replies_as_recipients_whatever_the_shell_says) {
    for (const std::size_t given : {0U, 1U, 2U, 3U}) {
        for (const bool taken : {false, true}) {
            const Options options = lmtp();
            Session session(options);
            std::string_view input = one_mail;
            until<ContentEnds>(session, input);
            session.take_output();
            if (taken) {
                EXPECT_EQ(session.take_envelope().recipients.size(), 2U);
            }
            session.finish(std::vector<Status>(given, good));
            const std::string output = session.take_output();
            EXPECT_EQ(lines(output), 2U) << given;
            EXPECT_EQ(output.contains("451 4.3.0"), given < 2);
        }
    }
}

TEST(Session, a_421_as_outcome_closes_after_the_last_reply) {
    const Options options = lmtp();
    Session session(options);
    std::string_view input = one_mail;
    until<ContentEnds>(session, input);
    session.take_output();
    session.finish(std::vector<Status>(2, make_status(421, 3, 2, "shutting down")));
    EXPECT_EQ(lines(session.take_output()), 2U);
    EXPECT_TRUE(std::holds_alternative<Close>(session.next(input)));
}

TEST(Session, shutting_down_ends_with_421_wherever_it_comes) {
    for (std::size_t at = 0; at <= one_mail.size(); ++at) {
        const Options options = lmtp();
        Session session(options);
        std::string_view input = one_mail.substr(0, at);
        bool committing = false;
        for (;;) {
            const Event event = session.next(input);
            if (std::holds_alternative<RecipientAsked>(event)) {
                session.answer_recipient(good);
            }
            committing = std::holds_alternative<ContentEnds>(event);
            if (committing || std::holds_alternative<NeedInput>(event)) {
                break;
            }
        }
        session.take_output();
        session.shut_down(make_status(421, 3, 2, "shutting down"));
        const std::string output = session.take_output();
        EXPECT_EQ(lines(output), committing ? 2U : 1U);
        EXPECT_TRUE(output.ends_with("421 4.3.2 shutting down\r\n")) << output;
        std::string_view more = "NOOP\r\n";
        EXPECT_TRUE(std::holds_alternative<Close>(session.next(more)));
        EXPECT_TRUE(more.empty());
        session.shut_down(make_status(421, 3, 2, "again"));
        session.finish({});
        session.answer_recipient(good);
        EXPECT_FALSE(session.has_output());
    }
}

TEST(Session, too_large_content_is_dropped_as_soon_as_that_is_known) {
    Options options = lmtp();
    options.external.message_size = 5;
    Session session(options);
    std::string_view input = "LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<Ada@Example.ORG>\r\n"
                             "RCPT TO:<bea@example.org>\r\nDATA\r\nhello\r";
    until<ContentDropped>(session, input);
    session.take_output();
    EXPECT_TRUE(std::holds_alternative<NeedInput>(session.next(input)));
    EXPECT_FALSE(session.has_output());
    input = "\n.\r\n"; // the CR had come before
    const Event event = session.next(input);
    const auto* refused = std::get_if<ContentRefused>(&event);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->envelope.recipients.size(), 2U);
    EXPECT_EQ(refused->status, make_status(552, 3, 4, "Message is larger than the limit"));
    EXPECT_FALSE(session.has_output());
    // A status that the shell forgets is a refusal as well.
    session.finish(std::array{make_status(552, 3, 4, "<Ada@Example.ORG> 01JD too large")});
    EXPECT_EQ(session.take_output(), "552 5.3.4 <Ada@Example.ORG> 01JD too large\r\n"
                                     "552 5.3.4 Message is larger than the limit\r\n");
    EXPECT_TRUE(std::holds_alternative<NeedInput>(session.next(input)));
    EXPECT_TRUE(session.idle());
}

TEST(Session, giving_up_chunks_drops_their_content) {
    for (const std::string_view end : {"RSET\r\n", "LHLO x\r\n", "QUIT\r\n", "BDAT 1 X\r\nx"}) {
        const Options options = lmtp();
        Session session(options);
        const std::string all =
            "LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nBDAT 1\r\nx" + std::string(end);
        std::string_view input = all;
        until<ContentDropped>(session, input);
    }
}

TEST(Session, waits_longer_for_commands_than_for_content) {
    Options options = lmtp();
    options.timeouts = {.command = std::chrono::seconds{7}, .content = std::chrono::seconds{3}};
    Session session(options);
    EXPECT_EQ(session.timeout(), std::chrono::seconds{7});
    std::string_view input = one_mail;
    until<ContentBegins>(session, input);
    EXPECT_EQ(session.timeout(), std::chrono::seconds{3});
    until<ContentEnds>(session, input);
    EXPECT_EQ(session.timeout(), std::chrono::seconds{7});
}

TEST(Session, xforward_holds_for_one_transaction) {
    const Options options = lmtp();
    Session session(options);
    std::string all =
        "LHLO mx\r\n"
        "XFORWARD NAME=spike.example.net ADDR=IPv6:2001:db8::1 PORT=4711\r\n"
        "XFORWARD PROTO=ESMTP HELO=a+0D+0Ab IDENT=4XYZ SOURCE=REMOTE NAME=[UNAVAILABLE]\r\n"
        "XFORWARD NAME=x SOURCE=MARS\r\n";
    all += one_mail.substr(9);
    all += one_mail.substr(9);
    all += "XFORWARD SOURCE=LOCAL\r\nRSET\r\n";
    all += one_mail.substr(9);
    all += "XFORWARD SOURCE=LOCAL\r\nMAIL BAD\r\n";
    all += one_mail.substr(9);
    std::string_view input = all;

    const mail::ForwardedClient expected{.name = "",
                                         .address = "2001:db8::1",
                                         .port = "4711",
                                         .protocol = "ESMTP",
                                         .helo = "a b",
                                         .ident = "4XYZ",
                                         .source = mail::Origin::external};
    std::vector<mail::ForwardedClient> clients;
    for (int i = 0; i < 4; ++i) {
        const Event ends = until<ContentEnds>(session, input);
        clients.push_back(std::get<ContentEnds>(ends).envelope.forwarded);
        session.finish(std::vector<Status>(2, good));
    }
    EXPECT_EQ(clients[0], expected);
    EXPECT_EQ(clients[1], mail::ForwardedClient{});
    EXPECT_EQ(clients[2], mail::ForwardedClient{});
    EXPECT_EQ(clients[3].source, mail::Origin::internal);
}

TEST(Session, who_could_not_be_asked_about_is_told_to_come_later_and_may_ask_again) {
    Options options;
    options.dialect = Dialect::smtp;
    options.authentication = true;
    options.errors_in_a_row = 2;
    Session session(options);
    std::string_view input = "EHLO x\r\n";
    session.next(input);
    session.take_output();
    for (int i = 0; i < 5; ++i) {
        input = "AUTH PLAIN AGFkYQBzZWNyZXQ=\r\n";
        until<AuthenticationAsked>(session, input);
        session.authentication_unavailable();
        EXPECT_EQ(session.take_output(),
                  "454 4.7.0 Too many ask at the moment, try again later\r\n");
    }
    input = "AUTH PLAIN AGFkYQBzZWNyZXQ=\r\n";
    until<AuthenticationAsked>(session, input);
    session.answer_authentication(true);
    EXPECT_EQ(session.take_output(), "235 2.7.0 authenticated\r\n");
}

TEST(Session, who_signed_in_is_in_the_envelope) {
    Options options;
    options.dialect = Dialect::smtp;
    options.authentication = true;
    Session session(options);
    std::string_view input =
        "EHLO x\r\nAUTH PLAIN AGFkYQBzZWNyZXQ=\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\n";
    const Event asked = until<AuthenticationAsked>(session, input);
    EXPECT_EQ(std::get<AuthenticationAsked>(asked).name, "ada");
    EXPECT_EQ(std::get<AuthenticationAsked>(asked).password, "secret");
    session.answer_authentication(true);
    const Event recipient = until<RecipientAsked>(session, input);
    EXPECT_EQ(std::get<RecipientAsked>(recipient).envelope.authenticated, "ada");
}

TEST(Combined, any_success_wins_then_temporary_then_permanent) {
    const Status temporary = make_status(452, 2, 2, "full");
    const Status permanent = make_status(550, 7, 1, "no");
    EXPECT_EQ(combined(std::vector{permanent, temporary, good}), good);
    EXPECT_EQ(combined(std::vector{permanent, temporary}), temporary);
    EXPECT_EQ(combined(std::vector{permanent}), permanent);
    EXPECT_EQ(combined({}).code, 451);
}

} // namespace
} // namespace mailcast::smtp
