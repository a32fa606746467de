// A Reading as the JSON object that `mailcast parse --json` prints (DESIGN 5.2).  Pure; any thread.
// to, cc, reply_to: arrays of {name, addr}.  date: RFC 3339 in UTC, or null.  in_reply_to: the first id.
#pragma once

#include "base/json_text.h"
#include "delivery/reading.h"

#include <string>

namespace mailcast::delivery {

// The whole object, one line, without a line end.
std::string to_json(const Reading& reading);

// Only its members, into an object that the caller has begun: `mail show --json` has more of them.
void write_members(base::JsonWriter& json, const Reading& reading);

} // namespace mailcast::delivery
