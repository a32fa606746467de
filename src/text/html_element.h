// What each element of HTML means for running text.  Pure; any thread.
#pragma once

#include "text/html_tag.h"

namespace mailcast::text {

enum class Element {
    inline_, // everything that is not named here
    void_,   // has no content and says nothing
    link,
    block,
    paragraph, // and headings: a blank line around
    line_break,
    rule,
    list,
    numbered_list,
    item,
    definition_list,
    definition_term,
    definition,
    quote,
    table,
    row,
    cell,
    image,
    preformatted,
    button, // inline, but never glued to its neighbours
    raw,    // its content is not text of the page and is not markup either
    dropped // neither it nor what is in it is text of the page
};

constexpr Element element_of(TagKey key) {
    switch (key) {
    case tag_key("a"):
        return Element::link;
    case tag_key("div"):
    case tag_key("center"):
    case tag_key("section"):
    case tag_key("article"):
    case tag_key("header"):
    case tag_key("footer"):
    case tag_key("main"):
    case tag_key("nav"):
    case tag_key("aside"):
    case tag_key("address"):
    case tag_key("form"):
    case tag_key("fieldset"):
    case tag_key("legend"):
    case tag_key("figure"):
    case tag_key("figcaption"):
    case tag_key("caption"):
    case tag_key("details"):
    case tag_key("summary"):
    case tag_key("option"):
    case tag_key("dir"):
    case tag_key("body"):
        return Element::block;
    case tag_key("p"):
    case tag_key("h1"):
    case tag_key("h2"):
    case tag_key("h3"):
    case tag_key("h4"):
    case tag_key("h5"):
    case tag_key("h6"):
        return Element::paragraph;
    case tag_key("br"):
        return Element::line_break;
    case tag_key("hr"):
        return Element::rule;
    case tag_key("ul"):
    case tag_key("menu"):
        return Element::list;
    case tag_key("ol"):
        return Element::numbered_list;
    case tag_key("li"):
        return Element::item;
    case tag_key("dl"):
        return Element::definition_list;
    case tag_key("dt"):
        return Element::definition_term;
    case tag_key("dd"):
        return Element::definition;
    case tag_key("blockquote"):
        return Element::quote;
    case tag_key("table"):
        return Element::table;
    case tag_key("tr"):
        return Element::row;
    case tag_key("td"):
    case tag_key("th"):
        return Element::cell;
    case tag_key("img"):
        return Element::image;
    case tag_key("pre"):
    case tag_key("listing"):
    case tag_key("xmp"):
        return Element::preformatted;
    case tag_key("button"):
    case tag_key("label"):
    case tag_key("video"):
    case tag_key("audio"):
    case tag_key("canvas"):
    case tag_key("object"):
        return Element::button;
    case tag_key("style"):
    case tag_key("script"):
    case tag_key("title"):
    case tag_key("iframe"):
        return Element::raw;
    case tag_key("svg"):
    case tag_key("annotation"): // of a formula: the same once more
    case tag_key("template"):
    case tag_key("xml"):
    case tag_key("noframes"):
    case tag_key("datalist"):
        return Element::dropped;
    case tag_key("area"):
    case tag_key("base"):
    case tag_key("col"):
    case tag_key("embed"):
    case tag_key("input"):
    case tag_key("link"):
    case tag_key("meta"):
    case tag_key("param"):
    case tag_key("source"):
    case tag_key("track"):
    case tag_key("wbr"):
        return Element::void_;
    default:
        return Element::inline_;
    }
}

// Elements that have no end tag.
constexpr bool is_void(Element element) {
    return element == Element::void_ || element == Element::line_break ||
           element == Element::rule || element == Element::image;
}

} // namespace mailcast::text
