// Whom the To and Cc of a mail name: those recipients may be shown to each other, and may talk about it.  Pure.
#pragma once

#include "chat/note.h"
#include "delivery/directory.h"
#include "delivery/plan.h"
#include "delivery/reading.h"
#include "mail/envelope.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

// One of the recipients that lead to an entity.
struct NamedSlot {
    std::size_t slot = 0; // in the Envelope
    bool is_named = false;
};

class Named {
  public:
    // Both outlive it.
    Named(const Reading& reading, const Directory& directory)
        : reading_(reading), directory_(directory) {}

    // By which of its slots To or Cc name the entity; its first one when they do not, or when they write the
    // address in another way (~ada@, a topic, dots).  An alias with several targets names none of them.
    NamedSlot slot_of(const mail::Envelope& envelope, const PlannedEntity& planned);

    // True when To or Cc have this very address; case does not matter.
    bool has(const mail::Mailbox& mailbox) const;

  private:
    bool names(chat::EntityId entity);

    const Reading& reading_;
    const Directory& directory_;
    std::optional<std::vector<chat::EntityId>> entities_; // sorted; once somebody asked
};

} // namespace mailcast::delivery
