// Talk of IRC clients with persons of other nodes: goes the way that a PSYC client's goes, through PsycEntities.
// Hub thread; `entities` outlives it.
#pragma once

#include "chat/entity.h"
#include "front/psyc/entities.h"

#include <functional>
#include <string>
#include <string_view>

namespace mailcast::front {

class IrcElsewhere {
  public:
    explicit IrcElsewhere(PsycEntities& entities) : entities_(entities) {}

    // Tells somebody of another node something.  `answer` hears "" when it has arrived there, else what went wrong or
    // what the other node says to it, in a line; possibly several times, and not at all when nobody answers.
    void tell(const chat::Entity& person, const std::string& uniform, std::string_view text,
              bool action, std::function<void(std::string)> answer);

  private:
    PsycEntities& entities_;
};

} // namespace mailcast::front
