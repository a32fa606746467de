#include "smtp/server_reply.h"

#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mailcast::smtp {

namespace {

constexpr std::size_t most_status_text = 400;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// "5.1.1 text" behind a code of the same class.
std::optional<mail::EnhancedCode> enhanced_of(std::string_view text, int code) {
    unsigned values[3] = {};
    std::size_t at = 0;
    for (int i = 0; i < 3; ++i) {
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at]) && at - begin < 3) {
            values[i] = values[i] * 10 + static_cast<unsigned>(text[at] - '0');
            ++at;
        }
        if (at == begin || (i < 2 && (at >= text.size() || text[at] != '.'))) {
            return std::nullopt;
        }
        at += i < 2 ? 1 : 0;
    }
    if (values[0] != static_cast<unsigned>(code / 100) || (at < text.size() && text[at] != ' ')) {
        return std::nullopt;
    }
    return mail::EnhancedCode{static_cast<std::uint8_t>(values[0]),
                              static_cast<std::uint16_t>(values[1]),
                              static_cast<std::uint16_t>(values[2])};
}

} // namespace

mail::Status status_of(const ServerReply& reply) {
    const int said = reply.code / 100;
    if (said != 2 && said != 4 && said != 5) {
        return mail::make_status(451, 5, 0, "the mail server gave an answer out of turn");
    }
    std::string text;
    for (const std::string& line : reply.lines) {
        const auto enhanced = enhanced_of(line, reply.code);
        std::string_view words = line;
        if (enhanced) {
            words.remove_prefix(std::min(words.size(), words.find(' ')));
        }
        while (words.starts_with(' ')) {
            words.remove_prefix(1);
        }
        text += text.empty() ? "" : " ";
        text += base::safe_line(words);
    }
    const std::string shown(base::utf8_prefix(text, most_status_text));
    const auto enhanced =
        reply.lines.empty() ? std::nullopt : enhanced_of(reply.lines.front(), reply.code);
    mail::Status status = mail::make_status(reply.code, 0, 0, shown);
    if (enhanced) {
        status.enhanced = *enhanced;
    }
    return status;
}

std::optional<ServerReply> ServerReplyReader::take(std::string_view& input) {
    while (!input.empty() && fault_.empty()) {
        const std::size_t end = input.find('\n');
        line_.append(input.substr(0, end));
        octets_ += std::min(end, input.size());
        if (octets_ > most_octets) {
            fault_ = "it answered without end";
            return std::nullopt;
        }
        if (end == std::string_view::npos) {
            input = {};
            return std::nullopt;
        }
        input.remove_prefix(end + 1);
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        if (auto reply = take_line(std::exchange(line_, {}))) {
            return reply;
        }
    }
    return std::nullopt;
}

std::optional<ServerReply> ServerReplyReader::take_line(std::string_view line) {
    const bool formed = line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), is_digit) &&
                        (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!formed) {
        fault_ = "it does not speak SMTP";
        return std::nullopt;
    }
    reply_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    reply_.lines.emplace_back(line.size() > 4 ? line.substr(4) : std::string_view{});
    if (line.size() > 3 && line[3] == '-') {
        return std::nullopt;
    }
    octets_ = 0;
    return std::exchange(reply_, {});
}

} // namespace mailcast::smtp
