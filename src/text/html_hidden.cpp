#include "text/html_hidden.h"

#include <algorithm>

namespace mailcast::text {

bool HiddenParts::hides(const Tag& tag, Element element, const StyleFacts& style,
                        std::size_t at) const {
    return believes_ && tag.has_attributes &&
           (is_hidden(tag, element, style) || (style.same_color && !sets_color_inside(tag, at)));
}

void HiddenParts::skip_dropped(const Tag& tag, std::size_t& at) {
    if (!tag.self_closing && dropped_close_) {
        skip(tag, Element::dropped, at);
    }
}

void HiddenParts::skip_raw(const Tag& tag, std::size_t& at) {
    if (tag.self_closing && tag.key != tag_key("script") && tag.key != tag_key("style")) {
        return;
    }
    constexpr std::array<std::string_view, 4> names = {"style", "script", "title", "iframe"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (tag.key != tag_key(names[i]) || never_closed_[i]) {
            continue;
        }
        const std::size_t end = tags_.find_closing(names[i], at);
        if (end == std::string_view::npos) {
            // Cut off: what follows up to the next tag is still no text.
            never_closed_[i] = true;
            break;
        }
        if (tag.key == tag_key("style")) {
            sheet_.read(html_.substr(at, end - at));
        }
        at = end;
        return;
    }
    at = std::min(html_.find('<', at), html_.size());
}

bool HiddenParts::is_hidden(const Tag& tag, Element element, const StyleFacts& style) const {
    if (tag.hidden || style.hidden) {
        return element != Element::line_break && tag.key != tag_key("body") &&
               tag.key != tag_key("html");
    }
    // Alone it hides from Outlook what others see, such as the link of a button.
    if (style.office_hide && (tag.key == tag_key("div") || tag.key == tag_key("span"))) {
        return true;
    }
    return !style.displayed && sheet_.hides(tag.class_names, tag.id) &&
           element != Element::line_break && tag.key != tag_key("body") &&
           tag.key != tag_key("html");
}

// Moves behind the element.  It ends with its own end tag, or, for those that need none, with what
// browsers take as their end.  An element that never ends is not believed to be hidden.
void HiddenParts::skip(const Tag& tag, Element element, std::size_t& at) {
    hid_something_ = true;
    if (is_void(element) || tag.self_closing || element == Element::raw) {
        if (element == Element::raw) {
            skip_raw(tag, at);
        }
        return;
    }
    std::size_t open = 1;
    std::size_t tables = 0; // open inside
    std::size_t lists = 0;
    std::size_t next = at;
    Tag inner;
    while (next < html_.size()) {
        next = html_.find('<', next);
        if (next == std::string_view::npos) {
            break;
        }
        const std::size_t start = next;
        if (tags_.read(next, inner) != TagReader::Kind::tag) {
            continue;
        }
        const Element kind = element_of(inner.key);
        const bool table_part = kind == Element::row || (kind == Element::cell && !inner.closing) ||
                                (kind == Element::table && inner.closing);
        const bool list_part =
            (kind == Element::item && !inner.closing) ||
            ((kind == Element::list || kind == Element::numbered_list) && inner.closing);
        const bool breaks_paragraph = kind == Element::paragraph || kind == Element::block ||
                                      kind == Element::table || table_part;
        if ((element == Element::cell && table_part && tables == 0) ||
            (element == Element::row && tables == 0 && kind != Element::cell && table_part) ||
            (element == Element::item && list_part && lists == 0) ||
            (tag.key == tag_key("p") && breaks_paragraph)) {
            if (!(inner.closing && inner.key == tag.key)) {
                at = start;
                return;
            }
        }
        if (inner.closing) {
            tables -= kind == Element::table && tables > 0 ? 1 : 0;
            lists -= (kind == Element::list || kind == Element::numbered_list) && lists > 0 ? 1 : 0;
            if (inner.key == tag.key && --open == 0) {
                at = next;
                return;
            }
        } else {
            tables += kind == Element::table ? 1 : 0;
            lists += kind == Element::list || kind == Element::numbered_list ? 1 : 0;
            if (kind == Element::raw) {
                skip_raw(inner, next);
            } else if (inner.key == tag.key && !inner.self_closing) {
                ++open;
            }
        }
    }
    (element == Element::dropped ? dropped_close_ : believes_) = false;
}

// Then what is inside can be read.  Also true when it is longer than text that is meant to be unseen.
bool HiddenParts::sets_color_inside(const Tag& tag, std::size_t at) const {
    constexpr std::size_t longest = 2'000;
    const std::string_view window = html_.substr(at, longest);
    std::size_t open = 1;
    for (std::size_t next = window.find('<'); next != std::string_view::npos;
         next = window.find('<', next + 1)) {
        const bool closing = window.substr(next).starts_with("</");
        const std::string_view name = window.substr(next + (closing ? 2 : 1));
        if (tag_key(name.substr(0, name.find_first_of(" />\t\r\n"))) == tag.key) {
            open = closing ? open - 1 : open + 1;
        }
        if (open == 0) {
            const std::string_view inside = window.substr(0, next);
            return inside.contains("olor") || inside.contains("OLOR");
        }
    }
    return true;
}

} // namespace mailcast::text
