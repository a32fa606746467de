// What a SIGHUP can change and what it cannot.  Pure.
#pragma once

#include "app/configuration/configuration.h"

#include <string>
#include <vector>

namespace mailcast::app {

// Keys whose new value does nothing before a restart: names, places on disk, addresses of listeners.
std::vector<std::string> needs_restart(const Configuration& running, const Configuration& wanted);

// `wanted` with what needs a restart left as it is.
Configuration reloaded(const Configuration& running, Configuration wanted);

} // namespace mailcast::app
