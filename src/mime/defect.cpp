#include "mime/defect.h"

namespace mailcast::mime {

std::string_view describe(Defect defect) {
    switch (defect) {
    case Defect::too_deep:
        return "Multiparts are nested too deeply; the inner ones are kept as data.";
    case Defect::too_many_parts:
        return "Too many parts; the last one holds all the rest.";
    case Defect::too_long_header:
        return "A header section is too long; its end was not read.";
    case Defect::too_many_fields:
        return "Too many header fields; the last ones were not read.";
    case Defect::too_many_parameters:
        return "A field has too many parameters.";
    case Defect::no_boundary:
        return "A multipart names no boundary.";
    case Defect::boundary_not_found:
        return "The boundary of a multipart is not in its body.";
    case Defect::boundary_guessed:
        return "The boundary of a multipart was guessed.";
    case Defect::no_closing_boundary:
        return "The closing boundary of a multipart is missing.";
    case Defect::no_header_end:
        return "The empty line after a header section is missing.";
    case Defect::garbage_in_header:
        return "A line of a header section is no header field.";
    case Defect::starts_with_continuation:
        return "A header section starts with a continuation line.";
    case Defect::mbox_line:
        return "An mbox From line stands in the header.";
    case Defect::blank_start:
        return "Empty lines stand before the header.";
    case Defect::bare_cr_lines:
        return "Lines end in CR alone.";
    case Defect::unknown_encoding:
        return "A transfer encoding is unknown; the octets are kept as they are.";
    case Defect::unknown_charset:
        return "A character set is unknown; it was guessed.";
    case Defect::bad_content_type:
        return "A content type cannot be read.";
    case Defect::encoded_multipart:
        return "A multipart declares a transfer encoding.";
    case Defect::count:
        break;
    }
    return "";
}

std::vector<std::string> DefectSet::texts() const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < set_.size(); ++i) {
        if (set_.test(i)) {
            texts.emplace_back(describe(static_cast<Defect>(i)));
        }
    }
    return texts;
}

} // namespace mailcast::mime
