#include "text/page_links.h"

#include "text/link_target.h"

namespace mailcast::text {

void PageLinks::open(std::string_view href) {
    close();
    if (href.empty()) {
        return;
    }
    target_ = shown_target(href, longest_);
    writer_.mark();
}

void PageLinks::close() {
    if (target_.empty()) {
        return;
    }
    const std::string_view text = writer_.text_since_mark();
    if (text.empty()) {
        if (lone_.empty()) {
            lone_ = target_;
        }
    } else if (target_ != last_ && !says_target(text, target_)) {
        writer_.append_target(target_);
        last_.swap(target_);
    }
    target_.clear();
}

void PageLinks::finish() {
    close();
    if (writer_.empty() && !lone_.empty()) {
        writer_.append_target(lone_);
    }
}

} // namespace mailcast::text
