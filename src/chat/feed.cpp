#include "chat/feed.h"

#include <algorithm>
#include <utility>

namespace mailcast::chat {

void Feed::catch_up() {
    if (reader_ == nullptr || state_ != State::behind) {
        return;
    }
    replayed_ = 0;
    read();
}

void Feed::live(const Cast& cast) {
    if (reader_ == nullptr || cast.sequence() <= position_) {
        return;
    }
    if (state_ != State::live) {
        if (state_ == State::reading && is_first_run_ && said_since_ == 0) {
            said_since_ = cast.sequence();
        }
        newest_ = std::max(newest_, cast.sequence());
        return;
    }
    if (!reader_->has_room()) {
        // The log keeps it; the front calls catch_up() when its circuit has drained.
        state_ = State::behind;
        newest_ = cast.sequence();
        return;
    }
    position_ = cast.sequence();
    reader_->show(*this, cast, false);
}

void Feed::hold(Sequence sequence) {
    if (reader_ == nullptr || sequence <= position_) {
        return;
    }
    newest_ = std::max(newest_, sequence);
    if (state_ == State::live) {
        state_ = State::behind;
    }
}

void Feed::read() {
    state_ = State::reading;
    backing_->read_log(entity_, position_, entries_a_read,
                       [self = weak_from_this(),
                        asked_at = newest_](std::optional<std::vector<LogEntry>> entries) {
                           if (const auto feed = self.lock()) {
                               feed->take(std::move(entries), asked_at);
                           }
                       });
}

// `asked_at`: the newest that was known of when the log was asked; what came since need not be in the answer.
void Feed::take(std::optional<std::vector<LogEntry>> entries, Sequence asked_at) {
    if (reader_ == nullptr) {
        return;
    }
    if (!entries) {
        state_ = State::behind;
        return;
    }
    for (LogEntry& entry : *entries) {
        if (!reader_->has_room()) {
            state_ = State::behind;
            newest_ = std::max(newest_, entry.sequence);
            end_first_run();
            return;
        }
        position_ = entry.sequence;
        ++replayed_;
        const bool missed = said_since_ == 0 || entry.sequence < said_since_;
        reader_->show(*this, Cast{entry.sequence, std::move(entry.note)}, missed);
        if (reader_ == nullptr) {
            return;
        }
    }
    if (entries->empty()) {
        // An entry that was committed but is gone again (retention) must not make us read for ever.
        position_ = std::max(position_, asked_at);
    }
    if (entries->size() == entries_a_read || newest_ > position_) {
        read();
        return;
    }
    state_ = State::live;
    end_first_run();
    reader_->caught_up(*this, replayed_);
}

} // namespace mailcast::chat
