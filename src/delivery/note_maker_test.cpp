#include "delivery/note_maker.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

Reading some_reading() {
    Reading reading;
    reading.from_name = "Ada";
    reading.from_addr = "ada@example.org";
    reading.to = {{.name = "Bea", .address = "Bea@Example.net"}};
    reading.cc = {{.name = "", .address = "lab@example.net"}};
    reading.subject = "Hi";
    reading.text = "one\ntwo";
    reading.message_id = "a@b";
    return reading;
}

mail::Envelope some_envelope() {
    mail::Envelope envelope;
    envelope.reverse_path = {.local = "bounces", .domain = "list.example.org"};
    envelope.helo = "mx.example.org";
    return envelope;
}

TEST(NoteMaker, says_who_wrote_and_how_it_came) {
    const chat::Note note = make_note(some_reading(), some_envelope(),
                                      {.received = base::from_unix_ms(5), .size = 99}, {});
    EXPECT_EQ(note.kind, chat::NoteKind::mail);
    EXPECT_EQ(note.time, base::from_unix_ms(5));
    EXPECT_EQ(note.source, "mailto:bounces@list.example.org");
    EXPECT_EQ(note.source_name, "Ada");
    EXPECT_EQ(note.badge, "external, unverified");
    EXPECT_EQ(note.subject, "Hi");
    EXPECT_EQ(note.text, "one\ntwo");
    EXPECT_EQ(note.mail.envelope_from, "bounces@list.example.org");
    EXPECT_EQ(note.mail.from_address, "ada@example.org");
    EXPECT_EQ(note.mail.origin, "external");
    EXPECT_EQ(note.mail.verdict, "unverified");
    EXPECT_EQ(note.mail.host_source, "mx.example.org");
    EXPECT_EQ(note.mail.size, 99U);
    EXPECT_EQ(note.mail.text_lines, 2U);
    EXPECT_FALSE(note.mail.text_cut);
}

TEST(NoteMaker, internal_mail_and_null_path) {
    Reading reading = some_reading();
    mail::Envelope envelope;
    chat::Note note = make_note(reading, envelope, {.origin = mail::Origin::internal}, {});
    EXPECT_EQ(note.badge, "internal");
    EXPECT_EQ(note.mail.verdict, "inside");
    EXPECT_EQ(note.source, "mailto:ada@example.org");
    EXPECT_EQ(note.mail.envelope_from, "");
    reading.from_name = reading.from_addr = "";
    note = make_note(reading, envelope, {.peer = "192.0.2.1"}, {});
    EXPECT_EQ(note.source, "mailto:MAILER-DAEMON");
    EXPECT_EQ(note.source_name, "MAILER-DAEMON");
    EXPECT_EQ(note.mail.host_source, "192.0.2.1");
}

TEST(NoteMaker, text_ends_at_a_line_at_its_limit) {
    Reading reading = some_reading();
    const std::string line(99, 'x');
    reading.text.clear();
    for (int i = 0; i < 1'000; ++i) {
        reading.text += line + "\n";
    }
    const chat::Note note = make_note(reading, some_envelope(), {}, {});
    EXPECT_EQ(note.text.size(), 65'499U);
    EXPECT_TRUE(note.mail.text_cut);
    EXPECT_EQ(note.mail.text_lines, 1'000U);
}

} // namespace
} // namespace mailcast::delivery
