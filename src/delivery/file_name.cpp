#include "delivery/file_name.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace mailcast::delivery {

namespace {

constexpr std::size_t longest_extension = 20;

constexpr auto reserved_names = std::to_array<std::string_view>({"con", "prn", "aux", "nul"});

// MS-DOS device names, which Windows knows with any extension.
bool is_reserved(std::string_view name) {
    const std::string_view stem = name.substr(0, name.find('.'));
    if (std::ranges::any_of(reserved_names,
                            [stem](auto word) { return base::iequals(stem, word); })) {
        return true;
    }
    return stem.size() == 4 && base::is_digit(stem[3]) &&
           (base::istarts_with(stem, "com") || base::istarts_with(stem, "lpt"));
}

bool is_blank_or_dot(char c) {
    return c == ' ' || c == '.';
}

} // namespace

std::string safe_file_name(std::string_view name) {
    std::string safe = base::safe_line(name.substr(name.find_last_of("/\\") + 1));
    while (!safe.empty() && is_blank_or_dot(safe.back())) {
        safe.pop_back();
    }
    safe.erase(0, safe.find_first_not_of(' '));
    if (is_reserved(safe)) {
        safe.insert(safe.begin(), '_');
    }
    if (safe.size() > max_file_name) {
        const std::size_t dot = safe.rfind('.');
        std::string extension;
        if (dot != std::string::npos && safe.size() - dot <= longest_extension) {
            extension = safe.substr(dot);
        }
        safe = std::string(base::utf8_prefix(safe, max_file_name - extension.size())) + extension;
    }
    return safe;
}

} // namespace mailcast::delivery
