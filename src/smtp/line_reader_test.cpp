#include "smtp/line_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::smtp {
namespace {

using Outcome = LineReader::Outcome;

// "a|b" for the lines a and b, "!" for a line that is too long, "?" for one with a bare LF.
std::string read(const std::string& input, std::size_t cut, std::size_t limit) {
    LineReader reader;
    std::string out;
    for (std::string_view piece :
         {std::string_view(input).substr(0, cut), std::string_view(input).substr(cut)}) {
        for (;;) {
            const LineReader::Found found = reader.next(piece, limit);
            if (found.outcome == Outcome::need_input) {
                EXPECT_TRUE(piece.empty());
                break;
            }
            out += found.outcome == Outcome::line
                       ? std::string(found.line)
                       : (found.outcome == Outcome::too_long ? "!" : "?");
            out += '|';
        }
    }
    return out;
}

TEST(LineReader, cuts_lines_at_crlf_only_wherever_the_input_is_cut) {
    struct Row {
        std::string input;
        std::string lines;
    };

    const std::vector<Row> rows = {
        {"NOOP\r\nQUIT\r\n", "NOOP|QUIT|"},
        {"\r\n\r\n", "||"},
        {"NOOP", ""},
        {"NOOP\r", ""},
        {"NOOP\nQUIT\r\nRSET\r\n", "?|RSET|"},
        {"\n\r\nRSET\r\n", "?|RSET|"},
        {"\n\n\n\r\nRSET\r\n", "?|RSET|"},
        {"A\rB\r\nRSET\r\n", "A\rB|RSET|"},
        {"A\r\r\nRSET\r\n", "A\r|RSET|"},
        {"12345678\r\nRSET\r\n", "12345678|RSET|"}, // ten octets: the limit
        {"123456789\r\nRSET\r\n", "!|RSET|"},
        {"123456789012345\r\nRSET\r\n", "!|RSET|"},
        {"123456789\nabc\r\nRSET\r\n", "?|RSET|"},
        {"1234567890\nabc\r\nRSET\r\n", "!|RSET|"},
        {"1234567890\r\r\nRSET\r\n", "!|RSET|"},
        {"123456789\rabc\nx\r\nRSET\r\n", "!|RSET|"},
    };
    for (const Row& row : rows) {
        for (std::size_t cut = 0; cut <= row.input.size(); ++cut) {
            EXPECT_EQ(read(row.input, cut, 10), row.lines)
                << testing::PrintToString(row.input) << " cut at " << cut;
        }
    }
}

TEST(LineReader, a_whole_line_is_returned_in_place) {
    const std::string input = "NOOP\r\n";
    std::string_view left = input;
    LineReader reader;
    EXPECT_EQ(reader.next(left, 100).line.data(), input.data());
}

} // namespace
} // namespace mailcast::smtp
