// The same message by several ways (delivery/twin.h): it is entered once, and its badge names the ways.
#include "store/packing.h"
#include "store/sqlite/database.h"

#include <algorithm>
#include <utility>

namespace mailcast::store::sqlite {

namespace {

constexpr std::size_t longest_badge = 400; // octets; further ways are not named

} // namespace

// Written at once, not derived later: few mails have one.
SqlResult<void> Database::put_twin(const Commit& commit, chat::Sequence sequence,
                                   std::vector<chat::EntityId> entities) {
    if (!commit.twin_key) {
        return {};
    }
    std::ranges::sort(entities);
    return enter(*commit.twin_key,
                 JournalRecord{sequence, base::to_unix_ms(commit.note->time), commit.note->id,
                               pack_entities(entities)},
                 commit.path);
}

// A message that has gone meanwhile has nothing to be named in.
SqlResult<void> Database::name_path(const Earlier& twin, const std::string& path) {
    auto find = connection_.prepare("SELECT details FROM message WHERE sequence = ?1 AND kind = 0");
    auto change = connection_.prepare("UPDATE message SET details = ?2 WHERE sequence = ?1");
    if (!find || !change) {
        return std::unexpected(!find ? find.error() : change.error());
    }
    const auto row = find->bind(1, twin.sequence).step();
    if (!row) {
        return std::unexpected(row.error());
    }
    chat::Note note;
    note.kind = chat::NoteKind::mail;
    if (!*row || !unpack_details(find->blob(0), note)) {
        return {};
    }
    const auto names = [&note](const std::string& way) {
        return note.badge.find(way) != std::string::npos;
    };
    if (path == twin.path || names(path) || note.badge.size() > longest_badge) {
        return {};
    }
    if (!names(twin.path)) {
        note.badge += (note.badge.empty() ? "" : ", ") + twin.path;
    }
    note.badge += " and " + path;
    const std::string details = pack_details(note);
    return change->bind(1, twin.sequence).bind_blob(2, details).run();
}

} // namespace mailcast::store::sqlite
