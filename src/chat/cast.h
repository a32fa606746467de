// What is on its way to everybody who is there: a committed Note (Cast) or an Event (Announcement).  What a
// protocol makes of it is made once and its bytes are shared by all who receive them.  Lives on the hub
// thread, for the time of one publish, one announcement or one replayed entry.
#pragma once

#include "chat/event.h"
#include "chat/note.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::chat {

using SharedBytes = std::shared_ptr<const std::string>;

class Rendered {
  public:
    // Which rendering: the front chooses `form` (protocol, generation, replayed or live); audience
    // is the entity through whose log it reaches the client, 0 for what is the same for all.
    struct Key {
        std::uint32_t form = 0;
        EntityId audience = 0;

        bool operator==(const Key&) const = default;
    };

    // The bytes under this key; `make` is called the first time.
    template <typename Make>
    SharedBytes once(const Key& key, Make&& make) const {
        for (const auto& [known, bytes] : rendered_) {
            if (known == key) {
                return bytes;
            }
        }
        // `make` may ask for other renderings of the same: it is called before the list grows.
        auto bytes = std::make_shared<const std::string>(std::forward<Make>(make)());
        rendered_.emplace_back(key, bytes);
        return bytes;
    }

  private:
    mutable std::vector<std::pair<Key, SharedBytes>> rendered_;
};

class Cast : public Rendered {
  public:
    Cast(Sequence sequence, std::shared_ptr<const Note> note)
        : sequence_(sequence), note_(std::move(note)) {}

    Sequence sequence() const { return sequence_; }

    const Note& note() const { return *note_; }

  private:
    Sequence sequence_;
    std::shared_ptr<const Note> note_;
};

class Announcement : public Rendered {
  public:
    explicit Announcement(Event event) : event_(std::move(event)) {}

    const Event& event() const { return event_; }

  private:
    Event event_;
};

} // namespace mailcast::chat
