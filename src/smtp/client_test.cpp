#include "smtp/client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::smtp {

namespace {

OutgoingMail a_mail(std::vector<std::string> recipients = {"bea@example.net"}) {
    return {.from = "ada@example.org",
            .recipients = std::move(recipients),
            .content = "Subject: hi\r\n\r\n.dot\r\nend\r\n",
            .utf8 = false};
}

// What the server says, and what the client is to answer to it: the next lines, or a part of them.
struct Turn {
    std::string server;
    std::string client;
};

void play(Client& client, const std::vector<Turn>& turns, std::size_t piece) {
    EXPECT_EQ(client.take_output(), "") << "the server speaks first";
    for (const Turn& turn : turns) {
        for (std::size_t at = 0; at < turn.server.size(); at += piece) {
            client.feed(std::string_view(turn.server).substr(at, piece));
        }
        EXPECT_EQ(client.take_output(), turn.client) << "after " << turn.server;
        if (client.wants_tls()) {
            client.tls_started();
            EXPECT_EQ(client.take_output(), "EHLO chat.example.org\r\n");
        }
    }
}

std::vector<std::string> statuses(const Client& client) {
    std::vector<std::string> all;
    for (const mail::Status& status : client.statuses()) {
        all.push_back(mail::to_string(status));
    }
    return all;
}

// One reply after the other, each when its question has gone out.
void answer(Client& client, const std::vector<std::string_view>& replies) {
    for (const std::string_view reply : replies) {
        client.feed(reply);
        static_cast<void>(client.take_output());
    }
}

using Lines = std::vector<std::string>;

} // namespace

struct Dialogue {
    const char* name;
    Client::Options options;
    OutgoingMail mail;
    std::vector<Turn> turns;
    Lines statuses;
};

const std::vector<Dialogue>& dialogues() {
    static const std::vector<Dialogue> all = {
        {"a mail is taken",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx ESMTP\r\n", "EHLO chat.example.org\r\n"},
          {"250-mx\r\n250-SIZE 1000\r\n250 8BITMIME\r\n",
           "MAIL FROM:<ada@example.org> SIZE=26\r\n"},
          {"250 2.1.0 ok\r\n", "RCPT TO:<bea@example.net>\r\n"},
          {"250 2.1.5 ok\r\n", "DATA\r\n"},
          {"354 go on\r\n", "Subject: hi\r\n\r\n..dot\r\nend\r\n.\r\n"},
          {"250 2.0.0 queued as 1\r\n", "QUIT\r\n"},
          {"221 2.0.0 bye\r\n", ""}},
         {"250 2.0.0 queued as 1"}},
        {"each recipient has its own answer",
         {.hostname = "chat.example.org"},
         a_mail({"a@x", "b@x", "c@x"}),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"250 ok\r\n", "RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\n"},
          {"550 5.1.1 who\r\n250 ok\r\n450-4.2.0 wait\r\n450 4.2.0 a bit\r\n", "DATA\r\n"},
          {"354 go\r\n", "Subject: hi\r\n\r\n..dot\r\nend\r\n.\r\n"},
          {"250 ok\r\n", "QUIT\r\n"}},
         {"550 5.1.1 who", "250 2.0.0 ok", "450 4.2.0 wait a bit"}},
        {"no recipient taken, no content sent",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"250 ok\r\n", "RCPT TO:<bea@example.net>\r\n"},
          {"550 no\r\n", "QUIT\r\n"}},
         {"550 5.0.0 no"}},
        {"an old server that knows HELO alone",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"500 what\r\n", "HELO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"421 4.3.2 going\r\n", "QUIT\r\n"}},
         {"421 4.3.2 going"}},
        {"TLS when it is offered, and the login only after it",
         {.hostname = "chat.example.org", .user = "ada", .password = "secret"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", "STARTTLS\r\n"},
          {"220 go\r\n", ""},
          {"250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH PLAIN AGFkYQBzZWNyZXQ=\r\n"},
          {"535 5.7.8 no\r\n", "QUIT\r\n"}},
         {"451 4.7.8 the mail server refused our login"}},
        {"a password does not go in clear",
         {.hostname = "chat.example.org", .user = "ada", .password = "secret"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250-mx\r\n250 AUTH PLAIN\r\n", "QUIT\r\n"}},
         {"451 4.7.0 a password goes over TLS only"}},
        {"TLS is required and not offered",
         {.hostname = "chat.example.org", .tls = Client::Tls::required},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"}, {"250 mx\r\n", "QUIT\r\n"}},
         {"451 4.7.0 the mail server offers no TLS"}},
        {"a server that refuses us refuses no mail",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"554 5.7.1 blocked\r\n", "QUIT\r\n"}},
         {"451 4.7.1 blocked"}},
        {"international addresses need a server that takes them",
         {.hostname = "chat.example.org"},
         {.from = "ada@example.org",
          .recipients = {"b\xc3\xa9@x"},
          .content = "x\r\n",
          .utf8 = true},
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"}, {"250 mx\r\n", "QUIT\r\n"}},
         {"553 5.6.7 the mail server takes no international addresses"}},
        {"too large for the server",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"}, {"250-mx\r\n250 SIZE 10\r\n", "QUIT\r\n"}},
         {"552 5.3.4 larger than the mail server takes"}},
        {"a server that answers before it was asked is believed nothing",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"250 ok\r\n", "RCPT TO:<bea@example.net>\r\n"},
          {"250 ok\r\n", "DATA\r\n"},
          {"354 go\r\n250 ok\r\n", ""}},
         {"451 4.4.2 it answered before it was asked"}},
        {"an answer of another kind than was asked for says nothing about the mail",
         {.hostname = "chat.example.org"},
         a_mail({"a@x", "b@x"}),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"250 ok\r\n", "RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"},
          {"354 go\r\n250 ok\r\n", "DATA\r\n"},
          {"154 go\r\n", "QUIT\r\n"}},
         {"451 4.5.0 the mail server gave an answer out of turn",
          "451 4.5.0 the mail server gave an answer out of turn"}},
        {"refused after the content",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"220 mx\r\n", "EHLO chat.example.org\r\n"},
          {"250 mx\r\n", "MAIL FROM:<ada@example.org>\r\n"},
          {"250 ok\r\n", "RCPT TO:<bea@example.net>\r\n"},
          {"250 ok\r\n", "DATA\r\n"},
          {"354 go\r\n", "Subject: hi\r\n\r\n..dot\r\nend\r\n.\r\n"},
          {"554 5.6.0 spam\x1b[31m\r\n", "QUIT\r\n"}},
         {"554 5.6.0 spam?[31m"}},
        {"no SMTP at all",
         {.hostname = "chat.example.org"},
         a_mail(),
         {{"HTTP/1.1 400 Bad Request\r\n", ""}},
         {"451 4.4.2 it does not speak SMTP"}},
    };
    return all;
}

TEST(SmtpClient, each_dialogue_ends_in_the_true_answer_however_it_is_cut) {
    for (const Dialogue& dialogue : dialogues()) {
        for (const std::size_t piece : {1UL, 7UL, 4096UL}) {
            SCOPED_TRACE(std::string(dialogue.name) + " in pieces of " + std::to_string(piece));
            Client client(dialogue.options, dialogue.mail);
            play(client, dialogue.turns, piece);
            ASSERT_EQ(client.statuses().size(), dialogue.statuses.size());
            for (std::size_t i = 0; i < dialogue.statuses.size(); ++i) {
                const std::string got = statuses(client)[i];
                EXPECT_EQ(got.substr(0, 10), dialogue.statuses[i].substr(0, 10));
                EXPECT_EQ(got.find('\x1b'), std::string::npos);
            }
        }
    }
}

TEST(SmtpClient, a_connection_that_ends_defers_who_has_no_answer_yet) {
    Client client({.hostname = "h"}, a_mail({"a@x", "b@x"}));
    answer(client, {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "550 5.1.1 who\r\n"});
    client.closed("connection lost");
    EXPECT_TRUE(client.finished());
    EXPECT_EQ(statuses(client), (Lines{"550 5.1.1 who", "451 4.4.2 connection lost"}));
}

TEST(SmtpClient, after_the_final_answer_a_lost_connection_changes_nothing) {
    Client client({.hostname = "h"}, a_mail());
    answer(client, {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
                    "250 2.0.0 queued\r\n"});
    client.closed("connection lost");
    EXPECT_EQ(statuses(client), (Lines{"250 2.0.0 queued"}));
}

TEST(SmtpClient, what_was_sent_before_the_handshake_is_not_believed_after_it) {
    Client client({.hostname = "h"}, a_mail());
    answer(client, {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"});
    ASSERT_TRUE(client.wants_tls());
    static_cast<void>(client.take_output());
    client.tls_started();
    EXPECT_EQ(client.take_output(), "EHLO h\r\n");
    client.feed("250 mx\r\n");
    EXPECT_TRUE(client.take_output().starts_with("MAIL FROM:"));
}

TEST(SmtpClient, an_endless_answer_is_not_kept) {
    Client client({.hostname = "h"}, a_mail());
    const std::string line = "220-" + std::string(1000, 'x') + "\r\n";
    for (int i = 0; i < 100 && !client.finished(); ++i) {
        client.feed(line);
    }
    EXPECT_TRUE(client.finished());
    EXPECT_EQ(client.statuses().front().code, 451);
}

TEST(SmtpClient, an_address_that_would_be_a_command_never_leaves) {
    Client client({.hostname = "h"}, a_mail({"a@x>\r\nDATA"}));
    EXPECT_TRUE(client.finished());
    EXPECT_EQ(client.statuses().front().code, 553);
}

} // namespace mailcast::smtp
