// The classes and ids that the style sheets of a page hide, and the paragraphs that they leave no room around.  Views into the page, bounded, linear; one thread.
//
// What it will not do: cascade, inheritance, selectors of more than one step.  A rule for small screens, for
// print or for dark mode does not count: what is read is what a wide window shows.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

namespace mailcast::text {

// A few names of classes and ids, each with its '.' or '#' in front.  Full: further ones are not taken.
class StyleNames {
  public:
    void set(std::string_view name, bool is_in);

    // True when it has the id or one of the classes.
    bool has_one_of(std::string_view class_names, std::string_view id) const;

  private:
    static constexpr std::size_t most = 64;

    bool has(char kind, std::string_view name) const;

    std::vector<std::string_view> names_; // pages without a sheet do not pay for it
    std::bitset<256> letters_; // last letters of the names: most elements need no further look
};

class StyleSheet {
  public:
    // One <style> element.  The page must outlive this.
    void read(std::string_view sheet);

    // True for an element with one of these classes, or this id; both as they stand in the page.
    bool hides(std::string_view class_names, std::string_view id) const {
        return hidden_.has_one_of(class_names, id);
    }

    // True for a <p> that stands close to its neighbours, like the lines of a text.  The class that Outlook gives its
    // lines is believed when the sheet was lost, as it is in answers by other programs.
    bool is_tight_paragraph(std::string_view class_names, std::string_view id) const {
        return tight_.has_one_of(class_names, id) ||
               ((paragraphs_are_tight_ || class_names.contains("MsoNormal")) &&
                !roomy_.has_one_of(class_names, id));
    }

  private:
    void read_rule(std::string_view selectors, std::string_view declarations);

    StyleNames hidden_;
    StyleNames tight_;
    StyleNames roomy_;
    bool paragraphs_are_tight_ = false; // those without a class that says otherwise
};

} // namespace mailcast::text
