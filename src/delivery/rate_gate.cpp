#include "delivery/rate_gate.h"

#include "delivery/rules.h"

#include <fmt/format.h>

#include <array>

namespace mailcast::delivery {

namespace {

// One limit with what it counts for this question.
struct Asked {
    const std::optional<Rate>& rate;
    std::string_view kind;
    std::string_view name;
    bool counts;
};

std::array<Asked, 4> asked_of(const RateSettings& settings, const RateGate::Question& question) {
    return {{{settings.all, "all", mail::to_string(question.origin), question.is_first},
             {settings.client, "client", question.client, question.is_first},
             {settings.sender, "sender", question.sender, question.is_first},
             {settings.recipient, "recipient", question.recipient, true}}};
}

} // namespace

void RateGate::set(const RateSettings& internal, const RateSettings& external) {
    internal_ = internal;
    external_ = external;
    open_ = internal == RateSettings{} && external == RateSettings{};
}

std::optional<mail::Status> RateGate::refusal(const Question& question,
                                              RateLimits::Moment now) const {
    for (const Asked& each : asked_of(of(question.origin), question)) {
        if (!each.rate || !each.counts || limits_.has_room(*each.rate, each.kind, each.name, now)) {
            continue;
        }
        std::string what = fmt::format("this {}", each.kind);
        if (each.kind == "all") {
            what = fmt::format("all {} mail", mail::to_string(question.origin));
        }
        return mail::make_status(451, 7, 1,
                                 fmt::format("too fast: {} has at most {} mails in {}, try again "
                                             "later",
                                             what, each.rate->count,
                                             print_duration(each.rate->time)));
    }
    return std::nullopt;
}

void RateGate::count(const Question& question, RateLimits::Moment now) {
    for (const Asked& each : asked_of(of(question.origin), question)) {
        if (each.rate && each.counts) {
            static_cast<void>(limits_.take(*each.rate, each.kind, each.name, now));
        }
    }
}

} // namespace mailcast::delivery
