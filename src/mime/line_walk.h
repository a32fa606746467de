// The lines of a message, whatever ends them, and word to who asked how far the walk has come.  Views into the
// octets, which must outlive it; nothing is kept.  One thread; linear in what is walked over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

namespace mailcast::mime {

struct Line {
    std::string_view text; // without its end
    std::size_t next = 0;  // start of the next line
};

class LineWalk {
  public:
    // `passed` may be empty; otherwise it is called about every megabyte, with the offset.
    LineWalk(std::string_view octets, std::function<void(std::size_t)> passed);

    // Lines end in CR alone.  Mail of some old programs does that; then it is the line end of the whole.
    bool ends_in_cr() const { return eol_ == '\r'; }

    // Offset of the octet that ends the line, or the size of the octets.
    std::size_t find_end(std::size_t at) {
        while (at < octets_.size()) {
            const std::size_t span = std::min(octets_.size() - at, passed_step);
            const void* found = std::memchr(octets_.data() + at, eol_, span);
            if (found != nullptr) {
                return static_cast<std::size_t>(static_cast<const char*>(found) - octets_.data());
            }
            at += span;
            tell(at);
        }
        return octets_.size();
    }

    Line line_at(std::size_t at);

    // Where the text ends in front of the line that starts at `line_start`.
    std::size_t end_before(std::size_t line_start) const;

    // The walk has come to `at`.
    void tell(std::size_t at) {
        if (passed_ && at >= told_ + passed_step) {
            told_ = at;
            passed_(at);
        }
    }

  private:
    static constexpr std::size_t passed_step = 1'048'576;

    std::string_view octets_;
    std::function<void(std::size_t)> passed_;
    std::size_t told_ = 0;
    char eol_;
};

} // namespace mailcast::mime
