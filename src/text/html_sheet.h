// The classes and ids that the style sheets of a page hide.  Views into the page, bounded, linear; one thread.
//
// What it will not do: cascade, inheritance, selectors of more than one step.  A rule for small screens, for
// print or for dark mode does not count: what is read is what a wide window shows.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>

namespace mailcast::text {

class StyleSheet {
  public:
    // One <style> element.  The page must outlive this.
    void read(std::string_view sheet);

    // True for an element with one of these classes, or this id; both as they stand in the page.
    bool hides(std::string_view class_names, std::string_view id) const;

  private:
    static constexpr std::size_t most_names = 64;

    void read_rule(std::string_view selectors, std::string_view declarations);
    void set(std::string_view name, bool hidden);
    bool has(char kind, std::string_view name) const;

    std::array<std::string_view, most_names> names_{}; // with the '.' or '#' in front
    std::size_t count_ = 0;
    std::bitset<256> letters_; // last letters of the names: most elements need no further look
};

} // namespace mailcast::text
