#include "delivery/named.h"

#include "mail/mailbox.h"

#include <algorithm>
#include <string>
#include <variant>

namespace mailcast::delivery {

bool Named::has(const mail::Mailbox& mailbox) const {
    const auto same = [&mailbox](const mime::Address& one) {
        return mailbox.is_spelled(one.address);
    };
    return std::ranges::any_of(reading_.to, same) || std::ranges::any_of(reading_.cc, same);
}

NamedSlot Named::slot_of(const mail::Envelope& envelope, const PlannedEntity& planned) {
    for (const std::size_t slot : planned.slots) {
        if (has(envelope.recipients[slot].mailbox)) {
            return {.slot = slot, .is_named = true};
        }
    }
    return {.slot = planned.slots.front(), .is_named = names(planned.entity->id)};
}

bool Named::names(chat::EntityId entity) {
    if (!entities_) {
        entities_.emplace();
        for (const auto* list : {&reading_.to, &reading_.cc}) {
            for (const mime::Address& one : *list) {
                const auto mailbox = mail::parse_mailbox(one.address);
                if (!mailbox) {
                    continue;
                }
                const Resolution found = directory_.resolve(*mailbox);
                if (!found.found() || found.targets.size() != 1) {
                    continue;
                }
                if (const auto* const target = std::get_if<const Entity*>(&found.targets.front())) {
                    entities_->push_back((*target)->id);
                }
            }
        }
        std::ranges::sort(*entities_);
    }
    return std::ranges::binary_search(*entities_, entity);
}

} // namespace mailcast::delivery
