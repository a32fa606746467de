// Whether one more mail is too fast (451 4.7.1): the rate limits of both origins, asked at RCPT by the mail doors,
// which count, and by the policy service, which only looks.  Hub thread.
#pragma once

#include "delivery/rate_limits.h"
#include "mail/envelope.h"
#include "mail/status.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailcast::delivery {

class RateGate {
  public:
    explicit RateGate(std::uint64_t seed) : limits_(seed) {}

    // What was counted so far stays counted.
    void set(const RateSettings& internal, const RateSettings& external);

    // One recipient of one mail.
    struct Question {
        mail::Origin origin = mail::Origin::external;
        std::string_view sender{}; // "" is the null reverse-path, which is one sender, too
        std::string_view client{};
        std::string_view recipient{};
        bool is_first = true; // of its mail: sender, client and origin are counted once a mail
    };

    // 451 4.7.1 when a limit is reached; counts nothing.
    std::optional<mail::Status> refusal(const Question& question, RateLimits::Moment now) const;

    // What refusal() had nothing against.
    void count(const Question& question, RateLimits::Moment now);

    // No limit is set: the doors need not ask.
    bool is_open() const { return open_; }

  private:
    const RateSettings& of(mail::Origin origin) const {
        return origin == mail::Origin::internal ? internal_ : external_;
    }

    RateSettings internal_;
    RateSettings external_;
    RateLimits limits_;
    bool open_ = true;
};

} // namespace mailcast::delivery
