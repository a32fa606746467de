// The daemon: opens the store and the listeners of a configuration and runs until a signal ends it.
// SIGTERM and SIGINT drain: transactions in flight are finished and answered.  SIGHUP reloads.
#pragma once

#include "app/configuration/configuration.h"

namespace mailcast::app {

// Exit status of the program; what went wrong is on standard error.
int serve(const Configuration& configuration);

} // namespace mailcast::app
