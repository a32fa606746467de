#include "app/server/store_backing.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace mailcast::app {

namespace {

// What stands in the store for a cursor before the first entry of all: there, 0 means that nobody ever read.
constexpr chat::Sequence before_all = -1;

} // namespace

void StoreBacking::read_log(chat::EntityId entity, chat::Sequence after, std::size_t limit,
                            std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) {
    read({.entity = entity, .after = after, .limit = limit}, std::move(done));
}

void StoreBacking::read_before(
    chat::EntityId entity, chat::Sequence before, std::size_t limit,
    std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) {
    read({.entity = entity, .limit = limit, .newest = true, .before = before}, std::move(done));
}

void StoreBacking::read(const store::LogQuery& query,
                        std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) {
    store::LogQuery today = query;
    today.now = base::now();
    parts_.store.read_log(today, [this, done = std::move(done)](
                                     store::Result<std::vector<store::LogEntry>> result) {
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
        parts_.post([done, entries = std::move(entries)]() mutable { done(std::move(entries)); });
    });
}

void StoreBacking::read_cursor(chat::EntityId entity, std::string client,
                               std::function<void(std::optional<chat::Sequence>)> done) {
    parts_.store.read_cursor(entity, std::move(client),
                             [this, done = std::move(done)](store::Result<chat::Sequence> result) {
                                 std::optional<chat::Sequence> position;
                                 if (result) {
                                     if (*result != 0) {
                                         position = std::max<chat::Sequence>(*result, 0);
                                     }
                                 } else {
                                     base::log::error("reading a cursor: {}",
                                                      result.error().message);
                                 }
                                 parts_.post([done, position] { done(position); });
                             });
}

void StoreBacking::move_cursor(chat::EntityId entity, std::string client, chat::Sequence to) {
    parts_.store.move_cursor(
        entity, std::move(client), to == 0 ? before_all : to,
        [](store::Result<std::monostate> result) {
            if (!result) {
                base::log::error(
                    "moving a cursor: {}; what it stands for is shown again at the next link",
                    result.error().message);
            }
        });
}

void StoreBacking::read_end(std::function<void(chat::Sequence)> done) {
    parts_.store.read_end([this, done = std::move(done)](store::Result<chat::Sequence> result) {
        if (!result) {
            base::log::error("reading the end of the logs: {}", result.error().message);
        }
        parts_.post([done, end = result.value_or(0)] { done(end); });
    });
}

void StoreBacking::append(std::shared_ptr<const chat::Note> note, std::string once,
                          std::function<void(std::optional<chat::Sequence>)> done) {
    const std::size_t octets = note->text.size();
    if (appends_ >= most_appends || append_octets_ + octets > most_append_octets) {
        if (!std::exchange(is_full_, true)) {
            base::log::warn(
                "the disk does not keep up with what is said: {} notes wait, more are refused",
                appends_);
        }
        parts_.post([done = std::move(done)] { done(std::nullopt); });
        return;
    }
    is_full_ = false;
    ++appends_;
    append_octets_ += octets;
    store::Commit commit;
    commit.note = std::move(note);
    if (!once.empty()) {
        commit.journal_key = store::journal_key_of(once);
    }
    parts_.store.commit(std::move(commit), [this, octets, done = std::move(done)](
                                               const store::Committed& result) {
        const bool failed = std::ranges::any_of(result.outcomes, [](const store::Outcome& outcome) {
            return outcome.result != store::Outcome::Result::stored &&
                   outcome.result != store::Outcome::Result::duplicate;
        });
        // Who took part of it has it: only when nobody does may it be tried again.
        std::optional<chat::Sequence> sequence;
        if (result.sequence > 0 || !failed) {
            sequence = result.sequence;
        }
        parts_.post([this, octets, done, sequence] {
            --appends_;
            append_octets_ -= octets;
            done(sequence);
        });
    });
}

void StoreBacking::read_note(base::MessageId id,
                             std::function<void(std::shared_ptr<const chat::Note>)> done) {
    parts_.store.read_note(id, [this, id, done = std::move(done)](
                                   store::Result<std::shared_ptr<const chat::Note>> note) {
        if (!note && note.error().kind != store::Error::Kind::not_found) {
            base::log::error("reading mail {}: {}", id.text(), note.error().message);
        }
        parts_.post(
            [done, note = note ? std::move(*note) : nullptr]() mutable { done(std::move(note)); });
    });
}

void StoreBacking::remember(chat::Relation relation) {
    parts_.store.put_relation(std::move(relation), [](const store::Result<std::monostate>& result) {
        if (!result) {
            base::log::error("remembering a relation: {}; it is forgotten at the next start",
                             result.error().message);
        }
    });
}

void StoreBacking::forget(chat::Relation relation) {
    parts_.store.remove_relation(
        std::move(relation), [](const store::Result<std::monostate>& result) {
            if (!result) {
                base::log::error("forgetting a relation: {}; it is back at the next start",
                                 result.error().message);
            }
        });
}

void StoreBacking::set_rule(chat::EntityId entity, std::string key, std::string value,
                            std::function<void(std::string)> done) {
    parts_.set_rule(entity, std::move(key), std::move(value), std::move(done));
}

void StoreBacking::check_password(chat::EntityId person, std::string password,
                                  std::string_view peer,
                                  std::function<void(chat::PasswordAnswer)> done) {
    parts_.check_password(person, std::move(password), peer, std::move(done));
}

chat::ScramStart StoreBacking::begin_scram(chat::EntityId person, std::string_view name) {
    return parts_.begin_scram(person, name);
}

} // namespace mailcast::app
