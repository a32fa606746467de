// Message ids: 26 characters of Crockford base 32, sortable by time of receipt (the ULID layout:
// 48 bits of milliseconds, 80 bits of chance).  The same id stands in the reply to the mail server,
// in the log line of every recipient, in the store and in chat, so one grep follows a mail.
#pragma once

#include "base/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::base {

class MessageId {
  public:
    static constexpr std::size_t text_length = 26;
    using Bytes = std::array<std::uint8_t, 16>;

    MessageId() = default;

    explicit MessageId(const Bytes& bytes) : bytes_(bytes) {}

    // Upper and lower case are read alike; anything that is not an id gives nothing.
    static std::optional<MessageId> parse(std::string_view text);

    std::string text() const;

    const Bytes& bytes() const { return bytes_; }

    auto operator<=>(const MessageId&) const = default;

  private:
    Bytes bytes_{};
};

// Makes ids.  Owned by one thread.  Ids of one generator always grow, also within a millisecond and
// when the clock steps back.
class MessageIdGenerator {
  public:
    // `seed` must differ between runs of the program (take it from std::random_device).
    explicit MessageIdGenerator(std::uint64_t seed) : state_(seed) {}

    MessageId next(Time now);

  private:
    std::uint64_t random();

    std::uint64_t state_;
    MessageId::Bytes last_{};
};

} // namespace mailcast::base
