// HTML to readable text: paragraphs, lists, quotes, links with their target, tables by row, images
// by their alt text.  One pass of an own tokenizer over the page, no tree, no recursion: time is
// linear in the page whatever its form, state is bounded (64 open structures), the output is
// capped. Nothing is fetched.  Style, script, comments and text that the sender hid from the eye
// are left out. Pure; any thread.
//
// What it will not do: run scripts, apply style sheets (but for classes and ids that they hide), lay
// out columns, guess colours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::text {

struct HtmlLimits {
    std::size_t output = 1'048'576; // octets; past it the text ends
    std::size_t target = 2'048;     // octets of a link target; a longer one is not shown
};

// `html` is UTF-8 (broken octets become U+FFFD).  The result is UTF-8 with LF, safe to show: no
// controls but LF, no bidirectional overrides; no white space at the end of the text.
std::string html_to_text(std::string_view html, const HtmlLimits& limits = {});

} // namespace mailcast::text
