// Backing in memory for tests: logs, cursors, relations, rules and passwords that a test can fill and look
// into.  Answers wait until the test says so, as they do in the daemon.
#pragma once

#include "chat/backing.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::chat {

class TestBacking : public Backing {
  public:
    void read_log(EntityId entity, Sequence after, std::size_t limit,
                  std::function<void(std::optional<std::vector<LogEntry>>)> done) override {
        later([this, entity, after, limit, done = std::move(done)] {
            if (fails) {
                done(std::nullopt);
                return;
            }
            std::vector<LogEntry> found;
            for (const LogEntry& entry : logs[entity]) {
                if (entry.sequence > after && found.size() < limit) {
                    found.push_back(entry);
                }
            }
            done(std::move(found));
        });
    }

    void read_cursor(EntityId entity, std::string client,
                     std::function<void(std::optional<Sequence>)> done) override {
        later([this, entity, client = std::move(client), done = std::move(done)] {
            const auto found = cursors.find({entity, client});
            done(found == cursors.end() ? std::nullopt : std::optional(found->second));
        });
    }

    void move_cursor(EntityId entity, std::string client, Sequence to) override {
        cursors[{entity, std::move(client)}] = to;
    }

    void read_end(std::function<void(Sequence)> done) override {
        later([this, done = std::move(done)] { done(end); });
    }

    void append(std::shared_ptr<const Note> note, std::string once,
                std::function<void(std::optional<Sequence>)> done) override {
        later([this, note = std::move(note), once = std::move(once), done = std::move(done)] {
            if (fails) {
                done(std::nullopt);
            } else if (!once.empty() && !seen.insert(once).second) {
                done(0);
            } else {
                done(store(note));
            }
        });
    }

    void read_note(base::MessageId id,
                   std::function<void(std::shared_ptr<const Note>)> done) override {
        later([this, id, done = std::move(done)] {
            const auto found = notes.find(id);
            // As the store: only a mail is found by its id.
            const bool there = found != notes.end() && found->second->kind == NoteKind::mail;
            done(there ? found->second : nullptr);
        });
    }

    void remember(Relation relation) override {
        relations[{relation.entity, relation.kind, relation.subject}] = relation.value;
    }

    void forget(Relation relation) override {
        relations.erase({relation.entity, relation.kind, relation.subject});
    }

    void set_rule(EntityId entity, std::string key, std::string value,
                  std::function<void(std::string)> done) override {
        later(
            [this, entity, key = std::move(key), value = std::move(value), done = std::move(done)] {
                if (key != "senders") {
                    done("there is no rule '" + key + "'");
                    return;
                }
                rules[{entity, key}] = value;
                done("");
            });
    }

    void check_password(EntityId entity, std::string password, std::string_view,
                        std::function<void(PasswordAnswer)> done) override {
        later([this, entity, password = std::move(password), done = std::move(done)] {
            const auto found = passwords.find(entity);
            const bool right =
                (found != passwords.end() && found->second == password) || password == "pass";
            done(passwords_busy ? PasswordAnswer::later
                 : right        ? PasswordAnswer::right
                                : PasswordAnswer::wrong);
        });
    }

    ScramStart begin_scram(EntityId entity, std::string_view name) override {
        const auto found = verifiers.find(entity);
        return {.verifier = found == verifiers.end() ? nobodys_verifier : found->second,
                .nonce = "nonce-" + std::string(name)};
    }

    // Into the logs of its recipients at once; the new sequence.
    Sequence store(const std::shared_ptr<const Note>& note) {
        ++end;
        for (const Addressed& recipient : note->recipients) {
            logs[recipient.entity].push_back({.sequence = end, .note = note});
        }
        notes[note->id] = note;
        return end;
    }

    // Answers what was asked so far; true when there was something.
    bool answer() {
        auto now = std::exchange(waiting_, {});
        for (const auto& job : now) {
            job();
        }
        return !now.empty();
    }

    // Answers everything, also what the answers ask.
    void settle() {
        while (answer()) {
        }
    }

    std::map<EntityId, std::vector<LogEntry>> logs;
    std::map<base::MessageId, std::shared_ptr<const Note>> notes;
    std::map<std::pair<EntityId, std::string>, Sequence> cursors;
    std::map<std::tuple<EntityId, RelationKind, std::string>, std::string> relations;
    std::map<std::pair<EntityId, std::string>, std::string> rules;
    std::map<EntityId, std::string> passwords;
    bool passwords_busy = false;
    std::map<EntityId, std::string> verifiers; // of SCRAM
    std::string nobodys_verifier;
    std::set<std::string> seen;
    Sequence end = 0;
    bool fails = false; // reads and appends

  private:
    void later(std::function<void()> job) { waiting_.push_back(std::move(job)); }

    std::deque<std::function<void()>> waiting_;
};

} // namespace mailcast::chat
