// Octets of a client cut into lines, taken apart, and what they say put back on a circuit: the lines must not depend on
// how the octets are cut, and nothing of them may leave the line that it is put into.
#include "base/utf8.h"
#include "irc/line.h"
#include "irc/line_reader.h"
#include "irc/message.h"
#include "irc/name.h"
#include "irc/sasl.h"
#include "irc/split.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailcast::irc;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

std::vector<std::string> read_in_pieces(std::string_view stream, std::size_t size) {
    LineReader reader;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < stream.size(); at += size) {
        std::string_view input = stream.substr(at, size);
        for (;;) {
            const auto next = reader.next(input);
            if (next.outcome == LineReader::Outcome::need_input) {
                break;
            }
            require(next.outcome == LineReader::Outcome::too_long ||
                    next.line.size() <= longest_tags + longest_line);
            found.push_back(next.outcome == LineReader::Outcome::line ? "+" + std::string(next.line)
                                                                      : "-");
        }
        require(input.empty());
    }
    return found;
}

void put_back(const Message& message) {
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < message.size(); ++i) {
        words.push_back(message.param(i));
    }
    for (const Saying saying : {Saying::none, Saying::text, Saying::action}) {
        std::string out;
        append_line(out, {{"label", message.tag("label")}},
                    {.source = message.source(),
                     .command = "PRIVMSG",
                     .words = std::span(words).first(std::min<std::size_t>(words.size(), 1)),
                     .saying = saying,
                     .text = message.param(message.size() == 0 ? 0 : message.size() - 1)});
        require(out.ends_with("\r\n"));
        require(std::ranges::count(out, '\n') == 1 && std::ranges::count(out, '\r') == 1);
        require(std::ranges::count(out, '\x01') == (saying == Saying::action ? 2 : 0));
        require(mailcast::base::is_valid_utf8(out));
        const auto read = Message::parse(std::string_view(out).substr(0, out.size() - 2));
        require(read.has_value() && read->command() == "PRIVMSG");
    }
    require(unescaped_tag(escaped_tag(message.tag("label"))) == [&] {
        std::string without = message.tag("label");
        std::erase(without, '\0');
        return without;
    }());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const std::vector<std::string> whole = read_in_pieces(octets, std::max<std::size_t>(size, 1));
    require(whole == read_in_pieces(octets, 1));
    require(whole == read_in_pieces(octets, 7));
    SaslPieces pieces;
    for (const std::string& line : whole) {
        if (line.front() == '-') {
            continue;
        }
        const std::string_view text = std::string_view(line).substr(1);
        static_cast<void>(pieces.take(text));
        static_cast<void>(read_plain(text));
        static_cast<void>(is_channel(text));
        static_cast<void>(is_nick(text));
        const auto message = Message::parse(text);
        if (!message) {
            continue;
        }
        put_back(*message);
        std::string joined;
        for (const std::string_view piece : split_line(text, 16)) {
            require(piece.size() <= 16 && mailcast::base::is_valid_utf8(piece));
            joined += piece;
        }
        require(joined == text);
    }
    return 0;
}
