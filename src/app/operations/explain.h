// `mailcast explain`: where a mail would go and why, without sending it; from the same answer_for() as every door.
// Pure: the caller brings the Directory and the Policy, which a running server has with all it knows.
#pragma once

#include "app/operations/operations.h"
#include "delivery/directory.h"
#include "delivery/policy.h"

namespace mailcast::app {

// request.name is the ADDRESS; request.values are "from=ADDRESS" and "origin=internal|external", each of which may be
// left out: the sender is then unknown, and both origins are told.
Reply explain(const Request& request, const delivery::Directory& directory,
              const delivery::Policy& policy);

} // namespace mailcast::app
