// The parameters behind a path in MAIL and RCPT ("SIZE=1000 BODY=8BITMIME"), one after the other.
// Works in place.  RFC 5321 4.1.2: esmtp-keyword ["=" esmtp-value].
#pragma once

#include <optional>
#include <string_view>

namespace mailcast::smtp {

struct Parameter {
    std::string_view keyword; // as written; compare without case
    std::optional<std::string_view> value;

    bool is(std::string_view name) const;
};

class Parameters {
  public:
    // `text` is what follows the path: empty, or with a space in front.
    explicit Parameters(std::string_view text) : left_(text) {}

    // Nothing at the end, and nothing once malformed() is true.
    std::optional<Parameter> next();

    bool malformed() const { return malformed_; }

  private:
    std::string_view left_;
    bool malformed_ = false;
};

} // namespace mailcast::smtp
