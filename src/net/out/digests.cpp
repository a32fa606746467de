#include "net/out/digests.h"

#include "base/ascii.h"
#include "base/log.h"
#include "delivery/composer.h"
#include "delivery/digest.h"
#include "mail/mailbox.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

constexpr std::chrono::seconds shortest_pause{1};
constexpr std::chrono::seconds longest_pause{std::chrono::minutes{5}};

} // namespace

template <typename Value>
store::Completion<Value> Digests::answer(std::function<void(Value)> then) {
    return [this, alive = alive_, then = std::move(then)](store::Result<Value> result) {
        parts_.post([this, alive, then, result = std::move(result)] {
            if (!*alive) {
                return;
            }
            if (result) {
                then(*result);
                return;
            }
            base::log::warn("digest: {}; looked at again later", result.error().message);
            next();
        });
    };
}

void Digests::tick(base::Time now) {
    now_ = now;
    if (looking_ || now < next_look_) {
        return;
    }
    next_look_ = now + std::clamp(after_ / 4, shortest_pause, longest_pause);
    const auto directory = parts_.directory();
    for (const delivery::Entity& entity : directory->entities()) {
        if (!entity.rules.digest.empty() && entity.kind == chat::EntityKind::person) {
            queue_.push_back({.person = entity.id, .address = entity.rules.digest, .read = 0});
        }
    }
    looking_ = true;
    next();
}

void Digests::next() {
    while (!queue_.empty()) {
        const auto absence = std::make_shared<Absence>(std::move(queue_.front()));
        queue_.pop_front();
        if (parts_.hub.find(absence->person) != nullptr && !parts_.hub.is_here(absence->person)) {
            look(absence);
            return;
        }
    }
    looking_ = false;
}

void Digests::look(const std::shared_ptr<Absence>& absence) {
    parts_.store.read_farthest_cursor(
        absence->person, answer<chat::Sequence>([this, absence](chat::Sequence read) {
            absence->read = read;
            const std::string* told =
                parts_.hub.relations().find(absence->person, chat::RelationKind::digest, "");
            if (told != nullptr && *told == std::to_string(read)) {
                next();
                return;
            }
            parts_.store.read_log({.entity = absence->person, .after = read, .limit = most_read},
                                  answer<std::vector<store::LogEntry>>(
                                      [this, absence](const std::vector<store::LogEntry>& entries) {
                                          looked(absence, entries);
                                      }));
        }));
}

void Digests::looked(const std::shared_ptr<Absence>& absence,
                     const std::vector<store::LogEntry>& entries) {
    const chat::Entity* person = parts_.hub.find(absence->person);
    if (person == nullptr || parts_.hub.is_here(absence->person)) {
        next();
        return;
    }
    const std::string own = parts_.hub.uniform_of(*person);
    std::vector<std::shared_ptr<const chat::Note>> notes;
    for (const store::LogEntry& entry : entries) {
        if (delivery::waits(*entry.note, own)) {
            notes.push_back(entry.note);
        }
    }
    if (notes.empty() || notes.front()->time + after_ > now_) {
        next();
        return;
    }
    std::string why = parts_.refuses();
    if (why.empty() && !leads_elsewhere(absence->address)) {
        why = "the address leads back here";
    }
    if (!why.empty()) {
        base::log::warn("digest: ~{} is not told at {} what waits: {}", person->name,
                        absence->address, why);
        // Not every second: what is in the way stays there for a while.
        next_look_ = std::max(next_look_, now_ + longest_pause);
        next();
        return;
    }
    send(absence, std::move(notes), entries.size() == most_read);
}

bool Digests::leads_elsewhere(const std::string& address) const {
    const auto mailbox = mail::parse_mailbox(address);
    return mailbox &&
           parts_.directory()->resolve(*mailbox).kind == delivery::Resolution::Kind::not_ours;
}

void Digests::send(const std::shared_ptr<Absence>& absence,
                   std::vector<std::shared_ptr<const chat::Note>> notes, bool more) {
    const base::MessageId id = parts_.next_id(now_);
    delivery::DigestText digest = delivery::digest_of(
        {.hostname = parts_.hub.hostname(), .notes = std::move(notes), .more = more});
    delivery::Draft draft;
    draft.from_address = "postmaster@" + parts_.domain();
    draft.from_name = parts_.hub.hostname();
    draft.to = {absence->address};
    draft.subject = std::move(digest.subject);
    draft.text = std::move(digest.text);
    draft.message_id = base::lowered(id.text()) + "@" + parts_.hub.hostname();
    draft.date = now_;
    draft.automatic = true;

    auto note = std::make_shared<chat::Note>();
    note->id = id;
    note->kind = chat::NoteKind::notice;
    note->time = now_;
    note->subject = draft.subject;

    store::OutboxItem item;
    item.destination = "mailto:";
    item.targets = {{.address = absence->address, .visible = true}};
    item.sender = absence->person; // who hears when her address does not take it
    item.created = now_;
    item.next_try = now_;
    item.once = draft.message_id;
    item.reverse_path = ""; // RFC 3834 3.3
    item.content = delivery::compose(draft).content;

    store::Commit commit;
    commit.note = note;
    // A crash before the relation is written: the same absence is known by this.
    commit.journal_key =
        store::journal_key_of(fmt::format("digest {} {}", absence->person, absence->read));
    commit.outbox.push_back(std::move(item));
    parts_.store.commit(
        std::move(commit), [this, alive = alive_, absence, note](const store::Committed& result) {
            parts_.post([this, alive, absence, note, stored = result.outbox] {
                if (!*alive) {
                    return;
                }
                if (stored) {
                    base::log::info("digest: id={} person={} to={} status=queued", note->id.text(),
                                    absence->person, absence->address);
                    parts_.remember({.entity = absence->person,
                                     .kind = chat::RelationKind::digest,
                                     .subject = "",
                                     .value = std::to_string(absence->read)});
                    parts_.outbox_changed();
                }
                next();
            });
        });
}

} // namespace mailcast::net
