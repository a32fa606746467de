// What `mailcast status --prometheus` prints: the same state as status_text.h in the text exposition
// format of Prometheus, for the textfile collector of its node exporter.  Pure.
#pragma once

#include "app/command/status_text.h"

#include <string>

namespace mailcast::app {

std::string status_metrics(const RunningState& state);

} // namespace mailcast::app
