// The table of commands that an IRC client can give.  A new command is one row here and one function of IrcFront.
#pragma once

#include "front/irc/front.h"

#include <cstddef>
#include <string_view>

namespace mailcast::front {

struct IrcCommandRow {
    std::string_view name;
    void (IrcFront::*handler)(const irc::Message&) = nullptr;
    std::size_t params = 0; // at least so many
    bool early = false;     // also before registration
};

// Without case; nullptr for what there is not.
const IrcCommandRow* find_irc_command(std::string_view name);

} // namespace mailcast::front
