// What chat asks of the durable side and of the password worker.  Implemented by app over the
// store; tests have one in memory.  Called on the hub thread; every answer comes back on the hub
// thread, never from within the call itself, and exactly once unless the program ends before.
#pragma once

#include "chat/note.h"
#include "chat/password_answer.h"
#include "chat/relation.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::chat {

struct LogEntry {
    Sequence sequence = 0;
    std::shared_ptr<const Note> note;
};

// What SCRAM begins with: a verifier (RFC 5803) and the server's part of the nonce, new each time.
struct ScramStart {
    std::string verifier;
    std::string nonce;
};

class Backing {
  public:
    virtual ~Backing() = default;

    // Entries of an entity's log behind `after`, oldest first, at most `limit`; nullopt when the
    // store could not be read (the reason is in the program's log).
    virtual void read_log(EntityId entity, Sequence after, std::size_t limit,
                          std::function<void(std::optional<std::vector<LogEntry>>)> done) = 0;

    // The newest `limit` entries of a log, oldest first.
    void read_newest(EntityId entity, std::size_t limit,
                     std::function<void(std::optional<std::vector<LogEntry>>)> done) {
        read_before(entity, 0, limit, std::move(done));
    }

    // The newest `limit` entries that lie before the sequence `before` (0: the end), oldest first.  What is here
    // reads the log from its beginning, holding no more than `limit` of it; a store does better.
    virtual void read_before(EntityId entity, Sequence before, std::size_t limit,
                             std::function<void(std::optional<std::vector<LogEntry>>)> done);

    // How far a client of a person has read in a log; nullopt when it never did.
    virtual void read_cursor(EntityId entity, std::string client,
                             std::function<void(std::optional<Sequence>)> done) = 0;

    virtual void move_cursor(EntityId entity, std::string client, Sequence to) = 0;

    // The newest sequence of all: where somebody begins who wants only what is to come.
    virtual void read_end(std::function<void(Sequence)> done) = 0;

    // Appends to the logs of note->recipients; the answer is the sequence, 0 when all of them had it already
    // (`once` names it: the context it came in and its number there; "" for what is new), nullopt when it
    // could not be stored and nobody has it.  The caller publishes what was stored.
    virtual void append(std::shared_ptr<const Note> note, std::string once,
                        std::function<void(std::optional<Sequence>)> done) = 0;

    // One stored note; null when there is none (any more).
    virtual void read_note(base::MessageId id,
                           std::function<void(std::shared_ptr<const Note>)> done) = 0;

    // Durable facts about an entity; the Hub holds them and has changed its own before it says so here.
    virtual void remember(Relation relation) = 0;
    virtual void forget(Relation relation) = 0; // `value` does not matter

    // A rule of an entity (DESIGN 5.6) as its owner says it in chat; the answer is "" or what is wrong.
    virtual void set_rule(EntityId entity, std::string key, std::string value,
                          std::function<void(std::string)> done) = 0;

    // Right when the password is this person's, or is a pass that the daemon handed out itself.  `peer` is the address
    // that it came from: each has its turn.
    virtual void check_password(EntityId person, std::string password, std::string_view peer,
                                std::function<void(PasswordAnswer)> done) = 0;

    // For a person with this folded name, 0 when there is none: then the answer is one that nothing matches and that
    // does not say so.  At once.
    virtual ScramStart begin_scram(EntityId person, std::string_view name) = 0;
};

} // namespace mailcast::chat
