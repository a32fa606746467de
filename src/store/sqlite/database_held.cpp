// Mail that is held instead of entered in a log, and its way into the log when it is released.
#include "base/log.h"
#include "store/packing.h"
#include "store/sqlite/database.h"
#include "store/sqlite/held.h"

#include <algorithm>
#include <utility>

namespace mailcast::store::sqlite {

// The journal record of a held mail has a number of its own, below all sequences.
SqlResult<void> Database::hold(const Commit& commit, const std::vector<Earlier>& earlier,
                               std::vector<base::MessageId>& adopted,
                               std::vector<HeldOutcome>& outcomes) {
    outcomes.resize(commit.holds.size());
    std::string from_file;
    if (!commit.content.temporary_file.empty()) {
        auto read = ContentFiles::read(commit.content.temporary_file);
        if (!read) {
            base::log::error("store: content not held id={}: {}", commit.note->id.text(),
                             read.error().message);
            return {};
        }
        from_file = std::move(*read);
    }
    const std::string_view content = from_file.empty() ? commit.content.bytes : from_file;
    for (std::size_t i = 0; i < commit.holds.size(); ++i) {
        const Hold& hold = commit.holds[i];
        const chat::EntityId entity = hold.note->recipients.front().entity;
        const auto state = ledger_.entities.find(entity);
        if (state == ledger_.entities.end() || !state->second.has_account) {
            continue;
        }
        const auto before = std::ranges::find_if(earlier, [entity](const Earlier& record) {
            return std::ranges::binary_search(record.entities, entity);
        });
        if (before != earlier.end()) {
            outcomes[i].outcome = {Outcome::Result::duplicate, before->id};
            continue;
        }
        const auto sum = sum_of_held(connection_, entity);
        if (!sum) {
            return std::unexpected(sum.error());
        }
        if (sum->mails >= hold.most_mails || sum->octets + content.size() > hold.most_octets) {
            outcomes[i].outcome = {Outcome::Result::full, {}};
            continue;
        }
        const auto number = put_held(connection_, commit, hold, content);
        if (!number) {
            if (!number.error().is_of_one_row()) {
                return std::unexpected(number.error());
            }
            base::log::error("store: mail not held id={}: {}", hold.note->id.text(),
                             number.error().message);
            continue;
        }
        outcomes[i].outcome = {Outcome::Result::stored, hold.note->id};
        outcomes[i].number = *number;
        if (commit.journal_key) {
            const JournalRecord record{-*number, base::to_unix_ms(hold.note->time), hold.note->id,
                                       pack_entities({entity})};
            if (auto done = enter(*commit.journal_key, record); !done) {
                return done;
            }
        }
        if (!hold.announce) {
            continue;
        }
        // Who has no room for the line finds the mail in her list all the same.
        Commit line;
        line.note = hold.announce(*number);
        const auto told = append(line, adopted);
        if (!told) {
            return std::unexpected(told.error());
        }
        outcomes[i].announcement = line.note;
        outcomes[i].announced = told->sequence;
    }
    return {};
}

SqlResult<Result<Released>> Database::release(chat::EntityId entity, std::int64_t number,
                                              std::vector<base::MessageId>& adopted) {
    auto held = take_held(connection_, entity, number);
    if (!held) {
        return std::unexpected(std::move(held.error()));
    }
    if (!*held) {
        return Result<Released>(
            std::unexpected(Error{Error::Kind::not_found, "no such mail is held"}));
    }
    auto committed = append(**held, adopted);
    if (!committed) {
        return std::unexpected(std::move(committed.error()));
    }
    if (committed->sequence == 0) {
        return Result<Released>(std::unexpected(
            Error{Error::Kind::full, "there is no room in the log (rule: quota); it stays held"}));
    }
    if (auto removed = remove_held(connection_, entity, number); !removed) {
        return std::unexpected(std::move(removed.error()));
    }
    return Result<Released>(Released{.sequence = committed->sequence, .note = (*held)->note});
}

} // namespace mailcast::store::sqlite
