// A page of a long text: whole lines of it, broken to a width, and where the next page begins.
// Pure; any thread; linear in what it looks at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

struct TextPage {
    std::vector<std::string> lines; // each at most `octets`, UTF-8, without white space at its end
    std::size_t next = 0; // octet of the text where the rest begins; its size when there is none
    std::size_t lines_left = 0; // lines of the rest that are not blank
};

struct PageForm {
    std::size_t lines = 40;   // at most, at least 1
    std::size_t octets = 280; // of a line, at least 4
    bool blank_lines = false; // else they are left out
};

// From octet `from` on, which is the beginning or the `next` of another page.  A tab is shown as blanks.
TextPage page_of(std::string_view text, std::size_t from, const PageForm& form);

// "1 line", "5 lines"
std::string counted(std::size_t amount, std::string_view noun);

// "17 octets", "12.3 KB", "4.5 MB"
std::string shown_size(std::size_t octets);

} // namespace mailcast::front
