#include "store/sqlite/key_filter.h"

#include <algorithm>
#include <cstring>

namespace mailcast::store::sqlite {

namespace {

constexpr std::size_t keys_per_block = 32;  // 16 bits each
constexpr std::size_t smallest_layer = 512; // blocks
constexpr int probes = 7;
constexpr unsigned bits_per_probe = 9; // of 512

struct Hashes {
    std::uint64_t place = 0;
    std::uint64_t bits = 0;
};

// A key is a digest already.
Hashes hashes_of(const JournalKey& key) {
    Hashes hashes;
    std::memcpy(&hashes.place, key.data(), sizeof hashes.place);
    std::memcpy(&hashes.bits, key.data() + sizeof hashes.place, sizeof hashes.bits);
    return hashes;
}

std::size_t block_of(const Hashes& hashes, std::size_t blocks) {
    return static_cast<std::size_t>((hashes.place >> 32U) * blocks >> 32U);
}

// Of the bit that a probe looks at: which word, and the bit in it.
template <typename Visit>
bool all_probes(std::uint64_t bits, Visit visit) {
    for (int i = 0; i < probes; ++i) {
        if (!visit((bits >> 6U) & 7U, std::uint64_t{1} << (bits & 63U))) {
            return false;
        }
        bits >>= bits_per_probe;
    }
    return true;
}

} // namespace

void KeyFilter::add(const JournalKey& key, std::int64_t time) {
    if (is_overfull_) {
        return;
    }
    if (keys_ >= most_) {
        is_overfull_ = true;
        layers_ = {};
        return;
    }
    if (layers_.empty() || layers_.back().keys >= layers_.back().blocks.size() * keys_per_block) {
        // As large as all before it together: few layers, and half of the memory goes with the oldest half.
        const std::size_t blocks = std::max(smallest_layer, keys_ / keys_per_block);
        layers_.push_back({.blocks = std::vector<Block>(blocks), .keys = 0, .times = {time, time}});
    }
    Layer& layer = layers_.back();
    const Hashes hashes = hashes_of(key);
    Block& block = layer.blocks[block_of(hashes, layer.blocks.size())];
    all_probes(hashes.bits, [&block](std::size_t word, std::uint64_t bit) {
        block.words.at(word) |= bit;
        return true;
    });
    layer.times = {std::min(layer.times.oldest, time), std::max(layer.times.newest, time)};
    ++layer.keys;
    ++keys_;
}

std::optional<KeyFilter::Span> KeyFilter::find(const JournalKey& key) const {
    if (is_overfull_) {
        return Span{};
    }
    std::optional<Span> span;
    const Hashes hashes = hashes_of(key);
    for (const Layer& layer : layers_) {
        const Block& block = layer.blocks[block_of(hashes, layer.blocks.size())];
        const bool may_have =
            all_probes(hashes.bits, [&block](std::size_t word, std::uint64_t bit) {
                return (block.words.at(word) & bit) != 0;
            });
        if (may_have) {
            const Span before = span.value_or(layer.times);
            span = Span{std::min(before.oldest, layer.times.oldest),
                        std::max(before.newest, layer.times.newest)};
        }
    }
    return span;
}

void KeyFilter::forget_before(std::int64_t time) {
    std::erase_if(layers_, [this, time](const Layer& layer) {
        const bool is_old = layer.times.newest < time;
        keys_ -= is_old ? layer.keys : 0;
        return is_old;
    });
}

std::size_t KeyFilter::octets() const {
    std::size_t octets = 0;
    for (const Layer& layer : layers_) {
        octets += layer.blocks.size() * sizeof(Block);
    }
    return octets;
}

} // namespace mailcast::store::sqlite
