// Mails in the spellings that programs have found for them, line by line in spellings.jsonl: what they say and
// what a reader is shown of it.  A string of "mail" holds octets, one character each (U+0000 to U+00FF).
#include "base/utf8.h"
#include "corpus.h"
#include "delivery/reading.h"
#include "delivery/reading_json.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace mailcast {
namespace {

namespace json = boost::json;

std::string octets_of(std::string_view text) {
    std::string octets;
    for (std::size_t at = 0; at < text.size();) {
        octets.push_back(static_cast<char>(base::next_code_point(text, at)));
    }
    return octets;
}

TEST(Spellings, are_read_as_they_are_meant) {
    std::istringstream lines(corpus::read_file(MAILCAST_SPELLINGS));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const json::object spelling = json::parse(line).as_object();
        const std::string mail = octets_of(spelling.at("mail").as_string());
        const json::object reading =
            json::parse(delivery::to_json(delivery::read(mime::parse(mail)))).as_object();
        for (const json::key_value_pair& want : spelling.at("reading").as_object()) {
            EXPECT_EQ(json::serialize(reading.at(want.key())), json::serialize(want.value()))
                << spelling.at("what").as_string() << ", " << std::string_view(want.key()) << "\n"
                << mail;
        }
    }
    EXPECT_GT(count, 500U);
}

} // namespace
} // namespace mailcast
