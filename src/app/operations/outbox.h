// `mailcast outbox list|show|retry|drop`: what waits to go elsewhere, over a Store.  The same whether the daemon carries
// it out or the command line itself.  Any thread; `done` once, on a thread of the store or the caller's.
#pragma once

#include "app/operations/operations.h"
#include "store/store.h"

#include <functional>
#include <string_view>

namespace mailcast::app {

inline bool is_outbox_verb(std::string_view verb) {
    return verb.starts_with("outbox ");
}

// `changed` is called before `done` when the daemon has to look at the outbox again.
void perform_outbox(store::Store& store, const Request& request,
                    const std::function<void()>& changed, std::function<void(Reply)> done);

} // namespace mailcast::app
