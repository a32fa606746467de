// One Note on its way to everybody who is there.  What a protocol makes of it is made once and its
// bytes are shared by all who receive them.  Lives on the hub thread, for the time of one publish
// or one replayed entry.
#pragma once

#include "chat/note.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::chat {

using SharedBytes = std::shared_ptr<const std::string>;

class Cast {
  public:
    Cast(Sequence sequence, std::shared_ptr<const Note> note)
        : sequence_(sequence), note_(std::move(note)) {}

    Sequence sequence() const { return sequence_; }

    const Note& note() const { return *note_; }

    // Which rendering: the front chooses `form` (protocol, generation, replayed or live); audience
    // is the entity through whose log the note reaches the client.
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
        rendered_.emplace_back(key,
                               std::make_shared<const std::string>(std::forward<Make>(make)()));
        return rendered_.back().second;
    }

  private:
    Sequence sequence_;
    std::shared_ptr<const Note> note_;
    mutable std::vector<std::pair<Key, SharedBytes>> rendered_;
};

} // namespace mailcast::chat
