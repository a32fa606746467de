// What the styles of the open elements say together: is text seen, is white space kept, which inline elements
// stand on lines of their own.  Only elements that change something are kept.  Values; one thread; bounded.
#pragma once

#include "text/html_style.h"
#include "text/html_tag.h"

#include <array>
#include <cstddef>

namespace mailcast::text {

class StyleScopes {
  public:
    bool empty() const { return depth_ == 0; }

    // Text has a font size of zero here.
    bool size_is_zero() const { return depth_ > 0 && top().zero; }

    WhiteSpace white_space() const { return depth_ > 0 ? top().white_space : WhiteSpace::collapse; }

    // An element with an end tag begins.  `is_inline`: it has no line breaks of its own.  True when it gets them
    // from its style.
    bool open(TagKey key, const StyleFacts& style, bool is_inline, bool believes_size);

    // True when the element that ends had line breaks from its style.
    bool close(TagKey key);

    // An element whose font size is zero has not been closed.
    bool has_open_zero() const;

  private:
    struct Scope {
        TagKey key = 0;
        std::size_t open = 0; // elements of this name within, and itself
        bool zero = false;
        bool is_block = false;
        WhiteSpace white_space = WhiteSpace::collapse;
    };

    static constexpr std::size_t most = 32;

    const Scope& top() const { return scopes_[depth_ - 1]; }

    std::array<Scope, most> scopes_{};
    std::size_t depth_ = 0;
};

} // namespace mailcast::text
