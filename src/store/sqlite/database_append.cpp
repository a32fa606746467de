// The path to the reply: one mail, one row.
#include "base/log.h"
#include "store/packing.h"
#include "store/sqlite/database.h"
#include "store/sqlite/facts.h"
#include "store/sqlite/outbox.h"
#include "store/text_place.h"

#include <algorithm>
#include <unistd.h>

namespace mailcast::store::sqlite {

namespace {

std::uint64_t counted_size(const Commit& commit) {
    return commit.note->kind == chat::NoteKind::mail ? commit.content.size
                                                     : commit.note->text.size();
}

bool has(const std::vector<chat::EntityId>& sorted, chat::EntityId entity) {
    return std::ranges::binary_search(sorted, entity);
}

std::string_view view_of(const JournalKey& key) {
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

} // namespace

SqlResult<std::vector<Database::Earlier>> Database::find_earlier(const JournalKey& key,
                                                                 std::int64_t time) {
    std::vector<Earlier> earlier;
    const auto add = [&earlier](std::string_view id_text, std::string_view packed,
                                chat::Sequence sequence) {
        // Behind the id of a twin stands its path.
        const std::size_t space = id_text.find(' ');
        const auto id = base::MessageId::parse(id_text.substr(0, space));
        auto entities = unpack_entities(packed);
        if (!id || !entities) {
            base::log::error("store: unreadable entry of the journal id={}", id_text);
            return;
        }
        earlier.push_back({*id, std::move(*entities), sequence,
                           space == std::string_view::npos
                               ? std::string()
                               : std::string(id_text.substr(space + 1))});
    };
    const auto span = journal_keys_.find(key);
    if (!span) {
        return earlier;
    }
    const std::int64_t oldest = time - journal_age_.count();
    const auto add_from = [&](const PendingJournal& journal) {
        for (std::size_t at = 0; at < journal.size(); ++at) {
            const JournalRecord& record = journal.record(at);
            if (journal.key(at) == key && record.time >= oldest) {
                add(record.id.text(), record.entities, record.sequence);
            }
        }
    };
    if (ledger_.turn != nullptr) {
        add_from(ledger_.turn->what.journal);
    }
    add_from(ledger_.pending.journal);
    find_journal_.bind_blob(1, view_of(key))
        .bind(2, oldest)
        .bind(3, journal_hour(std::max(oldest, span->oldest)))
        .bind(4, journal_hour(span->newest));
    for (;;) {
        const auto row = find_journal_.step();
        if (!row) {
            return std::unexpected(row.error());
        }
        if (!*row) {
            return earlier;
        }
        add(find_journal_.text(0), find_journal_.blob(1), find_journal_.integer(2));
    }
}

SqlResult<void> Database::insert_message(const Commit& commit, chat::Sequence sequence,
                                         std::int64_t entries, const std::vector<bool>& entered) {
    const chat::Note& note = *commit.note;
    const std::string id = note.id.text();
    const std::string recipients = pack_recipients(note.recipients, entered);
    const std::string details = pack_details(note);
    const std::string envelope = pack_strings(commit.all_recipients);
    const bool in_file = !commit.content.temporary_file.empty();
    insert_message_.bind(1, sequence)
        .bind_text(2, id)
        .bind(3, base::to_unix_ms(note.time))
        .bind(4, static_cast<std::int64_t>(note.kind))
        .bind(5, static_cast<std::int64_t>(counted_size(commit)))
        .bind(6, entries)
        .bind(7, in_file ? 1 : 0)
        .bind_text(8, note.source)
        .bind_text(9, note.source_name)
        .bind_text(10, note.subject)
        .bind_text(11, commit.queue_id)
        .bind_blob(13, recipients)
        .bind_blob(14, details)
        .bind_blob(16, envelope)
        .bind_blob(17, commit.trace);
    if (commit.journal_key) {
        insert_message_.bind_blob(12, view_of(*commit.journal_key));
    } else {
        insert_message_.bind_null(12);
    }
    const auto place = find_text(commit.content.bytes, note.text);
    if (place) {
        insert_message_.bind_null(15)
            .bind(19, static_cast<std::int64_t>(place->offset))
            .bind(20, static_cast<std::int64_t>(place->octets));
    } else {
        insert_message_.bind_text(15, note.text).bind_null(19).bind_null(20);
    }
    if (in_file || note.kind != chat::NoteKind::mail) {
        insert_message_.bind_null(18);
    } else {
        insert_message_.bind_blob(18, commit.content.bytes);
    }
    return insert_message_.run();
}

SqlResult<void> Database::append_outbox(const Commit& commit, bool is_new) {
    if (!is_new) {
        return {};
    }
    for (OutboxItem item : commit.outbox) {
        if (auto done = put_outbox_item(connection_, item); !done) {
            return done;
        }
    }
    return {};
}

// Without a row of its own a mail is known again by its journal record only.
SqlResult<void> Database::note_outbox_only(const Commit& commit, chat::Sequence sequence,
                                           bool is_new) {
    if (!is_new || commit.outbox.empty() || !commit.journal_key) {
        return {};
    }
    return enter(*commit.journal_key, JournalRecord{sequence, base::to_unix_ms(commit.note->time),
                                                    commit.note->id, pack_entities({})});
}

SqlResult<Committed> Database::append(const Commit& commit, std::vector<base::MessageId>& adopted) {
    const chat::Note& note = *commit.note;
    const std::size_t count = note.recipients.size();
    const std::uint64_t size = counted_size(commit);
    const std::int64_t time = base::to_unix_ms(note.time);
    Committed result;
    result.outcomes.resize(count);

    std::vector<Earlier> earlier;
    if (commit.journal_key) {
        auto found = find_earlier(*commit.journal_key, time);
        if (!found) {
            return std::unexpected(std::move(found.error()));
        }
        earlier = std::move(*found);
    }

    std::vector<Earlier> twins;
    if (commit.twin_key) {
        auto found = find_earlier(*commit.twin_key, time);
        if (!found) {
            return std::unexpected(std::move(found.error()));
        }
        twins = std::move(*found);
    }

    if (auto put = append_outbox(commit, earlier.empty()); !put) {
        return std::unexpected(std::move(put.error()));
    }
    result.outbox = !commit.outbox.empty();
    if (!commit.holds.empty()) {
        if (auto done = hold(commit, earlier, adopted, result.held); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }

    // A number is used up whatever becomes of the row, so that `newest` always tells this mail from others.
    const chat::Sequence sequence = ++ledger_.end;
    std::vector<bool> entered(count, false);
    std::vector<chat::EntityId> entities;
    std::vector<EntityState*> states;
    entities.reserve(count);
    states.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const chat::EntityId entity = note.recipients[i].entity;
        Outcome& outcome = result.outcomes[i];
        const auto state = ledger_.entities.find(entity);
        if (state == ledger_.entities.end() || !state->second.has_account) {
            continue; // removed since RCPT: 4yz now, and 5.1.1 when it is tried again
        }
        const auto is_hers = [entity](const Earlier& record) {
            return has(record.entities, entity);
        };
        const auto before = std::ranges::find_if(earlier, is_hers);
        const auto twin = std::ranges::find_if(twins, is_hers);
        if (before != earlier.end()) {
            outcome = {Outcome::Result::duplicate, before->id};
        } else if (twin != twins.end()) {
            outcome = {Outcome::Result::duplicate, twin->id};
            if (auto named = name_path(*twin, commit.path); !named) {
                return std::unexpected(std::move(named.error()));
            }
        } else if (state->second.newest == sequence) {
            outcome = {Outcome::Result::stored, note.id};
        } else if (const auto& quota = state->second.quota;
                   quota && (*quota == 0 || state->second.octets + size > *quota)) {
            outcome = {Outcome::Result::full, {}};
        } else {
            outcome = {Outcome::Result::stored, note.id};
            state->second.newest = sequence;
            entered[i] = true;
            entities.push_back(entity);
            states.push_back(&state->second);
        }
    }
    const auto give_back = [&](Outcome::Result why) {
        for (auto& outcome : result.outcomes) {
            if (outcome.result == Outcome::Result::stored) {
                outcome = {why, {}};
            }
        }
        return result;
    };

    const bool in_file = !commit.content.temporary_file.empty();
    if (in_file && !entities.empty()) {
        if (auto done = files_.adopt(commit.content.temporary_file, note.id); !done) {
            base::log::error("store: content not stored id={}: {}", note.id.text(),
                             done.error().message);
            static_cast<void>(::unlink(commit.content.temporary_file.c_str()));
            return give_back(done.error().disk_full ? Outcome::Result::disk_full
                                                    : Outcome::Result::failed);
        }
        adopted.push_back(note.id);
    } else if (in_file) {
        static_cast<void>(::unlink(commit.content.temporary_file.c_str()));
    }
    if (entities.empty()) {
        if (auto done = note_outbox_only(commit, sequence, earlier.empty()); !done) {
            return std::unexpected(std::move(done.error()));
        }
        return result;
    }
    if (auto done =
            insert_message(commit, sequence, static_cast<std::int64_t>(entities.size()), entered);
        !done) {
        if (!done.error().is_of_one_row()) {
            return std::unexpected(std::move(done.error()));
        }
        base::log::error("store: message not stored id={}: {}", note.id.text(),
                         done.error().message);
        if (in_file) {
            adopted.pop_back();
            files_.remove(note.id);
        }
        return give_back(Outcome::Result::failed);
    }

    for (const std::string* message_id : {&note.mail.message_id, &commit.answered}) {
        if (note.context.empty() || message_id->empty()) {
            continue;
        }
        if (auto done = put_context(connection_, *message_id, note.context, time); !done) {
            return std::unexpected(std::move(done.error()));
        }
    }

    if (auto done = put_twin(commit, sequence, entities); !done) {
        return std::unexpected(std::move(done.error()));
    }

    result.sequence = sequence;
    for (EntityState* state : states) {
        state->octets += size;
        ++state->entries;
    }
    ledger_.entries += entities.size();
    ++ledger_.messages;
    ledger_.file_octets += in_file ? commit.content.size : 0;
    for (const chat::EntityId entity : entities) {
        ledger_.pending.entries.push_back({entity, sequence});
    }
    ledger_.pending.ids.push_back({note.id, sequence});
    if (commit.journal_key) {
        std::ranges::sort(entities);
        journal_keys_.add(*commit.journal_key, time);
        ledger_.pending.journal.add(*commit.journal_key,
                                    {sequence, time, note.id, pack_entities(entities)});
    }
    return result;
}

} // namespace mailcast::store::sqlite
