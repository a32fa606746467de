#include "smtp/content_reader.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace mailcast::smtp {
namespace {

struct Reading {
    std::string content;
    bool ended = false;
    std::size_t used = 0;

    bool operator==(const Reading&) const = default;
};

// The name is GoogleTest's.
void PrintTo(const Reading& reading, std::ostream* out) { // NOLINT(readability-identifier-naming)
    *out << testing::PrintToString(reading.content) << " ended " << reading.ended << " used "
         << reading.used;
}

// The rule in as few words as possible: RFC 5321 4.1.1.4 and 4.5.2.
Reading described(const std::string& input) {
    const std::string all = "\r\n" + input; // the line end of the DATA line counts
    const std::size_t end = all.find("\r\n.\r\n");
    Reading reading{.content = {}, .ended = end != std::string::npos, .used = input.size()};
    std::string kept = all;
    if (reading.ended) {
        kept = all.substr(0, end + 2);
        reading.used = end + 3;
    } else if (all.ends_with("\r\n.\r")) {
        kept.pop_back(); // may be half of the end
    }
    for (std::size_t at = kept.find("\r\n."); at != std::string::npos;
         at = kept.find("\r\n.", at + 2)) {
        kept.erase(at + 2, 1);
    }
    reading.content = kept.substr(2);
    return reading;
}

Reading read(const std::string& input, const std::vector<std::size_t>& cuts) {
    DotReader reader;
    Reading reading;
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        std::string_view piece = std::string_view(input).substr(from, cut - from);
        while (!reading.ended) {
            const std::size_t before = piece.size();
            const DotReader::Step step = reader.next(piece);
            reading.used += before - piece.size();
            if (step.outcome == DotReader::Outcome::need_input) {
                break;
            }
            reading.content += step.bytes;
            reading.ended = step.outcome == DotReader::Outcome::end;
        }
        from = cut;
    }
    return reading;
}

std::vector<std::size_t> every_octet(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i <= size; ++i) {
        cuts.push_back(i);
    }
    return cuts;
}

// All inputs of `length` over the octets that matter.
template <typename Function>
void for_all_inputs(std::size_t length, const Function& function) {
    constexpr std::string_view octets = "\r\n.x";
    const std::size_t count = std::size_t{1} << (2 * length);
    for (std::size_t number = 0; number < count; ++number) {
        std::string input;
        for (std::size_t i = 0; i < length; ++i) {
            input += octets[(number >> (2 * i)) & 3U];
        }
        function(input);
    }
}

TEST(DotReader, does_what_the_rfc_describes_for_all_short_inputs_and_cuts) {
    for (std::size_t length = 0; length <= 7; ++length) {
        for_all_inputs(length, [&](const std::string& input) {
            const Reading expected = described(input);
            ASSERT_EQ(read(input, {length}), expected) << testing::PrintToString(input);
            ASSERT_EQ(read(input, every_octet(length)), expected) << testing::PrintToString(input);
            for (std::size_t cut = 1; cut < length; ++cut) {
                ASSERT_EQ(read(input, {cut, length}), expected)
                    << testing::PrintToString(input) << " cut at " << cut;
            }
        });
    }
}

TEST(DotReader, content_without_dots_is_one_view_into_the_input) {
    std::string input;
    for (int i = 0; i < 1000; ++i) {
        input += "a line without a dot at its beginning\r\n";
    }
    const std::size_t size = input.size();
    input += ".\r\nNOOP\r\n";
    DotReader reader;
    std::string_view left = input;
    const DotReader::Step step = reader.next(left);
    EXPECT_EQ(step.bytes.data(), input.data());
    EXPECT_EQ(step.bytes.size(), size);
    EXPECT_EQ(reader.next(left).outcome, DotReader::Outcome::end);
    EXPECT_EQ(left, "NOOP\r\n");
}

bool has_bare_line_end(const std::string& input) {
    for (std::size_t i = 0; i < input.size(); ++i) {
        if (input[i] == '\r' && (i + 1 == input.size() || input[i + 1] != '\n')) {
            return true;
        }
        if (input[i] == '\n' && (i == 0 || input[i - 1] != '\r')) {
            return true;
        }
    }
    return false;
}

TEST(LineEndCheck, finds_every_bare_line_end_in_all_short_inputs_and_cuts) {
    for (std::size_t length = 0; length <= 7; ++length) {
        for_all_inputs(length, [&](const std::string& input) {
            const bool expected = !has_bare_line_end(input);
            for (std::size_t cut = 0; cut <= length; ++cut) {
                LineEndCheck check;
                check.feed(std::string_view(input).substr(0, cut));
                check.feed(std::string_view(input).substr(cut));
                ASSERT_EQ(check.good(), expected) << testing::PrintToString(input) << ' ' << cut;
            }
        });
    }
}

} // namespace
} // namespace mailcast::smtp
