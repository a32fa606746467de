#include "smtp/socketmap.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mailcast::smtp {

namespace {

constexpr std::size_t max_digits = 5; // of max_query

std::string_view word(SocketmapAnswer::Result result) {
    switch (result) {
    case SocketmapAnswer::Result::ok:
        return "OK";
    case SocketmapAnswer::Result::not_found:
        return "NOTFOUND";
    case SocketmapAnswer::Result::temporary:
        return "TEMP";
    case SocketmapAnswer::Result::permanent:
        return "PERM";
    }
    return "TEMP";
}

} // namespace

std::optional<Socketmap::Query> Socketmap::next(std::string_view& input) {
    while (!input.empty() && !broken_) {
        if (!length_) {
            const char c = input.front();
            input.remove_prefix(1);
            if (c == ':' && !digits_.empty()) {
                std::size_t length = 0;
                std::from_chars(digits_.data(), digits_.data() + digits_.size(), length);
                digits_.clear();
                if (length > max_query) {
                    fail("this query is longer than 10000 octets");
                    break;
                }
                length_ = length;
                query_.clear();
            } else if (base::is_digit(c) && digits_ != "0" && digits_.size() < max_digits) {
                digits_ += c;
            } else {
                fail("this is no netstring");
            }
            continue;
        }
        const std::size_t missing = *length_ - query_.size();
        if (missing > 0) {
            const std::string_view part = input.substr(0, missing);
            query_.append(part);
            input.remove_prefix(part.size());
            continue;
        }
        const char end = input.front();
        input.remove_prefix(1);
        length_.reset();
        if (end == ',') {
            return whole();
        }
        fail("this netstring does not end with a comma");
    }
    return std::nullopt;
}

std::optional<Socketmap::Query> Socketmap::whole() {
    const std::string_view text = query_;
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return Query{.map = text, .key = {}};
    }
    return Query{.map = text.substr(0, space), .key = text.substr(space + 1)};
}

void Socketmap::answer(const SocketmapAnswer& answer) {
    // The space behind the word is there even when nothing follows it.
    std::string reply = fmt::format("{} {}", word(answer.result), answer.text);
    std::ranges::replace_if(
        reply, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    reply.resize(std::min(reply.size(), max_reply));
    output_ += fmt::format("{}:{},", reply.size(), reply);
}

void Socketmap::fail(std::string_view why) {
    answer({.result = SocketmapAnswer::Result::permanent, .text = std::string(why)});
    broken_ = true;
}

std::string Socketmap::take_output() {
    return std::exchange(output_, {});
}

} // namespace mailcast::smtp
