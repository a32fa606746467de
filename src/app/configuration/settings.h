// All keys of the configuration as data: what reads the file, what suggests the nearest key, and
// what compares the manual with the program (`mailcast settings`) go by this one table.
#pragma once

#include <span>
#include <string_view>

namespace mailcast::app {

struct Setting {
    std::string_view key;  // dotted; "listener." stands for each [[listener]]
    std::string_view type; // for people: "string", "size", "list of domains"...
    std::string_view preset;
    std::string_view meaning; // one line
};

// In the order of the manual.
std::span<const Setting> settings();

// The known key nearest to `key` by edit distance, "" when none is near enough to be meant.
std::string_view nearest_setting(std::string_view key);

// The candidate nearest to `word`, by the same measure.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// The same, however far it is.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace mailcast::app
