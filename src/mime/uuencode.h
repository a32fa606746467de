// uuencode, as a transfer encoding (x-uuencode) and as blocks within text; yEnc blocks within text are
// found, too.  POSIX uuencode; the yEnc draft 1.3.
#pragma once

#include "mime/output.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

// A body in whole lines.  What stands before "begin" and behind "end" is left out; when there is no
// "begin" at all, all of it is data.
class UuDecoder {
  public:
    explicit UuDecoder(Output& output) : output_(output) {}

    void feed(std::string_view lines);

    bool has_begun() const { return state_ != State::before; }

    // For a body that has_begun() never became true of: feed it anew after this.
    void begin() { state_ = State::inside; }

  private:
    enum class State { before, inside, after };

    Output& output_;
    State state_ = State::before;
    bool is_certain_ = false; // a "begin" line was there
};

// A file within plain text: octets [begin, end) of the text are its lines, to be cut out and shown as
// an attachment.
struct EmbeddedFile {
    enum class Form { uuencode, yenc };

    Form form = Form::uuencode;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view name;  // a view into the text; as the sender wrote it
    std::uint64_t size = 0; // decoded octets; for yEnc what the block declares
};

// At most `max` of them, in the order of the text.  Linear.
std::vector<EmbeddedFile> find_embedded_files(std::string_view text, std::size_t max = 1'000);

} // namespace mailcast::mime
