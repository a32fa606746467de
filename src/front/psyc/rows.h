// One line of a table of methods: who answers what.  For the sources of PsycEntities only.
#pragma once

#include "front/psyc/entities.h"

#include <string_view>

namespace mailcast::front {

// The first row that the method is or inherits from wins: the special ones stand in front.
struct PsycEntities::Row {
    std::string_view method;
    Handler handler;
};

} // namespace mailcast::front
