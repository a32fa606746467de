#include "smtp/parameters.h"

#include "base/ascii.h"

#include <algorithm>
#include <cstddef>

namespace mailcast::smtp {

bool Parameter::is(std::string_view name) const {
    return base::iequals(keyword, name);
}

std::optional<Parameter> Parameters::next() {
    if (malformed_ || left_.empty()) {
        return std::nullopt;
    }
    if (left_.front() != ' ') {
        malformed_ = true; // something sticks to the path
        return std::nullopt;
    }
    left_.remove_prefix(std::min(left_.find_first_not_of(' '), left_.size()));
    if (left_.empty()) {
        return std::nullopt;
    }
    const std::size_t end = std::min(left_.find(' '), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(end);

    const std::size_t equals = word.find('=');
    Parameter parameter{.keyword = word.substr(0, equals), .value = std::nullopt};
    bool good = !parameter.keyword.empty() && base::is_alnum(parameter.keyword.front()) &&
                std::ranges::all_of(parameter.keyword,
                                    [](char c) { return base::is_alnum(c) || c == '-'; });
    if (equals != std::string_view::npos) {
        // esmtp-value = 1*(%d33-60 / %d62-126): any character but "=", space and controls.
        const std::string_view value = word.substr(equals + 1);
        parameter.value = value;
        good = good && !value.empty() && value.find('=') == std::string_view::npos;
    }
    if (!good) {
        malformed_ = true;
        return std::nullopt;
    }
    return parameter;
}

} // namespace mailcast::smtp
