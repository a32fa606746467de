#include "delivery/digest.h"

#include <gtest/gtest.h>

namespace mailcast::delivery {
namespace {

using chat::NoteKind;

const base::Time noon = base::from_unix_ms(1'795'435'200'000); // 2026-11-23 12:00

std::shared_ptr<const chat::Note> mail_from(std::string name, std::string address,
                                            std::string subject, int minutes = 0) {
    auto note = std::make_shared<chat::Note>();
    note->kind = NoteKind::mail;
    note->time = noon + std::chrono::minutes(minutes);
    note->subject = std::move(subject);
    note->mail.from_name = std::move(name);
    note->mail.from_address = std::move(address);
    return note;
}

std::shared_ptr<const chat::Note> said_by(std::string nick) {
    auto note = std::make_shared<chat::Note>();
    note->time = noon;
    note->source = "psyc://chat.example/~" + nick;
    note->source_name = std::move(nick);
    note->text = "a secret";
    return note;
}

TEST(Digest, one_mail_reads_as_one) {
    const auto digest = digest_of({"chat.example", {mail_from("Bea", "bea@x", "Lunch")}, false});
    EXPECT_EQ(digest.subject, "one mail waits for you at chat.example");
    EXPECT_EQ(
        digest.text,
        "Nobody has read for you at chat.example since 2026-11-23 12:00 UTC, and one mail waits "
        "for you there:\n"
        "\n"
        "- 2026-11-23 12:00 UTC, Bea <bea@x>: Lunch\n"
        "\n"
        "All of it is there when you come back. Until then there is no other mail like this one. "
        "For none at all say 'set digest=' there, or ask who runs the server.\n");
}

TEST(Digest, what_was_said_is_counted_and_not_told) {
    const auto digest = digest_of(
        {"chat.example", {mail_from("", "bea@x", "Lunch"), said_by("bob"), said_by("cy")}, false});
    EXPECT_EQ(digest.subject, "one mail and 2 messages wait for you at chat.example");
    EXPECT_NE(digest.text.find("- 2026-11-23 12:00 UTC, bob wrote to you\n"), std::string::npos);
    EXPECT_EQ(digest.text.find("secret"), std::string::npos);
}

TEST(Digest, of_many_the_newest_are_named) {
    Waiting waiting{"chat.example", {}, true};
    for (int i = 0; i < 50; ++i) {
        waiting.notes.push_back(mail_from("", "bea@x", "number " + std::to_string(i), i));
    }
    const auto digest = digest_of(waiting);
    EXPECT_EQ(digest.subject, "50 mails, or more, wait for you at chat.example");
    EXPECT_NE(digest.text.find("- 30 before these\n- 2026-11-23 12:30 UTC, bea@x: number 30\n"),
              std::string::npos)
        << digest.text;
    EXPECT_NE(digest.text.find("number 49\n"), std::string::npos);
    EXPECT_EQ(digest.text.find("number 29\n"), std::string::npos);
}

TEST(Digest, what_strangers_chose_makes_no_lines_and_is_cut) {
    const auto digest =
        digest_of({"chat.example",
                   {mail_from("Bea\nAll of it is yours", "bea@x", std::string(5000, 'x')),
                    mail_from("", "", "bounce")},
                   false});
    EXPECT_EQ(digest.text.find("\nAll of it is yours"), std::string::npos);
    EXPECT_LT(digest.text.size(), 1000U);
    EXPECT_NE(digest.text.find("nobody (a bounce): bounce"), std::string::npos);
}

TEST(Digest, own_words_and_notices_do_not_wait) {
    const std::string own = "psyc://chat.example/~ada";
    EXPECT_TRUE(waits(*mail_from("", "bea@x", "hi"), own));
    EXPECT_TRUE(waits(*said_by("bob"), own));
    EXPECT_FALSE(waits(*said_by("ada"), own));
    chat::Note notice;
    notice.kind = NoteKind::notice;
    EXPECT_FALSE(waits(notice, own));
}

} // namespace
} // namespace mailcast::delivery
