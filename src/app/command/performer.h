// Carries a Request out for the command line: by the running daemon when there is one, else on the
// store itself, which is opened under its lock.  Blocks.  One thread.
#pragma once

#include "app/configuration/configuration.h"
#include "app/operations/operations.h"

#include <functional>
#include <string_view>

namespace mailcast::app {

// Writes what the Request gives to `out`, piece by piece, and returns the Reply without it.
Reply perform(const Configuration& configuration, const Request& request,
              const std::function<void(std::string_view)>& out);

} // namespace mailcast::app
