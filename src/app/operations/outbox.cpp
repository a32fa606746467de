#include "app/operations/outbox.h"

#include "base/time.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace mailcast::app {

namespace {

namespace json = boost::json;
using store::OutboxItem;

std::string where_to(const OutboxItem& item) {
    return item.destination == "mailto:" ? "the smarthost" : item.destination;
}

json::object to_json(const OutboxItem& item) {
    json::array targets;
    for (const store::OutboxTarget& target : item.targets) {
        targets.emplace_back(target.address);
    }
    return {{"id", item.id},
            {"destination", item.destination},
            {"targets", std::move(targets)},
            {"created", base::format_rfc3339(item.created)},
            {"next_try", base::format_rfc3339(item.next_try)},
            {"attempts", item.attempts},
            {"reason", item.reason},
            {"size", item.octets}};
}

std::string to_text(const OutboxItem& item) {
    std::string targets;
    for (const store::OutboxTarget& target : item.targets) {
        targets += (targets.empty() ? "" : " ") + target.address;
    }
    std::string line =
        fmt::format("{}  {}  to {} by {}  {} octets", item.id, base::format_rfc3339(item.created),
                    targets, where_to(item), item.octets);
    if (item.attempts > 0) {
        line += fmt::format("\n    {} attempts, next {}: {}", item.attempts,
                            base::format_rfc3339(item.next_try), item.reason);
    }
    return line + "\n";
}

void list(store::Store& store, bool as_json, const std::function<void(Reply)>& done) {
    store.read_outbox([as_json, done](const store::Result<std::vector<OutboxItem>>& items) {
        if (!items) {
            done(Reply::failed(items.error().message));
            return;
        }
        std::string out;
        for (const OutboxItem& item : *items) {
            out += as_json ? json::serialize(to_json(item)) + "\n" : to_text(item);
        }
        done(Reply::done(std::move(out)));
    });
}

std::string shown(const OutboxItem& item) {
    std::string out = to_text(item);
    if (item.note != nullptr) {
        out += fmt::format("\nFrom: {} <{}>\nSubject: {}\n\n{}\n", item.note->source_name,
                           item.note->source, item.note->subject, item.note->text);
    } else {
        out += "\n" + item.content;
    }
    return out;
}

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number > 0
               ? std::optional(number)
               : std::nullopt;
}

} // namespace

void perform_outbox(store::Store& store, const Request& request,
                    const std::function<void()>& changed, std::function<void(Reply)> done) {
    if (request.verb == "outbox list") {
        list(store, request.json, done);
        return;
    }
    const auto number = number_in(request.name);
    if (!number) {
        done(Reply::failed(
            fmt::format("'{}' is no number of the outbox; 'mailcast outbox list' shows "
                        "what waits",
                        request.name)));
        return;
    }
    store.read_outbox_item(*number, [&store, request, changed,
                                     done = std::move(done)](store::Result<OutboxItem> item) {
        if (!item) {
            done(Reply::failed(item.error().message));
            return;
        }
        if (request.verb == "outbox show") {
            done(Reply::done(request.json  ? json::serialize(to_json(*item)) + "\n"
                             : request.raw ? item->content
                                           : shown(*item)));
            return;
        }
        const auto answer = [changed, done](const std::string& error, std::string line) {
            if (!error.empty()) {
                done(Reply::failed(error));
                return;
            }
            if (changed) {
                changed();
            }
            done(Reply::done(std::move(line)));
        };
        if (request.verb == "outbox drop") {
            store.remove_outbox_item(
                item->id, [answer, id = item->id](const store::Result<std::monostate>& gone) {
                    answer(gone ? "" : gone.error().message,
                           fmt::format("{} is dropped; nobody is told\n", id));
                });
            return;
        }
        item->next_try = base::Time{};
        const std::int64_t id = item->id;
        store.put_outbox_item(
            *std::move(item), [answer, id](const store::Result<std::int64_t>& put) {
                answer(put ? "" : put.error().message, fmt::format("{} is tried again now\n", id));
            });
    });
}

} // namespace mailcast::app
