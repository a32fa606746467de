#include "chat/backing.h"

#include <algorithm>
#include <utility>

namespace mailcast::chat {

namespace {

constexpr std::size_t entries_a_read = 500;

struct NewestRead {
    EntityId entity = 0;
    Sequence before = 0; // 0: the end
    std::size_t limit = 0;
    std::function<void(std::optional<std::vector<LogEntry>>)> done;
    std::vector<LogEntry> newest;
};

void read_on(Backing& backing, const std::shared_ptr<NewestRead>& read, Sequence after) {
    backing.read_log(
        read->entity, after, entries_a_read,
        [&backing, read](std::optional<std::vector<LogEntry>> entries) {
            if (!entries) {
                read->done(std::nullopt);
                return;
            }
            bool more = entries->size() == entries_a_read;
            if (read->before > 0) {
                const auto beyond = std::ranges::find_if(*entries, [&read](const LogEntry& entry) {
                    return entry.sequence >= read->before;
                });
                more = more && beyond == entries->end();
                entries->erase(beyond, entries->end());
            }
            const Sequence last = more ? entries->back().sequence : 0;
            for (LogEntry& entry : *entries) {
                read->newest.push_back(std::move(entry));
            }
            if (read->newest.size() > read->limit) {
                read->newest.erase(read->newest.begin(),
                                   read->newest.end() - static_cast<std::ptrdiff_t>(read->limit));
            }
            if (more) {
                read_on(backing, read, last);
            } else {
                read->done(std::move(read->newest));
            }
        });
}

} // namespace

void Backing::read_before(EntityId entity, Sequence before, std::size_t limit,
                          std::function<void(std::optional<std::vector<LogEntry>>)> done) {
    auto read = std::make_shared<NewestRead>();
    read->entity = entity;
    read->before = before;
    read->limit = limit;
    read->done = std::move(done);
    read_on(*this, read, 0);
}

} // namespace mailcast::chat
