#include "app/operations/held.h"

#include "base/time.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>
#include <utility>

namespace mailcast::app {

namespace {

namespace json = boost::json;

std::string to_text(const chat::HeldMail& mail) {
    return fmt::format("{}  {}  from {} <{}>  {}  {} octets  until {}\n    {}\n", mail.number,
                       base::format_rfc3339(mail.received), mail.source_name, mail.sender,
                       mail.badge, mail.size, base::format_rfc3339(mail.kept_until), mail.subject);
}

json::object to_json(const chat::HeldMail& mail) {
    return {{"number", mail.number},
            {"received", base::format_rfc3339(mail.received)},
            {"kept_until", base::format_rfc3339(mail.kept_until)},
            {"sender", mail.sender},
            {"source_name", mail.source_name},
            {"badge", mail.badge},
            {"subject", mail.subject},
            {"size", mail.size}};
}

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

void list(chat::Held& held, chat::EntityId person, bool as_json, std::function<void(Reply)> done) {
    held.list(person, [as_json, done = std::move(done)](
                          const std::optional<std::vector<chat::HeldMail>>& mails) {
        if (!mails) {
            done(Reply::failed("the store could not be read"));
            return;
        }
        std::string out;
        for (const chat::HeldMail& mail : *mails) {
            out += as_json ? json::serialize(to_json(mail)) + "\n" : to_text(mail);
        }
        done(Reply::done(std::move(out)));
    });
}

} // namespace

void perform_held(chat::Held& held, chat::EntityId person, const Request& request,
                  std::function<void(Reply)> done) {
    const std::vector<std::string>& words = request.values;
    if (words.empty() || (words.size() == 1 && words[0] == "list")) {
        list(held, person, request.json, std::move(done));
        return;
    }
    const auto verdict = chat::parse_held_verdict(words[0]);
    if (!verdict || words.size() != 2) {
        done(Reply::wrong_usage(
            fmt::format("held: '{}' is not known; right would be list, or release, always "
                        "or never and the number of a held mail or an address",
                        fmt::join(words, " "))));
        return;
    }
    const auto answer = [done = std::move(done)](bool good, std::string line) {
        if (good) {
            done(Reply::done(std::move(line) + "\n"));
        } else {
            done(Reply::failed(std::move(line)));
        }
    };
    if (const auto number = number_in(words[1])) {
        held.judge(person, *number, *verdict, answer);
    } else {
        held.judge_sender(person, words[1], *verdict, answer);
    }
}

} // namespace mailcast::app
