#include "delivery/plan.h"

#include <algorithm>

namespace mailcast::delivery {

namespace {

// The lower, the more it says about the whole.
int rank(const mail::Status& status) {
    if (status.is_temporary()) {
        return 0;
    }
    return status.is_success() ? 1 : 2;
}

} // namespace

mail::Status combined_outcome(std::span<const mail::Status> outcomes) {
    return *std::ranges::min_element(outcomes, {}, rank);
}

mail::Status slot_outcome(const Plan& plan, std::size_t slot,
                          std::span<const mail::Status> entity_outcomes,
                          std::span<const mail::Status> remote_outcomes) {
    using Action = mail::Disposition::Action;
    const PlannedSlot& planned = plan.slots[slot];
    const mail::Status* chosen = nullptr;
    if (planned.disposition.action == Action::reject ||
        planned.disposition.action == Action::defer) {
        chosen = &planned.disposition.status;
    }
    const auto consider = [&chosen](std::span<const std::size_t> indices,
                                    std::span<const mail::Status> outcomes) {
        for (const std::size_t index : indices) {
            if (index < outcomes.size() &&
                (chosen == nullptr || rank(outcomes[index]) < rank(*chosen))) {
                chosen = &outcomes[index];
            }
        }
    };
    consider(planned.entities, entity_outcomes);
    consider(planned.remotes, remote_outcomes);
    // Nobody said what became of it: then it was not delivered, and must be tried again.
    return chosen != nullptr ? *chosen
                             : mail::make_status(451, 3, 0, "not delivered, try again later");
}

} // namespace mailcast::delivery
