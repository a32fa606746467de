// What `mailcast parse` says of the mails in ../shared/mail-corpus: no text lost, expected facts met, for the
// files as they are stored and with CRLF line ends.
#include "base/utf8.h"
#include "corpus.h"
#include "delivery/reading.h"
#include "delivery/reading_json.h"
#include "delivery/reading_text.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <ctime>

namespace mailcast {
namespace {

namespace json = boost::json;
using delivery::Reading;

constexpr double budget = 2.0; // CPU seconds a mail; all need milliseconds

// As the README of the corpus says, and what is never shown is taken out.
std::string comparable(std::string_view text) {
    std::string out;
    for (const char c : base::safe_text(text)) {
        if (c == '\n') {
            while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) {
                out.pop_back();
            }
        }
        out.push_back(c);
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t' || out.back() == '\n')) {
        out.pop_back();
    }
    return out;
}

void expect_member(const json::object& facts, std::string_view key, std::string_view value) {
    if (const json::value* fact = facts.if_contains(key)) {
        EXPECT_EQ(value, fact->as_string()) << key;
    }
}

void expect_attachments(const Reading& reading, const json::object& facts, bool is_crlf) {
    EXPECT_EQ(reading.attachments.size(), facts.at("attachments_count").to_number<std::uint64_t>());
    std::size_t i = 0;
    for (const json::value& value : facts.at("leaves").as_array()) {
        const json::object& leaf = value.as_object();
        if (leaf.at("kind") != "attachment") {
            continue;
        }
        ASSERT_LT(i, reading.attachments.size());
        const chat::Attachment& attachment = reading.attachments[i++];
        EXPECT_EQ(attachment.type, leaf.at("type").as_string());
        if (const json::value* name = leaf.if_contains("name")) {
            EXPECT_EQ(attachment.name, name->is_string() ? std::string(name->as_string()) : "");
        }
        if (const json::value* size = leaf.if_contains(is_crlf ? "size_crlf" : "size")) {
            EXPECT_EQ(attachment.size, size->to_number<std::uint64_t>());
        }
    }
}

void expect_facts(const mime::Message& message, const json::object& facts, bool is_crlf) {
    const Reading reading = delivery::read(message);
    expect_member(facts, "from_name", reading.from_name);
    expect_member(facts, "from_addr", reading.from_addr);
    expect_member(facts, "subject", reading.subject);
    expect_member(facts, "message_id", reading.message_id);
    expect_member(facts, "date", reading.date ? base::format_rfc3339(*reading.date) : "");
    expect_attachments(reading, facts, is_crlf);
    const json::value* head = facts.if_contains("text_head");
    if (head == nullptr) {
        return;
    }
    for (const mime::Part& part : message.parts()) {
        if (part.type == "text/plain" && !part.is_multipart()) {
            if (part.flowed) {
                return; // unwrapped here, not there
            }
            break;
        }
    }
    const std::string text = comparable(reading.text);
    const std::string wanted = comparable(std::string_view(head->as_string()));
    EXPECT_EQ(text.substr(0, wanted.size()), wanted);
    EXPECT_EQ(reading.text_source,
              wanted.empty() ? reading.text_source : delivery::TextSource::plain);
}

TEST(CorpusReading, expected_facts_are_met) {
    MAILCAST_NEED_CORPUS();
    for (const auto& path : corpus::files_in(corpus::folder() / "expected", ".json")) {
        const json::object facts = json::parse(corpus::read_file(path)).as_object();
        const std::string file(facts.at("file").as_string());
        const std::string octets = corpus::read_file(corpus::folder() / "mails" / file);
        const std::string crlf = corpus::with_crlf(octets);
        {
            SCOPED_TRACE(file + " as stored");
            expect_facts(mime::parse(octets), facts, false);
        }
        SCOPED_TRACE(file + " with CRLF");
        expect_facts(mime::parse(crlf), facts, true);
    }
}

// Every leaf that is text for people leaves its words in the reading, or is the other form of one that does.
void expect_no_text_lost(const mime::Message& message, const Reading& reading) {
    bool has_text = false;
    for (const mime::Part& part : message.parts()) {
        const bool text = part.type == "text/plain" || part.type == "text/html";
        if (text && !message.text(part, 1'000'000).empty()) {
            has_text =
                has_text || part.type == "text/plain" ||
                message.text(part, 1'000'000).find_first_not_of(" \n\t") != std::string::npos;
        }
    }
    if (has_text && reading.attachments.empty()) {
        EXPECT_FALSE(reading.text.empty());
    }
    // A mail that says nothing at all has at least something attached.
    EXPECT_TRUE(!reading.text.empty() || !reading.attachments.empty() || !has_text);
}

TEST(CorpusReading, no_mail_fails_hangs_or_loses_text) {
    MAILCAST_NEED_CORPUS();
    const auto files = corpus::files_in(corpus::folder() / "mails", ".eml");
    ASSERT_EQ(files.size(), 290U);
    for (const auto& path : files) {
        const std::string stored = corpus::read_file(path);
        for (const std::string& octets : {stored, corpus::with_crlf(stored)}) {
            SCOPED_TRACE(path.filename());
            const std::clock_t before = std::clock();
            const mime::Message message = mime::parse(octets);
            const Reading reading = delivery::read(message);
            EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, budget);
            expect_no_text_lost(message, reading);
            EXPECT_EQ(reading.text, base::safe_text(reading.text));
            EXPECT_EQ(reading.subject, base::safe_line(reading.subject));
            boost::system::error_code error;
            const json::value parsed = json::parse(delivery::to_json(reading), error);
            ASSERT_FALSE(error) << error.message();
            EXPECT_EQ(parsed.at("text").as_string(), reading.text);
            EXPECT_FALSE(delivery::to_text(reading).empty());
        }
    }
}

// The form of the line ends changes nothing that is shown.
TEST(CorpusReading, line_ends_do_not_matter) {
    MAILCAST_NEED_CORPUS();
    for (const auto& path : corpus::files_in(corpus::folder() / "mails", ".eml")) {
        SCOPED_TRACE(path.filename());
        const std::string octets = corpus::read_file(path);
        if (octets.contains('\0')) {
            continue; // raw UTF-16: other line ends make other characters
        }
        const std::string crlf = corpus::with_crlf(octets);
        const Reading stored = delivery::read(mime::parse(octets));
        const Reading sent = delivery::read(mime::parse(crlf));
        EXPECT_EQ(stored.subject, sent.subject);
        EXPECT_EQ(comparable(stored.text), comparable(sent.text));
        EXPECT_EQ(stored.attachments.size(), sent.attachments.size());
    }
}

} // namespace
} // namespace mailcast
