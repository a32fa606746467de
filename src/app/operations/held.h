// `mailcast held`: what is held for a person, and what becomes of it.  Over the same chat::Held that persons use in chat.
#pragma once

#include "app/operations/operations.h"
#include "chat/held.h"

#include <functional>

namespace mailcast::app {

// request.values: nothing or "list"; or "release", "always" or "never" and a number or an address.  Called on the
// thread of `held`; `done` is called once.
void perform_held(chat::Held& held, chat::EntityId person, const Request& request,
                  std::function<void(Reply)> done);

} // namespace mailcast::app
