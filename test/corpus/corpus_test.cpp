// What is expected of the mails in ../shared/mail-corpus (see its README), met to the field: for the file
// as it is stored and with CRLF line ends.
#include "base/time.h"
#include "base/utf8.h"
#include "corpus.h"
#include "mime/message.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <ctime>

namespace mailcast {
namespace {

namespace json = boost::json;
using mime::Message;
using mime::Part;

constexpr std::size_t text_limit = 16'000'000;

struct Leaf {
    const Part* part = nullptr;
    std::string kind;
};

// The rules of "kind" in the README.
std::vector<Leaf> leaves_of(const Message& message) {
    std::vector<Leaf> leaves;
    bool has_text = false;
    for (const Part& part : message.parts()) {
        if (part.is_multipart()) {
            continue;
        }
        std::string kind = "attachment";
        if (!part.has_name && part.presentation != mime::Presentation::attachment) {
            if (part.type == "text/plain") {
                kind = has_text ? "text-extra" : "text";
                has_text = true;
            } else if (part.type == "text/html") {
                kind = "html";
            }
        }
        leaves.push_back({.part = &part, .kind = std::move(kind)});
    }
    return leaves;
}

std::string hex_sha256(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string hex;
    for (const unsigned char octet : digest) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex.push_back(digits[octet >> 4U]);
        hex.push_back(digits[octet & 15U]);
    }
    return hex;
}

// As the README says: blanks cut from the end of each line, newlines from the end of the text.
std::string comparable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            while (!out.empty() &&
                   std::string_view(" \t\f\v").find(out.back()) != std::string_view::npos) {
                out.pop_back();
            }
        }
        out.push_back(c);
    }
    while (!out.empty() &&
           std::string_view(" \t\f\v\n").find(out.back()) != std::string_view::npos) {
        out.pop_back();
    }
    return out;
}

std::uint64_t code_points(std::string_view text) {
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        base::next_code_point(text, at);
    }
    return count;
}

class Expectation {
  public:
    Expectation(json::object facts, Message message, bool is_crlf)
        : facts_(std::move(facts)), message_(std::move(message)), is_crlf_(is_crlf) {}

    void check() {
        const std::vector<mime::Address> from = message_.from();
        same("from_name", from.empty() ? "" : from.front().name);
        same("from_addr", from.empty() ? "" : from.front().address);
        same("subject", message_.subject());
        same("message_id", message_.message_id());
        const auto date = message_.date();
        same("date", date ? base::format_rfc3339(*date) : "");
        check_leaves();
    }

  private:
    void same(std::string_view key, const std::string& value) {
        if (const json::value* fact = facts_.if_contains(key)) {
            EXPECT_EQ(value, fact->as_string()) << key;
        }
    }

    void check_leaves() {
        const std::vector<Leaf> leaves = leaves_of(message_);
        const Leaf* text = nullptr;
        std::int64_t attachments = 0;
        for (const Leaf& leaf : leaves) {
            attachments += leaf.kind == "attachment" ? 1 : 0;
            text = leaf.kind == "text" ? &leaf : text;
        }
        EXPECT_EQ(attachments, facts_.at("attachments_count").as_int64());
        if (const json::value* fact = facts_.if_contains("has_plain_text")) {
            EXPECT_EQ(text != nullptr, fact->as_bool());
        }
        if (const json::value* fact = facts_.if_contains("text_sha256")) {
            ASSERT_NE(text, nullptr);
            const std::string shown = comparable(message_.text(*text->part, text_limit));
            EXPECT_EQ(hex_sha256(shown), fact->as_string())
                << shown.substr(0, 400) << "\n--- expected ---\n"
                << facts_.at("text_head").as_string();
            EXPECT_EQ(code_points(shown), facts_.at("text_chars").to_number<std::uint64_t>());
        }
        if (const json::value* fact = facts_.if_contains("text_charset");
            fact != nullptr && text != nullptr && fact->is_string()) {
            EXPECT_EQ(text->part->charset, fact->as_string());
        }
        const json::array& expected = facts_.at("leaves").as_array();
        ASSERT_EQ(leaves.size(), expected.size());
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            SCOPED_TRACE("leaf " + std::to_string(i));
            check_leaf(leaves[i], expected[i].as_object());
        }
    }

    void check_leaf(const Leaf& leaf, const json::object& expected) {
        EXPECT_EQ(leaf.part->type, expected.at("type").as_string());
        EXPECT_EQ(leaf.kind, expected.at("kind").as_string());
        if (const json::value* name = expected.if_contains("name")) {
            EXPECT_EQ(leaf.part->has_name, name->is_string());
            if (name->is_string()) {
                EXPECT_EQ(leaf.part->name, name->as_string());
            }
        }
        if (const json::value* size = expected.if_contains(is_crlf_ ? "size_crlf" : "size")) {
            EXPECT_EQ(message_.decoded_size(*leaf.part), size->to_number<std::uint64_t>());
            EXPECT_EQ(message_.decoded(*leaf.part, text_limit).size(),
                      size->to_number<std::uint64_t>());
        }
    }

    json::object facts_;
    Message message_;
    bool is_crlf_;
};

TEST(Corpus, expected_facts_are_met_to_the_field) {
    MAILCAST_NEED_CORPUS();
    const auto expected = corpus::files_in(corpus::folder() / "expected", ".json");
    ASSERT_EQ(expected.size(), 70U);
    for (const auto& path : expected) {
        const json::object facts = json::parse(corpus::read_file(path)).as_object();
        const std::string file(facts.at("file").as_string());
        const std::string octets = corpus::read_file(corpus::folder() / "mails" / file);
        const std::string crlf = corpus::with_crlf(octets);
        {
            SCOPED_TRACE(file + " as stored");
            EXPECT_EQ(hex_sha256(octets), facts.at("sha256").as_string());
            Expectation(facts, mime::parse(octets), false).check();
        }
        SCOPED_TRACE(file + " with CRLF");
        Expectation(facts, mime::parse(crlf), true).check();
    }
}

// Octets of the mail that are in no header section, no leaf, no preamble and no epilogue: delimiters,
// and nothing else.
TEST(Corpus, no_octet_of_text_is_lost) {
    MAILCAST_NEED_CORPUS();
    for (const auto& path : corpus::files_in(corpus::folder() / "mails", ".eml")) {
        SCOPED_TRACE(path.filename());
        const std::string octets = corpus::read_file(path);
        const Message message = mime::parse(octets);
        ASSERT_FALSE(message.parts().empty());
        std::vector<bool> covered(octets.size(), false);
        const auto cover = [&](std::string_view piece) {
            if (!piece.empty()) {
                const auto begin = piece.data() - octets.data();
                std::fill_n(covered.begin() + begin, piece.size(), true);
            }
        };
        for (const Part& part : message.parts()) {
            cover(part.header);
            cover(part.preamble);
            cover(part.epilogue);
            if (!part.is_multipart()) {
                cover(part.body);
            }
        }
        std::string left;
        for (std::size_t i = 0; i < octets.size(); ++i) {
            if (!covered[i]) {
                left.push_back(octets[i] == '\r' ? '\n' : octets[i]);
            }
        }
        std::string_view rest = left;
        if (rest.starts_with("\xEF\xBB\xBF")) {
            rest.remove_prefix(3);
        }
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
            EXPECT_TRUE(is_blank || line.starts_with("--") || line.starts_with("From ")) << line;
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        }
    }
}

TEST(Corpus, every_mail_gives_valid_text_and_consistent_sizes) {
    MAILCAST_NEED_CORPUS();
    const auto mails = corpus::files_in(corpus::folder() / "mails", ".eml");
    EXPECT_EQ(mails.size(), 290U);
    for (const auto& path : mails) {
        SCOPED_TRACE(path.filename());
        const std::string octets = corpus::read_file(path);
        const std::string crlf = corpus::with_crlf(octets);
        for (const std::string& mail : {octets, crlf}) {
            const Message message = mime::parse(mail);
            EXPECT_TRUE(base::is_valid_utf8(message.subject()));
            for (const mime::Address& address : message.from()) {
                EXPECT_TRUE(base::is_valid_utf8(address.name));
                EXPECT_TRUE(base::is_valid_utf8(address.address));
            }
            for (const Part& part : message.parts()) {
                EXPECT_TRUE(base::is_valid_utf8(part.name));
                if (part.is_multipart()) {
                    continue;
                }
                const std::string decoded = message.decoded(part, text_limit);
                EXPECT_EQ(decoded.size(), message.decoded_size(part));
                const std::string text = message.text(part, text_limit);
                EXPECT_TRUE(base::is_valid_utf8(text));
                EXPECT_EQ(text.find('\r'), std::string::npos);
                EXPECT_TRUE(!text.empty() || decoded.empty() || part.type != "text/plain");
            }
        }
    }
}

} // namespace
} // namespace mailcast
