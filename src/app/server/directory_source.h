// The Directory of a node, from its settings and its accounts.
#pragma once

#include "app/configuration/configuration.h"
#include "delivery/directory.h"
#include "store/store.h"

#include <memory>

namespace mailcast::app {

// Made anew whenever accounts or settings change.
std::shared_ptr<const delivery::Directory> make_directory(const Configuration& configuration,
                                                          const store::Accounts& accounts);

} // namespace mailcast::app
