// What can be wrong with the form of a mail.  Each is said once, however often it occurs.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

enum class Defect : std::uint8_t {
    too_deep,
    too_many_parts,
    too_long_header,
    too_many_fields,
    too_many_parameters,
    no_boundary,
    boundary_not_found,
    boundary_guessed,
    no_closing_boundary,
    no_header_end,
    garbage_in_header,
    starts_with_continuation,
    mbox_line,
    blank_start,
    bare_cr_lines,
    unknown_encoding,
    unknown_charset,
    bad_content_type,
    encoded_multipart,
    count
};

std::string_view describe(Defect defect);

class DefectSet {
  public:
    void add(Defect defect) { set_.set(static_cast<std::size_t>(defect)); }

    std::vector<std::string> texts() const;

  private:
    std::bitset<static_cast<std::size_t>(Defect::count)> set_;
};

} // namespace mailcast::mime
