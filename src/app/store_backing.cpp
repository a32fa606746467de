#include "app/store_backing.h"

#include "base/log.h"

#include <utility>

namespace mailcast::app {

void StoreBacking::read_log(chat::EntityId entity, chat::Sequence after, std::size_t limit,
                            std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) {
    const store::LogQuery query{.entity = entity, .after = after, .limit = limit, .newest = false};
    store_.read_log(
        query, [this, done = std::move(done)](store::Result<std::vector<store::LogEntry>> result) {
            std::optional<std::vector<chat::LogEntry>> entries;
            if (result) {
                entries.emplace();
                entries->reserve(result->size());
                for (store::LogEntry& entry : *result) {
                    entries->push_back({.sequence = entry.sequence, .note = std::move(entry.note)});
                }
            } else {
                base::log::error("reading a log: {}", result.error().message);
            }
            post_([done, entries = std::move(entries)]() mutable { done(std::move(entries)); });
        });
}

void StoreBacking::read_cursor(chat::EntityId entity, std::string client,
                               std::function<void(std::optional<chat::Sequence>)> done) {
    store_.read_cursor(entity, std::move(client),
                       [this, done = std::move(done)](store::Result<chat::Sequence> result) {
                           std::optional<chat::Sequence> position;
                           if (result) {
                               if (*result > 0) {
                                   position = *result;
                               }
                           } else {
                               base::log::error("reading a cursor: {}", result.error().message);
                           }
                           post_([done, position] { done(position); });
                       });
}

void StoreBacking::move_cursor(chat::EntityId entity, std::string client, chat::Sequence to) {
    store_.move_cursor(entity, std::move(client), to, [](store::Result<std::monostate> result) {
        if (!result) {
            base::log::error(
                "moving a cursor: {}; what it stands for is shown again at the next link",
                result.error().message);
        }
    });
}

void StoreBacking::read_end(std::function<void(chat::Sequence)> done) {
    store_.read_end([this, done = std::move(done)](store::Result<chat::Sequence> result) {
        if (!result) {
            base::log::error("reading the end of the logs: {}", result.error().message);
        }
        post_([done, end = result.value_or(0)] { done(end); });
    });
}

void StoreBacking::check_password(chat::EntityId person, std::string password,
                                  std::function<void(bool)> done) {
    check_password_(person, std::move(password), std::move(done));
}

} // namespace mailcast::app
