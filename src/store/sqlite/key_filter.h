// Says of most journal keys, without a look at the database, that they have not been seen: a Bloom filter in layers, so
// that it grows with what it holds and lets go of what is old.  Two octets a key; one in some hundred keys that are new is
// looked up for nothing, no key that was added is ever denied.  Owned by the committer's thread.
#pragma once

#include "store/store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace mailcast::store::sqlite {

class KeyFilter {
  public:
    // Above `most` keys it gives up, lets its memory go and knows nothing any more.
    explicit KeyFilter(std::size_t most) : most_(most) {}

    void add(const JournalKey& key, std::int64_t time);

    // Times between which a key may have been added, both included.
    struct Span {
        std::int64_t oldest = std::numeric_limits<std::int64_t>::min();
        std::int64_t newest = std::numeric_limits<std::int64_t>::max();
    };

    // Nothing: it was not added since the time that was forgotten last.
    std::optional<Span> find(const JournalKey& key) const;

    // Keys with a time before this are no longer asked for.  They go layer by layer.
    void forget_before(std::int64_t time);

    std::size_t octets() const;

  private:
    // A key stands in one block, which is one line of the processor's cache.
    struct alignas(64) Block {
        std::array<std::uint64_t, 8> words{};
    };

    struct Layer {
        std::vector<Block> blocks;
        std::size_t keys = 0;
        Span times;
    };

    std::size_t most_;
    std::size_t keys_ = 0; // of all layers
    bool is_overfull_ = false;
    std::vector<Layer> layers_; // the last is being filled
};

} // namespace mailcast::store::sqlite
