// What is to be done for one Recipient, with the Status that says so to the peer.  A value.
#pragma once

#include "mail/status.h"

namespace mailcast::mail {

struct Disposition {
    enum class Action { deliver, hold, reject, defer };

    Action action = Action::deliver;
    Status
        status; // for reject and defer: the reply; for deliver and hold it is made after the commit
    std::string rule; // which rule decided, for the log and `explain`
};

} // namespace mailcast::mail
