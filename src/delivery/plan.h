// What is to be done with one mail, for all its recipients.  Values; any thread.
// Entities are pointers into the Directory that the plan was made with: keep that alive.
//
// A slot is the index of an accepted recipient in Envelope::recipients; each gets exactly one
// reply. An alias leads from one slot to several entities, and several slots may lead to the same
// entity, which gets the mail once.
#pragma once

#include "delivery/directory.h"
#include "mail/disposition.h"
#include "mail/status.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mailcast::delivery {

// One entity whose log gets the mail, and the slots that lead to it.
struct PlannedEntity {
    const Entity* entity = nullptr;
    std::vector<std::size_t> slots;
    bool is_held =
        false; // not into the log: kept until the person has said what is to become of it
};

// One uniform of another node, and the slots that lead to it.
struct PlannedRemote {
    std::string uniform;
    std::vector<std::size_t> slots;
};

// The answer for one accepted recipient so far, and where it leads.
struct PlannedSlot {
    // deliver: at least one entity may take the mail.  hold: those who may all hold it.  reject: none does.  defer: one cannot be
    // reached now; those in `entities` get the mail all the same, and know it again when it is
    // handed in anew.
    mail::Disposition disposition;
    std::vector<std::size_t> entities; // indices into Plan::entities
    std::vector<std::size_t> remotes;  // indices into Plan::remotes
};

struct Plan {
    std::vector<PlannedSlot> slots;      // one for each recipient of the envelope, in order
    std::vector<PlannedEntity> entities; // each once, in slot order
    std::vector<PlannedRemote> remotes;  // each once, in slot order
};

// One reply from the outcomes of several targets.  A temporary failure wins: the mail is handed in
// again, and who has it already does not see it twice.  Else any success wins: a member of an alias
// who does not want a mail must not make it bounce.  `outcomes` must not be empty.
mail::Status combined_outcome(std::span<const mail::Status> outcomes);

// The reply for `slot` once it is known what became of each of plan.entities and plan.remotes (same orders).
mail::Status slot_outcome(const Plan& plan, std::size_t slot,
                          std::span<const mail::Status> entity_outcomes,
                          std::span<const mail::Status> remote_outcomes = {});

} // namespace mailcast::delivery
