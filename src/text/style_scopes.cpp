#include "text/style_scopes.h"

#include <algorithm>

namespace mailcast::text {

bool StyleScopes::open(TagKey key, const StyleFacts& style, bool is_inline, bool believes_size) {
    Scope scope{.key = key,
                .open = 1,
                .zero = size_is_zero(),
                .is_block = is_inline && style.is_block,
                .white_space = white_space()};
    if (believes_size && style.font_size != FontSize::unsaid) {
        scope.zero = style.font_size == FontSize::zero;
    }
    if (style.white_space != WhiteSpace::unsaid) {
        scope.white_space = style.white_space;
    }
    const bool changes =
        scope.is_block || scope.zero != size_is_zero() || scope.white_space != white_space();
    if (changes && depth_ < most) {
        scopes_[depth_++] = scope;
    } else if (depth_ > 0 && top().key == key) {
        ++scopes_[depth_ - 1].open;
    }
    return scope.is_block;
}

bool StyleScopes::close(TagKey key) {
    if (depth_ == 0 || top().key != key || --scopes_[depth_ - 1].open > 0) {
        return false;
    }
    return scopes_[--depth_].is_block;
}

bool StyleScopes::has_open_zero() const {
    return std::any_of(scopes_.begin(), scopes_.begin() + static_cast<std::ptrdiff_t>(depth_),
                       [](const Scope& scope) { return scope.zero; });
}

} // namespace mailcast::text
