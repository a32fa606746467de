#include "delivery/composer.h"
#include "delivery/reading.h"
#include "mime/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mailcast::delivery {

namespace {

Draft draft_of(std::string text) {
    return {.from_address = "ada@example.org",
            .from_name = "Ada",
            .to = {"bea@example.net"},
            .subject = "hi",
            .text = std::move(text),
            .message_id = "1@chat.example.org",
            .in_reply_to = {},
            .references = {},
            .date = base::from_unix_ms(1'800'000'000'000)};
}

std::vector<std::string> lines_of(const std::string& content) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < content.size()) {
        const std::size_t end = content.find("\r\n", at);
        EXPECT_NE(end, std::string::npos) << "every line ends with CRLF";
        lines.push_back(content.substr(at, end - at));
        at = end + 2;
    }
    return lines;
}

} // namespace

TEST(Composer, an_answer_looks_like_this) {
    Draft draft = draft_of("yes, at nine");
    draft.subject = answer_subject("RE: re: hi");
    draft.in_reply_to = "2@x";
    draft.references = {"0@x", "2@x"};
    EXPECT_EQ(compose(draft).content, "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"
                                      "From: Ada <ada@example.org>\r\n"
                                      "To: bea@example.net\r\n"
                                      "Subject: Re: hi\r\n"
                                      "Message-ID: <1@chat.example.org>\r\n"
                                      "In-Reply-To: <2@x>\r\n"
                                      "References: <0@x> <2@x>\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
                                      "Content-Transfer-Encoding: 7bit\r\n"
                                      "\r\n"
                                      "yes, at nine\r\n");
}

TEST(Composer, what_is_written_is_what_our_own_reader_reads) {
    const std::string long_line = [] {
        std::string text;
        for (int i = 0; i < 60; ++i) {
            text += "word" + std::to_string(i) + " ";
        }
        return text + "end";
    }();
    for (const std::string& text : std::vector<std::string>{
             "one line", "two\nlines", "", "a\n\n\nb", long_line, long_line + "\n" + long_line,
             " leading blank", "From here on\nFrom", ".\n..\n.x", "> quoted\n> more\nmine",
             "\xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac = 100%\nsecond=3D", std::string(2000, 'x'),
             long_line + " \xc3\xa9", "-- \nsignature"}) {
        for (const std::string& subject : std::vector<std::string>{
                 "hi", "Gr\xc3\xbc\xc3\x9fu: \xe2\x82\xac", "=?utf-8?q?x?=", std::string(500, 'y'),
                 long_line, "a\r\nBcc: eve@example.net"}) {
            SCOPED_TRACE(subject.substr(0, 20) + " / " + text.substr(0, 20));
            Draft draft = draft_of(text);
            draft.subject = subject;
            draft.from_name = "A\xc3\xa9 \"x\" \\ <y>";
            const Composed mail = compose(draft);
            EXPECT_FALSE(mail.needs_utf8);
            for (const std::string& line : lines_of(mail.content)) {
                EXPECT_LE(line.size(), 998U);
                EXPECT_TRUE(std::ranges::all_of(
                    line, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
            }
            const Reading reading = read(mime::parse(mail.content));
            EXPECT_EQ(reading.text, text);
            EXPECT_EQ(reading.subject,
                      subject == "a\r\nBcc: eve@example.net" ? "a Bcc: eve@example.net" : subject);
            EXPECT_EQ(reading.from_addr, "ada@example.org");
            EXPECT_EQ(reading.from_name, draft.from_name);
            ASSERT_EQ(reading.to.size(), 1U);
            EXPECT_TRUE(reading.defects.empty()) << reading.defects.front();
        }
    }
}

TEST(Composer, an_international_address_needs_smtputf8) {
    Draft draft = draft_of("x");
    draft.to = {"b\xc3\xa9"
                "a@example.net"};
    EXPECT_TRUE(compose(draft).needs_utf8);
}

TEST(Composer, nothing_of_a_person_becomes_a_field) {
    Draft draft = draft_of("x");
    draft.from_name = "Ada\r\nX-Evil: 1";
    draft.in_reply_to = "2@x>\r\nX-Evil: 1";
    draft.references = {"0@x\nX-Evil: 2"};
    draft.to = {"bea@example.net\r\nX-Evil: 3"};
    for (const std::string& line : lines_of(compose(draft).content)) {
        EXPECT_FALSE(line.starts_with("X-Evil")) << line;
    }
}

} // namespace mailcast::delivery
