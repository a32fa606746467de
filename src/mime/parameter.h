// Fields of the form "value; name=value; ...": Content-Type and Content-Disposition.
// RFC 2045, 5.1; RFC 2231; RFC 2047 within parameters, which no standard allows and many programs send.
#pragma once

#include "mime/charset.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

// Bounds for one field; see Limits.
struct ParameterLimits {
    std::size_t parameters = 200;
    std::size_t text = 65'536; // octets of one decoded value
};

// One field, cut into views into its octets, which must outlive it.  May be filled again and again.
class ParameterList {
  public:
    void read(std::string_view field, const ParameterLimits& limits);

    // What stands before the first semicolon, without comments and blanks at its ends.
    std::string_view value() const { return value_; }

    bool has(std::string_view name) const;

    // A value of plain protocol text (boundary, charset, type): unquoted, not decoded, cut at a blank
    // when it was not quoted.  Pieces of RFC 2231 are put together.  "" when there is none.
    std::string token(std::string_view name, TextDecoder& decoder) const;

    // A value for people (a file name): decoded to UTF-8.
    std::optional<std::string> text(std::string_view name, TextDecoder& decoder) const;

    bool is_over_limit() const { return over_limit_; }

  private:
    struct Parameter {
        std::string_view name;  // without the asterisks
        std::string_view value; // between the quotes, when quoted
        int section = -1;       // of "name*3", -1 when whole
        bool is_extended = false;
        bool is_quoted = false;
    };

    std::string joined(std::string_view name, TextDecoder& decoder) const;
    const Parameter* plain(std::string_view name) const;

    std::string_view value_;
    std::vector<Parameter> parameters_;
    ParameterLimits limits_;
    bool over_limit_ = false;
};

} // namespace mailcast::mime
