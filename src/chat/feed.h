// One client's reading of one entity's log: first what it missed, then live, without a gap and
// without a repetition.  A client that reads too slowly falls behind: it costs nothing but its
// place in the log and catches up from there.
//
// Owned (shared) by the client's front, used on the hub thread only.  Answers of the Backing hold
// it weakly, so a front may let go at any moment.
#pragma once

#include "chat/backing.h"
#include "chat/cast.h"

#include <cstddef>
#include <memory>

namespace mailcast::chat {

class Feed : public std::enable_shared_from_this<Feed> {
  public:
    // What the front does with it; outlives the Feed or calls detach().
    class Reader {
      public:
        virtual ~Reader() = default;
        virtual void show(const Feed& feed, const Cast& cast, bool replayed) = 0;
        // False while so much waits to be written that no more should be added.
        virtual bool has_room() const = 0;
        // After a run of replayed entries, `count` of them since catch_up() was called.
        virtual void caught_up(const Feed& feed, std::size_t count) = 0;

        // Something that stands in no log.
        virtual void hear(const Feed&, const Announcement&) {}
    };

    static constexpr std::size_t entries_a_read = 100;

    // Everything behind `position` is still to be shown.
    Feed(Backing& backing, Reader& reader, EntityId entity, Sequence position)
        : backing_(&backing), reader_(&reader), entity_(entity), position_(position) {}

    EntityId entity() const { return entity_; }

    // The last entry that was shown (or was there at the start).
    Sequence position() const { return position_; }

    // Reads what is behind position() and goes live after it.  Also to be called when there is room
    // again.
    void catch_up();

    // A note was just committed to this log.
    void live(const Cast& cast);

    // Told at once, also while the log is still being read; not to a reader without room.
    void hear(const Announcement& announcement) {
        if (reader_ != nullptr && reader_->has_room()) {
            reader_->hear(*this, announcement);
        }
    }

    // Null when detached.
    const Reader* reader() const { return reader_; }

    // The same, but it is not to be shown now: it comes with the next catch_up().
    void hold(Sequence sequence);

    // Nothing is shown any more.
    void detach() { reader_ = nullptr; }

  private:
    enum class State { behind, reading, live };

    void end_first_run() {
        is_first_run_ = false;
        said_since_ = 0;
    }

    void read();
    void take(std::optional<std::vector<LogEntry>> entries, Sequence asked_at);

    Backing* backing_;
    Reader* reader_;
    EntityId entity_;
    Sequence position_;
    Sequence newest_ = 0; // of the casts that came while not live
    std::size_t replayed_ = 0;
    State state_ = State::behind;
    // What is said while the log is read for the first time was not missed.
    bool is_first_run_ = true;
    Sequence said_since_ = 0; // the first such; 0: none yet
};

} // namespace mailcast::chat
