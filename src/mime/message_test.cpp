#include "mime/message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mime {
namespace {

struct Case {
    const char* what;
    std::string mail;
    std::vector<std::string> parts; // "depth type body"
};

std::string shown(const Part& part) {
    return std::to_string(part.depth) + " " + part.type + " " +
           (part.is_multipart() ? "" : std::string(part.body));
}

TEST(Message, structure_is_a_flat_list_in_the_order_of_the_file) {
    const std::vector<Case> cases = {
        {"no header", "just text\n", {"0 text/plain just text\n"}},
        {"empty", "", {"0 text/plain "}},
        {"header only", "Subject: x\n", {"0 text/plain "}},
        {"no blank line at the end of the header",
         "Subject: x\nnot a field\nTo-do: y\n",
         {"0 text/plain not a field\nTo-do: y\n"}},
        {"a broken line within the header",
         "Subject: x\nnot a field\nTo: a@b\n\nbody\n",
         {"0 text/plain body\n"}},
        {"a line without a name within the header",
         "Subject: x\n: not a field\n\nbody\n",
         {"0 text/plain body\n"}},
        {"two CR in each line end",
         "Content-Type: multipart/mixed; boundary=b\r\r\n\r\r\n--b\r\r\n\r\r\none\r\r\n--b--\r\r\n",
         {"0 multipart/mixed ", "1 text/plain one\r"}},
        {"a boundary that is guessed, and a part without fields before that place",
         "Content-Type: multipart/report;\n\tbo\n\npre\n--b\n\none\n--b\nContent-Type: "
         "text/html\n\ntwo\n--b--\n",
         {"0 multipart/report ", "1 text/plain one", "1 text/html two"}},
        {"blank lines first", "\n \nSubject: x\n\nbody\n", {"0 text/plain body\n"}},
        {"mbox", "From bea Mon\nSubject: x\n>From y\nTo: z\n\nbody\n", {"0 text/plain body\n"}},
        {"two parts, CRLF",
         "Content-Type: multipart/mixed; "
         "boundary=b\r\n\r\npre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: "
         "text/html\r\n\r\ntwo\r\n\r\n--b--\r\npost\r\n",
         {"0 multipart/mixed ", "1 text/plain one", "1 text/html two\r\n"}},
        {"no closing boundary",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n",
         {"0 multipart/mixed ", "1 text/plain one", "1 text/plain two\n"}},
        {"a boundary that is the start of another",
         "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; "
         "boundary=ab\n\n--ab\n\none\n--abc\n--ab--\n--a\n\ntwo\n--a--\n",
         {"0 multipart/mixed ", "1 multipart/mixed ", "2 text/plain one\n--abc",
          "1 text/plain two"}},
        {"the same boundary twice",
         "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; "
         "boundary=a\n\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n",
         {"0 multipart/mixed ", "1 multipart/mixed ", "2 text/plain one", "1 text/plain two"}},
        {"an outer boundary ends inner parts",
         "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; "
         "boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n",
         {"0 multipart/mixed ", "1 multipart/mixed ", "2 text/plain one", "1 text/plain two"}},
        {"a part without a header section",
         "Content-Type: multipart/mixed; boundary=a\n\n--a\nhello there\n--a\n--a\nContent-Type: "
         "text/html\n--a--\n",
         {"0 multipart/mixed ", "1 text/plain hello there", "1 text/plain ", "1 text/html "}},
        {"message/rfc822 is a leaf, and the default in a digest",
         "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: x\n\ny\n--a--\n",
         {"0 multipart/digest ", "1 message/rfc822 Subject: x\n\ny"}},
        {"blanks after the boundary",
         "Content-Type: multipart/mixed; boundary=a\n\n--a \t\n\nx\n--a-- \n",
         {"0 multipart/mixed ", "1 text/plain x"}},
        {"no boundary named: the first that looks like one",
         "Content-Type: multipart/mixed\n\n--q\nContent-Type: text/html\n\nx\n--q--\n",
         {"0 multipart/mixed ", "1 text/html x"}},
        {"no boundary at all: the body is text",
         "Content-Type: multipart/mixed\n\nhello\n",
         {"0 text/plain hello\n"}},
        {"the wrong boundary: the body is text",
         "Content-Type: multipart/mixed; boundary=x\n\n--y\n\nhello\n--y--\n",
         {"0 text/plain --y\n\nhello\n--y--\n"}},
        {"the wrong boundary around HTML",
         "Content-Type: multipart/alternative; boundary=x\n\n<HTML><body>hello\n",
         {"0 text/html <HTML><body>hello\n"}},
        {"bare CR",
         "Content-Type: multipart/mixed; boundary=a\r\r--a\r\rone\r--a--\r",
         {"0 multipart/mixed ", "1 text/plain one"}},
        {"bare CR, sent over SMTP",
         "Content-Type: multipart/mixed; boundary=a\r\r--a\r\rone\r--a--\r\n",
         {"0 multipart/mixed ", "1 text/plain one"}},
        {"content type that cannot be read", "Content-Type: text\n\nx", {"0 text/plain x"}},
        {"content type in odd spelling",
         "Content-type :  TEXT / HTML ; Charset=x\n\nx",
         {"0 text/html x"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.what);
        const Message message = parse(c.mail);
        std::vector<std::string> parts;
        for (const Part& part : message.parts()) {
            parts.push_back(shown(part));
        }
        EXPECT_EQ(parts, c.parts);
    }
}

TEST(Message, preamble_and_epilogue_are_kept) {
    const std::string mail =
        "Content-Type: multipart/mixed; boundary=a\n\nbefore\n--a\n\nx\n--a--\nafter\n";
    const Message message = parse(mail);
    EXPECT_EQ(message.parts()[0].preamble, "before");
    EXPECT_EQ(message.parts()[0].epilogue, "after\n");
}

TEST(Message, part_says_all_that_its_header_says) {
    const std::string mail =
        "Content-Type: text/calendar; charset=UTF-8; method=REQUEST; name=\"a.ics\"\n"
        "Content-Disposition: inline; filename=\"b.ics\"\n"
        "Content-ID: <cid@x>\n"
        "Content-Transfer-Encoding: BASE64 (really)\n\nQUJD\n";
    const Message message = parse(mail);
    const Part& part = message.parts().front();
    EXPECT_EQ(part.type, "text/calendar");
    EXPECT_EQ(part.charset, "utf-8");
    EXPECT_EQ(part.method, "request");
    EXPECT_EQ(part.name, "b.ics");
    EXPECT_TRUE(part.has_name);
    EXPECT_EQ(part.content_id, "cid@x");
    EXPECT_EQ(part.encoding, Encoding::base64);
    EXPECT_EQ(part.presentation, Presentation::inline_);
    EXPECT_EQ(message.decoded(part, 100), "ABC");
    EXPECT_EQ(message.decoded(part, 2), "AB");
    EXPECT_EQ(message.decoded_size(part), 3U);
}

TEST(Message, transfer_encodings_in_their_spellings) {
    struct Spelling {
        const char* field;
        Encoding encoding;
    };

    for (const Spelling& spelling : std::vector<Spelling>{
             {"7bit", Encoding::identity},
             {"8-bit", Encoding::identity},
             {"\"base64\"", Encoding::base64},
             {"base64;", Encoding::base64},
             {" Quoted-Printable ", Encoding::quoted_printable},
             {"quoted printable", Encoding::quoted_printable},
             {"7bit (quoted printable)", Encoding::identity},
             {"quoted-printable charset=x", Encoding::quoted_printable},
             {"x-uue", Encoding::uuencode},
             {"", Encoding::identity},
             {"rot13", Encoding::unknown},
         }) {
        const std::string mail =
            "Content-Transfer-Encoding: " + std::string(spelling.field) + "\n\nx";
        EXPECT_EQ(parse(mail).parts().front().encoding, spelling.encoding) << spelling.field;
    }
}

TEST(Message, flowed_and_delsp) {
    const std::string mail = "Content-Type: text/plain; format=\"Flowed\"; delsp=Yes\n\nx";
    EXPECT_TRUE(parse(mail).parts().front().flowed);
    EXPECT_TRUE(parse(mail).parts().front().delsp);
    const std::string plain = "Content-Type: text/plain; delsp=yes\n\nx";
    EXPECT_FALSE(parse(plain).parts().front().flowed);
    EXPECT_FALSE(parse(plain).parts().front().delsp);
}

TEST(Message, fields_are_found_whatever_their_case_and_the_first_counts) {
    const std::string mail = "SUBJECT : one\r\n\ttwo \r\nsubject: three\r\nX-Empty:\r\n\r\n";
    const Message message = parse(mail);
    EXPECT_EQ(message.subject(), "one two");
    EXPECT_EQ(message.raw_of("Subject"), " one\r\n\ttwo ");
    EXPECT_EQ(message.text_of("X-Empty"), "");
    EXPECT_EQ(message.text_of("X-None"), std::nullopt);
    EXPECT_EQ(message.fields().size(), 3U);
}

TEST(Message, text_has_line_feeds_and_is_cut_at_a_character) {
    const std::string mail =
        "Content-Type: text/plain; charset=iso-8859-1\r\n\r\na\r\nb\rc\xE4\xE4";
    const Message message = parse(mail);
    EXPECT_EQ(message.text(message.parts().front(), 100), "a\nb\nc\xC3\xA4\xC3\xA4");
    EXPECT_EQ(message.text(message.parts().front(), 9), "a\nb\nc\xC3\xA4");
}

TEST(Message, nul_and_controls_stay_in_the_text) {
    const std::string mail("\n\na\0b\x07", 6);
    const Message message = parse(mail);
    EXPECT_EQ(message.text(message.parts().front(), 100), std::string("\na\0b\x07", 5));
}

TEST(Message, raw_octets_of_the_header_are_in_the_set_of_the_text) {
    const std::string mail = "Subject: \xC4\xE3\xBA\xC3\nFrom: \xD5\xC5 <a@b>\n"
                             "Content-Type: multipart/mixed; boundary=b\n\n"
                             "--b\nContent-Type: text/plain; charset=gb2312\n\n\xC4\xE3\n--b--\n";
    const Message message = parse(mail);
    EXPECT_EQ(message.subject(), "你好");
    EXPECT_EQ(message.from().front().name, "张");
}

TEST(Message, a_boundary_that_is_nowhere_is_guessed) {
    const std::string mail = "Content-Type: multipart/mixed; boundary='b'\n\nx\n--not this\n"
                             "--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n";
    const Message message = parse(mail);
    ASSERT_EQ(message.parts().size(), 3U);
    EXPECT_EQ(message.text(message.parts()[1], 100), "one");
    EXPECT_EQ(message.text(message.parts()[2], 100), "two");
    EXPECT_EQ(message.defects(),
              (std::vector<std::string>{"The boundary of a multipart was guessed."}));
    const std::string none = "Content-Type: multipart/mixed; boundary=b\n\n--c\n\nx\n";
    EXPECT_EQ(parse(none).defects(),
              (std::vector<std::string>{"The boundary of a multipart is not in its body."}));
}

TEST(Message, a_footer_behind_base64_is_text) {
    const std::string head = "Content-Transfer-Encoding: base64\n\n";
    const auto text = [](const std::string& mail) {
        const Message message = parse(mail);
        return message.text(message.parts()[0], 1'000);
    };
    EXPECT_EQ(text(head + "aGVs\nbG8=\n\n____\nthe list\nhttp://x\n"),
              "hello\n\n____\nthe list\nhttp://x");
    EXPECT_EQ(text(head + "aGVs\r\nbG8=\r\n\r\n-- \r\nlist\r\n"), "hello\n\n-- \nlist");
    EXPECT_EQ(text(head + "aGVs*bG8=\n"), "hello");
    EXPECT_EQ(text(head + "aGVsbG8=\n\n\n"), "hello");
}

TEST(Message, ids_that_were_encoded_as_text_are_ids) {
    const std::string mail = "Message-ID: =?utf-8?q?=3Ca=40?=\n =?utf-8?q?b=3E?=\n"
                             "In-Reply-To: <=?utf-8?Q?c=40d?=>\nReferences: <a@b> <c@d>\n\n";
    const Message message = parse(mail);
    EXPECT_EQ(message.message_id(), "a@b");
    EXPECT_EQ(message.in_reply_to(), (std::vector<std::string>{"c@d"}));
    EXPECT_EQ(message.references(), (std::vector<std::string>{"a@b", "c@d"}));
}

TEST(Message, prose_that_says_to_be_base64_is_shown) {
    const std::string mail = "Content-Transfer-Encoding: base64\n\n"
                             "This is not base64 at all, it is just text.\nSecond line!\n";
    const Message message = parse(mail);
    EXPECT_TRUE(message.text(message.parts().front(), 1000).starts_with("This is not base64"));
    const std::string junk = "Content-Transfer-Encoding: base64\n\nSGVs*bG8g\n-- \nd29ybGQ=\n";
    const Message encoded = parse(junk);
    EXPECT_EQ(encoded.text(encoded.parts().front(), 1000), "Hello world");
}

TEST(Message, an_empty_file_name_is_none) {
    const std::string mail = "Content-Type: text/plain; name=\"\"\n"
                             "Content-Disposition: inline; filename=\"\"\n\nx";
    const std::string lost = "Content-Disposition: filename=\"a.pdf\"\n\nx";
    EXPECT_FALSE(parse(mail).parts()[0].has_name);
    EXPECT_EQ(parse(lost).parts()[0].name, "a.pdf");
}

TEST(Message, html_names_its_own_charset) {
    const std::string mail = "Content-Type: text/html\n\n<meta http-equiv=x content='text/html; "
                             "charset=koi8-r'>\xF0\xD2";
    const Message message = parse(mail);
    EXPECT_TRUE(message.text(message.parts().front(), 1000).ends_with("\u041F\u0440"));
}

// Limits: at it, and one over it.

bool says(const Message& message, std::string_view word) {
    for (const std::string& defect : message.defects()) {
        if (defect.find(word) != std::string::npos) {
            return true;
        }
    }
    return false;
}

std::string nested(std::size_t levels) {
    std::string mail;
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string boundary = "b" + std::to_string(i);
        mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
    }
    return mail + "\ntext\n";
}

TEST(MessageLimits, depth) {
    const std::string at = nested(100);
    EXPECT_EQ(parse(at).parts().size(), 101U);
    EXPECT_FALSE(says(parse(at), "deep"));
    const std::string over = nested(101);
    const Message message = parse(over);
    EXPECT_EQ(message.parts().size(), 101U);
    EXPECT_TRUE(says(message, "deep"));
    EXPECT_EQ(message.parts().back().type, "application/octet-stream");
    EXPECT_NE(message.parts().back().body.find("text"), std::string_view::npos);
}

TEST(MessageLimits, parts) {
    const auto mail_of = [](std::size_t leaves) {
        std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n";
        for (std::size_t i = 0; i < leaves; ++i) {
            mail += "--b\n\n" + std::to_string(i) + "\n";
        }
        return mail + "--b--\n";
    };
    const Options options{.limits = {.parts = 5}, .passed = {}};
    const std::string at = mail_of(4);
    EXPECT_EQ(parse(at, options).parts().size(), 5U);
    EXPECT_FALSE(says(parse(at, options), "Too many parts"));
    const std::string over = mail_of(6);
    const Message message = parse(over, options);
    EXPECT_EQ(message.parts().size(), 5U);
    EXPECT_TRUE(says(message, "Too many parts"));
    EXPECT_EQ(message.parts().back().body, "3\n--b\n\n4\n--b\n\n5\n--b--\n");
}

TEST(MessageLimits, fields_and_header_octets) {
    const std::string mail = "A: 1\nB: 2\nC: 3\n\nbody\n";
    EXPECT_FALSE(says(parse(mail, {.limits = {.fields = 3}, .passed = {}}), "fields"));
    const Message few = parse(mail, {.limits = {.fields = 2}, .passed = {}});
    EXPECT_EQ(few.fields().size(), 2U);
    EXPECT_TRUE(says(few, "Too many header fields"));
    EXPECT_EQ(few.parts().front().body, "body\n");

    EXPECT_FALSE(says(parse(mail, {.limits = {.header_octets = 15}, .passed = {}}), "too long"));
    const Message brief = parse(mail, {.limits = {.header_octets = 14}, .passed = {}});
    EXPECT_EQ(brief.fields().size(), 2U);
    EXPECT_TRUE(says(brief, "too long"));
    EXPECT_EQ(brief.parts().front().body, "body\n");
}

TEST(MessageLimits, field_text) {
    const std::string mail = "Subject: " + std::string(20, 'x') + "\n\n";
    EXPECT_EQ(parse(mail, {.limits = {.field_text = 30}, .passed = {}}).subject().size(), 20U);
    EXPECT_LE(parse(mail, {.limits = {.field_text = 10}, .passed = {}}).subject().size(), 10U);
}

TEST(MessageOptions, passed_is_called_about_every_megabyte_while_reading) {
    std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
                       "Content-Transfer-Encoding: base64\n\n";
    while (mail.size() < 5'000'000) {
        mail += "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2Npbmcg\n";
    }
    mail += "--b--\n";
    std::vector<std::size_t> offsets;
    const auto passed = [&](std::size_t offset) { offsets.push_back(offset); };
    const Message message = parse(mail, {.limits = {}, .passed = passed});
    const auto check = [&](const char* what) {
        SCOPED_TRACE(what);
        ASSERT_GE(offsets.size(), 4U);
        ASSERT_LE(offsets.size(), 6U);
        for (std::size_t i = 1; i < offsets.size(); ++i) {
            EXPECT_GT(offsets[i], offsets[i - 1]);
        }
        EXPECT_LE(offsets.back(), mail.size());
        offsets.clear();
    };
    check("parse");
    EXPECT_GT(message.decoded_size(message.parts()[1]), 3'000'000U);
    check("decoded_size");
    EXPECT_GT(message.text(message.parts()[1], 8'000'000).size(), 3'000'000U);
    check("text");
}

TEST(MessageOptions, passed_is_called_within_one_long_line) {
    const std::string mail =
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + std::string(3'000'000, 'x');
    std::size_t calls = 0;
    parse(mail, {.limits = {}, .passed = [&](std::size_t) { ++calls; }});
    EXPECT_GE(calls, 2U);
}

} // namespace
} // namespace mailcast::mime
