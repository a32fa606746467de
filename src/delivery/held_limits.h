// Bounds of what is held for one person until she says what is to become of it.  A value.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mailcast::delivery {

struct HeldLimits {
    std::size_t mails = 100;
    std::uint64_t octets = 50'000'000;
    std::chrono::seconds keep{std::chrono::days{30}};

    bool operator==(const HeldLimits&) const = default;
};

} // namespace mailcast::delivery
