#include "irc/message.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace mailcast::irc {

namespace {

std::string_view next_word(std::string_view& rest) {
    const auto end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(word.size());
    while (rest.starts_with(' ')) {
        rest.remove_prefix(1);
    }
    return word;
}

} // namespace

std::expected<Message, MessageFault> Message::parse(std::string_view line) {
    while (line.starts_with(' ')) {
        line.remove_prefix(1);
    }
    if (line.empty()) {
        return std::unexpected(MessageFault::empty);
    }
    if (std::ranges::any_of(line, [](char c) { return c == '\0' || c == '\r' || c == '\n'; })) {
        return std::unexpected(MessageFault::syntax);
    }
    if (!base::is_valid_utf8(line)) {
        return std::unexpected(MessageFault::encoding);
    }
    Message message;
    if (line.starts_with('@')) {
        message.tags_ = next_word(line).substr(1);
    }
    if (line.starts_with(':')) {
        message.source_ = next_word(line).substr(1);
    }
    message.command_ = next_word(line);
    if (message.command_.empty() || !std::ranges::all_of(message.command_, base::is_alnum)) {
        return std::unexpected(MessageFault::syntax);
    }
    while (!line.empty() && message.amount_ < most_params) {
        if (line.starts_with(':')) {
            message.params_[message.amount_++] = line.substr(1);
            break;
        }
        // RFC 2812 2.3.1: the fifteenth is the rest, with or without a colon.
        message.params_[message.amount_] =
            message.amount_ + 1 == most_params ? line : next_word(line);
        ++message.amount_;
    }
    return message;
}

bool Message::find_tag(std::string_view key, std::string_view& value) const {
    bool found = false;
    for (std::string_view rest = tags_; !rest.empty();) {
        const auto end = rest.find(';');
        const std::string_view tag = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const auto equals = tag.find('=');
        if (tag.substr(0, equals) == key) {
            // The last one counts.
            value = equals == std::string_view::npos ? std::string_view{} : tag.substr(equals + 1);
            found = true;
        }
    }
    return found;
}

std::string Message::tag(std::string_view key) const {
    std::string_view value;
    return find_tag(key, value) ? unescaped_tag(value) : std::string();
}

bool Message::has_tag(std::string_view key) const {
    std::string_view value;
    return find_tag(key, value);
}

std::string escaped_tag(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (const char c : value) {
        switch (c) {
        case ';':
            out += "\\:";
            break;
        case ' ':
            out += "\\s";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\0':
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string unescaped_tag(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (value[at] != '\\') {
            out += value[at];
            continue;
        }
        if (++at == value.size()) {
            break;
        }
        switch (value[at]) {
        case ':':
            out += ';';
            break;
        case 's':
            out += ' ';
            break;
        case 'r':
            out += '\r';
            break;
        case 'n':
            out += '\n';
            break;
        default:
            out += value[at];
        }
    }
    return out;
}

} // namespace mailcast::irc
