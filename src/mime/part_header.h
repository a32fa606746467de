// The Content-* fields of one header section, read into a Part.  RFC 2045, 2183, 2387, 3676.
#pragma once

#include "mime/charset.h"
#include "mime/defect.h"
#include "mime/message.h"
#include "mime/parameter.h"

#include <string>
#include <string_view>

namespace mailcast::mime {

// Views of the first Content-* field of each name; values folded as they stand.
struct ContentFields {
    std::string_view type;
    std::string_view encoding;
    std::string_view disposition;
    std::string_view id;

    // Takes the field when it is one of these.
    void offer(std::string_view name, std::string_view value);
};

// Owned by one parse; keeps its buffers from part to part.
class PartHeaderReader {
  public:
    PartHeaderReader(const Limits& limits, DefectSet& defects)
        : limits_(limits), defects_(defects) {}

    // Fills all of `part` that its header says.  `default_type` is what a part without Content-Type has.
    // Returns the boundary of a multipart, "" otherwise.
    std::string read(const ContentFields& fields, std::string_view default_type, Part& part);

  private:
    std::string read_type(std::string_view field, std::string_view default_type, Part& part);
    void read_disposition(std::string_view field, Part& part);
    void read_encoding(std::string_view field, Part& part);
    void read(std::string_view field);

    const Limits& limits_;
    DefectSet& defects_;
    ParameterList parameters_;
    TextDecoder decoder_;
};

} // namespace mailcast::mime
