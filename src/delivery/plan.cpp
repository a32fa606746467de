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
                          std::span<const mail::Status> entity_outcomes) {
    using Action = mail::Disposition::Action;
    const PlannedSlot& planned = plan.slots[slot];
    const mail::Status* chosen = nullptr;
    if (planned.disposition.action == Action::reject ||
        planned.disposition.action == Action::defer) {
        chosen = &planned.disposition.status;
    }
    for (const std::size_t entity : planned.entities) {
        const mail::Status& outcome = entity_outcomes[entity];
        if (chosen == nullptr || rank(outcome) < rank(*chosen)) {
            chosen = &outcome;
        }
    }
    return *chosen;
}

} // namespace mailcast::delivery
