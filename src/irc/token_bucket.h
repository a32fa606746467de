// How much a client may ask at once and over time.  Reads no clock: the time is passed in.  Pure; one owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mailcast::irc {

class TokenBucket {
  public:
    using Moment = std::chrono::steady_clock::time_point;

    // Full at the beginning; a new token every `interval`.
    TokenBucket(std::uint32_t capacity, std::chrono::milliseconds interval)
        : capacity_(capacity), tokens_(capacity), interval_(interval) {}

    // True when there were so many; then they are gone.  `cost` is at most the capacity.
    bool take(Moment now, std::uint32_t cost = 1) {
        refill(now);
        if (tokens_ < cost) {
            return false;
        }
        tokens_ -= cost;
        return true;
    }

  private:
    void refill(Moment now) {
        if (last_ == Moment{} || now < last_ || tokens_ >= capacity_) {
            last_ = now;
            return;
        }
        const auto fresh = (now - last_) / interval_;
        if (fresh >= capacity_) {
            tokens_ = capacity_;
            last_ = now;
            return;
        }
        tokens_ = std::min(capacity_, tokens_ + static_cast<std::uint32_t>(fresh));
        last_ += fresh * interval_;
    }

    std::uint32_t capacity_;
    std::uint32_t tokens_;
    std::chrono::milliseconds interval_;
    Moment last_{};
};

} // namespace mailcast::irc
