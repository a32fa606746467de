// The links of a page: the target of each goes behind its text as " <target>", once, and not when the text says it
// already.  Owns the targets it waits with, at most three of the size that is allowed for one.  One thread.
#pragma once

#include "text/page_writer.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::text {

class PageLinks {
  public:
    // `longest`: octets of a target; a longer one is not shown.  The writer must outlive this.
    PageLinks(PageWriter& writer, std::size_t longest) : writer_(writer), longest_(longest) {}

    // A link begins; `href` as it stands in the page, "" when it is none.  Ends the one that is open.
    void open(std::string_view href);
    void close();

    // At the end of the page.  One that shows nothing shows the first link that had no text: better than nothing.
    void finish();

  private:
    PageWriter& writer_;
    std::size_t longest_;
    std::string target_; // of the open link, ready to show; "" when there is none to show
    std::string last_;   // shown last
    std::string lone_;   // of the first link that had nothing to show
};

} // namespace mailcast::text
