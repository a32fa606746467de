#include "delivery/reading.h"
#include "delivery/reading_json.h"
#include "delivery/reading_text.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <string_view>

namespace mailcast::delivery {
namespace {

Reading read_mail(std::string_view octets, const ReadingLimits& limits = {}) {
    return read(mime::parse(octets), limits);
}

// A multipart with these parts, each with its header.
std::string multipart(std::string_view subtype, std::initializer_list<std::string_view> parts,
                      std::string_view boundary = "b") {
    std::string mail = "Content-Type: multipart/" + std::string(subtype) +
                       "; boundary=" + std::string(boundary) + "\n\n";
    for (const std::string_view part : parts) {
        mail += "--" + std::string(boundary) + "\n" + std::string(part) + "\n";
    }
    return mail + "--" + std::string(boundary) + "--\n";
}

const std::string plain = "Content-Type: text/plain\n\nplain words";
const std::string page = "Content-Type: text/html\n\n<p>html <b>words</b></p>";

TEST(Reading, header_says_who_and_what) {
    const Reading reading = read_mail("From: =?utf-8?q?Ad=C3=A4?= <ada@example.org>\n"
                                      "To: Bea <bea@example.net>, cy@example.net\n"
                                      "Cc: list@example.org\n"
                                      "Reply-To: other@example.org\n"
                                      "Subject: one\n two\n"
                                      "Date: Mon, 23 Nov 2026 13:00:00 +0100\n"
                                      "Message-ID: <a@b>\n"
                                      "In-Reply-To: <p@b>\n"
                                      "References: <o@b> <p@b>\n"
                                      "List-Id: Things <things.example.org>\n"
                                      "Auto-Submitted: Auto-Replied (vacation); x=y\n"
                                      "\nhello\n");
    EXPECT_EQ(reading.from_name, "Ad\xC3\xA4");
    EXPECT_EQ(reading.from_addr, "ada@example.org");
    EXPECT_EQ(reading.text, "hello");
    EXPECT_EQ(
        to_json(reading),
        "{\"from_name\":\"Ad\xC3\xA4\",\"from_addr\":\"ada@example.org\","
        R"("to":[{"name":"Bea","addr":"bea@example.net"},{"name":"","addr":"cy@example.net"}],)"
        R"("cc":[{"name":"","addr":"list@example.org"}],)"
        R"("reply_to":[{"name":"","addr":"other@example.org"}],"subject":"one two",)"
        R"("date":"2026-11-23T12:00:00Z","message_id":"a@b","in_reply_to":"p@b",)"
        R"("references":["o@b","p@b"],"list_id":"things.example.org",)"
        R"("auto_submitted":"auto-replied","text":"hello","text_source":"plain",)"
        R"("attachments":[],"defects":[]})");
}

TEST(Reading, fields_of_a_list_and_of_programs_in_odd_spellings) {
    Reading reading = read_mail("List-Id: \"x <y>\" < things\n .example.org >\n"
                                "Auto-Submitted: (by a program) auto-generated\n"
                                "To: a@b\nTo: c@d\nCc: e@f\nCc: g@h\n\nx");
    EXPECT_EQ(reading.list_id, "things.example.org");
    EXPECT_EQ(reading.auto_submitted, "auto-generated");
    EXPECT_EQ(read_mail("List-Id: things.example.org (Things)\n\nx").list_id, "things.example.org");
    EXPECT_EQ(reading.to, (std::vector<mime::Address>{{"", "a@b"}, {"", "c@d"}}));
    EXPECT_EQ(reading.cc, (std::vector<mime::Address>{{"", "e@f"}, {"", "g@h"}}));
}

TEST(Reading, an_empty_mail_is_read_too) {
    const Reading reading = read_mail("");
    EXPECT_EQ(reading.text, "");
    EXPECT_EQ(reading.text_source, TextSource::none);
    EXPECT_TRUE(to_json(reading).contains("\"date\":null"));
}

struct TextCase {
    std::string mail;
    std::string_view text;
    TextSource source = TextSource::plain;
};

TEST(Reading, the_best_text_is_chosen_and_further_texts_follow) {
    const std::string long_page = "Content-Type: text/html\n\n<p>" + std::string(500, 'x') + "</p>";
    const std::string stub = "Content-Type: text/plain\n\nYour mail program does not support HTML.";
    const TextCase cases[] = {
        {"Content-Type: text/plain\n\nwords\n\n", "words"},
        {page, "html words", TextSource::html},
        {multipart("alternative", {plain, page}), "plain words"},
        {multipart("alternative", {page, plain}), "plain words"},
        {multipart("alternative", {"Content-Type: text/plain\n\n \n", page}), "html words",
         TextSource::html},
        {multipart("alternative",
                   {"Content-Type: text/plain; charset=utf-8\n\n\xC2\xA0\n\xE2\x80\x8B", page}),
         "html words", TextSource::html},
        {multipart("alternative", {"Content-Type: text/plain\n\n-- ", page}), "html words",
         TextSource::html},
        {multipart("alternative",
                   {"Content-Type: text/plain\n\n:-)", "Content-Type: text/html\n\n"}),
         ":-)"},
        {"Content-Type: plain/text\n\nwords", "words"},
        {"Content-Type: text/html\n\nno page:\n  1 &lt; 2\n\nbye\n", "no page:\n  1 < 2\n\nbye",
         TextSource::html},
        {multipart("alternative", {stub, long_page}), std::string_view(long_page).substr(28, 500),
         TextSource::html},
        {multipart("alternative", {stub, page}), "Your mail program does not support HTML."},
        {multipart("mixed", {plain, "Content-Type: text/plain\n\n-- \nthe list"}),
         "plain words\n\n-- \nthe list"},
        {multipart("mixed", {page, "\nfooter"}), "html words\n\nfooter", TextSource::html},
        {multipart("mixed", {"\nhtml words", page}), "html words"}, // the same twice
        {multipart("related", {page, "Content-Type: image/png\nContent-ID: <i>\n\nx"}),
         "html words", TextSource::html},
        {multipart("alternative", {plain, multipart("related", {page}, "c")}), "plain words"},
        {"Content-Type: text/plain; format=flowed\n\none \ntwo\n", "one two"},
        {"Content-Type: text/enriched\n\n<bold>one</bold>\ntwo\n", "one two"},
        {"Content-Type: text/markdown\n\n# one\n", "# one"},
        {"Content-Type: text/plain; name=a.txt\n\nall there is\n", "all there is"},
        {"Content-Type: multipart/mixed; boundary=b\n\nno part at all\n", "no part at all"},
        {"Content-Type: multipart/mixed; boundary=b\n\n--b--\n", "", TextSource::none},
        {"Content-Type: multipart/mixed; boundary=b\n\n--b--\nlate\n", "--b--\nlate"},
    };
    for (const TextCase& c : cases) {
        const Reading reading = read_mail(c.mail);
        EXPECT_EQ(reading.text, c.text) << c.mail;
        EXPECT_EQ(reading.text_source, c.source) << c.mail;
    }
}

TEST(Reading, a_multipart_without_parts_is_told_unless_it_is_empty) {
    const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
    EXPECT_TRUE(read_mail(head + "--b--\n").defects.empty());
    EXPECT_EQ(read_mail(head + "early\n--b--\n").defects,
              std::vector<std::string>{"The boundary of a multipart is not in its body."});
    EXPECT_EQ(read_mail(head + "early\n--b--\n").text, "early\n--b--");
}

TEST(Reading, text_is_safe_to_show) {
    const Reading reading =
        read_mail("Subject: a\x1B[31mb\nContent-Type: text/plain; charset=utf-8\n\n"
                  "a\x07\x1B[2Jb\tc \xE2\x80\xAE"
                  "d\xC2\x85\n");
    EXPECT_EQ(reading.subject, "a[31mb");
    EXPECT_EQ(reading.text, "a[2Jb\tc d");
    // Where Apple's programs put a picture into the text.
    EXPECT_EQ(read_mail(multipart("mixed",
                                  {"Content-Type: text/plain; charset=utf-8\n\nlook:\n\xEF\xBF\xBC",
                                   "\nbye"}))
                  .text,
              "look:\n\nbye");
}

TEST(Reading, messages_inside_follow_under_a_heading_and_stay_attached) {
    const Reading reading = read_mail(multipart(
        "mixed",
        {plain, "Content-Type: message/rfc822\n\nFrom: Ada <ada@example.org>\nSubject: Hi\n"
                "Date: Mon, 23 Nov 2026 12:00:00 +0000\n\ninside"}));
    EXPECT_EQ(reading.text,
              "plain words\n\n"
              "--- Forwarded mail: Hi, from Ada <ada@example.org>, 2026-11-23T12:00:00Z ---\n\n"
              "inside");
    ASSERT_EQ(reading.attachments.size(), 1U);
    EXPECT_EQ(reading.attachments[0].type, "message/rfc822");
}

TEST(Reading, messages_within_messages_end_at_the_limit) {
    std::string mail = "Subject: innermost\n\ndeep";
    for (int i = 0; i < 30; ++i) {
        mail = "Content-Type: message/rfc822\n\n" + mail;
    }
    const Reading reading = read_mail(mail, {.message_depth = 5});
    EXPECT_FALSE(reading.text.contains("deep"));
    EXPECT_EQ(reading.defects.back(), "more messages inside the message than are read");
    EXPECT_TRUE(read_mail(mail, {.message_depth = 30}).text.ends_with("deep"));
}

TEST(Reading, what_has_no_text_is_named_in_a_line) {
    const TextCase cases[] = {
        {multipart("signed", {plain, "Content-Type: application/pgp-signature\n\nx"}),
         "plain words\n\n[Signed with OpenPGP; the signature was not checked]"},
        {multipart("encrypted", {"Content-Type: application/pgp-encrypted\n\nVersion: 1",
                                 "Content-Type: application/octet-stream\n\nx"}),
         "[Encrypted with OpenPGP; cannot be read here]", TextSource::none},
        {"Content-Type: application/pkcs7-mime\n\nx",
         "[Encrypted or sealed with S/MIME; cannot be read here]", TextSource::none},
        {multipart("mixed", {plain, "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"}),
         "plain words\n\n[Outlook's own format (winmail.dat); cannot be read here]"},
        {multipart("report",
                   {plain, "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n"
                           "Final-Recipient: rfc822; bob@example.org\nAction: failed\n"
                           "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n such user\n"}),
         "plain words\n\n[Delivery failed: bob@example.org: 550 5.1.1 no such user]"},
        {multipart("report", {plain, "Content-Type: message/disposition-notification\n\n"
                                     "Final-Recipient: rfc822;ada@example.org\n"
                                     "Disposition: manual-action/MDN-sent-manually; displayed\n"}),
         "plain words\n\n[Read receipt: displayed, by ada@example.org]"},
        {multipart("report",
                   {plain, "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
                           "User-Agent: X/1\nOriginal-Mail-From: eve@example.net\n"}),
         "plain words\n\n[Report of abuse about a mail from eve@example.net, by X/1]"},
        {"Content-Type: text/vcard; name=a.vcf\n\nBEGIN:VCARD\nFN:Ada Lovelace\nEND:VCARD\n",
         "[Card of Ada Lovelace]", TextSource::none},
        {"Content-Type: text/x-vcard; name=a.vcf\n\nBEGIN:VCARD\n"
         "FN;CHARSET=iso-8859-1;ENCODING=QUOTED-PRINTABLE:Ada L=F6w\nEND:VCARD\n",
         "[Card of Ada L\xC3\xB6w]", TextSource::none},
        {"Content-Type: message/partial; id=x; number=2; total=3\n\nx",
         "[Piece 2 of 3 of a mail that was sent in pieces; they are not put together here]",
         TextSource::none},
        {"Content-Type: message/external-body; access-type=anon-ftp; site=a.org; "
         "name=x\n\nContent-Type: a/b\n",
         "[Kept elsewhere, not fetched: access-type anon-ftp, site a.org, name x]",
         TextSource::none},
        {"\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n",
         "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n\n"
         "[Encrypted with OpenPGP; cannot be read here]"},
    };
    for (const TextCase& c : cases) {
        const Reading reading = read_mail(c.mail);
        EXPECT_EQ(reading.text, c.text) << c.mail;
        EXPECT_EQ(reading.text_source, c.source) << c.mail;
    }
}

TEST(Reading, attachments_are_leaves_that_are_not_the_text) {
    const Reading reading = read_mail(multipart(
        "mixed", {plain,
                  "Content-Type: image/png; name=\"../../.a b.png\"\nContent-Disposition: inline\n"
                  "Content-Transfer-Encoding: base64\n\nAAAA",
                  "Content-Type: text/plain\nContent-Disposition: attachment\n\nno text"}));
    ASSERT_EQ(reading.attachments.size(), 2U);
    EXPECT_EQ(
        reading.attachments[0],
        (chat::Attachment{.name = ".a b.png", .type = "image/png", .size = 3, .is_inline = true}));
    EXPECT_EQ(reading.attachments[1],
              (chat::Attachment{.name = "", .type = "text/plain", .size = 7, .is_inline = false}));
    EXPECT_EQ(reading.text, "plain words");
}

TEST(Reading, uuencoded_files_are_cut_out_and_attached) {
    const Reading reading = read_mail("Subject: x\n\nlook:\nbegin 644 a.txt\n#0V%T\n`\nend\nbye\n");
    EXPECT_EQ(reading.text, "look:\nbye");
    ASSERT_EQ(reading.attachments.size(), 1U);
    EXPECT_EQ(reading.attachments[0].name, "a.txt");
    EXPECT_EQ(reading.attachments[0].size, 3U);
}

TEST(Reading, text_is_cut_at_its_limit_and_says_so) {
    const std::string mail = "\n" + std::string(100, 'x');
    EXPECT_EQ(read_mail(mail, {.text = 100}).text.size(), 100U);
    EXPECT_TRUE(read_mail(mail, {.text = 100}).defects.empty());
    const Reading cut = read_mail(multipart("mixed", {mail, mail}), {.text = 150});
    EXPECT_EQ(cut.text.size(), 150U);
    EXPECT_EQ(cut.defects.back(), "the text is longer than 150 octets and was cut");
}

TEST(Reading, many_parts_stay_cheap) {
    std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n";
    for (int i = 0; i < 9'000; ++i) {
        mail += "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\n--c--\n";
    }
    const auto before = std::clock();
    (void)read_mail(mail);
    EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 3.0);
}

TEST(Reading, for_people_a_long_list_of_addresses_is_cut) {
    std::string mail = "To: a@b";
    for (int i = 0; i < 30; ++i) {
        mail += ", c@d";
    }
    const std::string text = to_text(read_mail(mail + "\n\nx"));
    EXPECT_TRUE(text.contains("c@d and 11 more\n")) << text;
}

TEST(Reading, for_people_it_is_a_letter) {
    EXPECT_EQ(
        to_text(read_mail("From: Ada <ada@example.org>\nTo: bea@example.net\nSubject: Hi\n" +
                          multipart("mixed", {plain, "Content-Type: image/png; name=a.png\n\nx"}))),
        "From      Ada <ada@example.org>\n"
        "To        bea@example.net\n"
        "Subject   Hi\n"
        "\n"
        "plain words\n"
        "\n"
        "+ a.png  image/png, 1 octet\n");
    EXPECT_EQ(size_text(999), "999 octets");
    EXPECT_EQ(size_text(4'230), "4.2 KB");
    EXPECT_EQ(size_text(25'000'000), "25 MB");
    EXPECT_EQ(size_text(18'446'744'073'709'551'615U), "18446744 TB");
}

} // namespace
} // namespace mailcast::delivery
