// Tags of HTML: where one ends, its name, the few attributes that matter for text.
// Pure; any thread; reading all tags of a page is linear in the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailcast::text {

// Name of an element as a number: its first eight letters in lower case; bit 63 is set for longer
// names.
using TagKey = std::uint64_t;

constexpr TagKey tag_key(std::string_view name) {
    TagKey key = 0;
    for (std::size_t i = 0; i < name.size() && i < 8; ++i) {
        const char c = name[i];
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        key |= static_cast<TagKey>(static_cast<unsigned char>(lower) & 0x7FU) << (8 * i);
    }
    return name.size() > 8 ? key | (TagKey{1} << 63U) : key;
}

// Views into the page; values are not decoded.  One Tag serves for many tags of a page.
struct Tag {
    // Says nothing again.  Most tags have no attributes: then there are no views to clear.
    void clear() {
        if (has_attributes) {
            *this = Tag{};
        }
        key = 0;
        closing = self_closing = false;
    }

    TagKey key = 0;
    bool closing = false;
    bool self_closing = false;
    bool hidden = false;         // the attribute
    bool is_checkbox = false;    // type=checkbox
    bool checked = false;        // the attribute
    bool has_attributes = false; // that are kept here
    std::string_view href;
    std::string_view alt;
    std::string_view style;
    std::string_view class_names;
    std::string_view id;
    std::string_view start; // of a list
    std::string_view value; // of a list item
};

class TagReader {
  public:
    enum class Kind {
        text, // the '<' stands for itself
        skip, // a comment or declaration
        tag
    };

    // The page must outlive the reader and its tags.
    explicit TagReader(std::string_view html) : html_(html) {}

    // `at` is the offset of a '<' and is moved behind the markup (behind the '<' for Kind::text).  What `tag`
    // held is gone.
    Kind read(std::size_t& at, Tag& tag);

    // Offset of "</name" at or behind `from`; npos when there is none.
    std::size_t find_closing(std::string_view name, std::size_t from) const;

  private:
    Kind read_comment(std::size_t& at);
    std::size_t read_attributes(std::size_t at, Tag& tag) const;
    std::size_t read_value(std::size_t at, std::string_view& value) const;

    std::string_view html_;
    bool comments_close_ = true; // false: no "-->" is left in the page
    bool tags_close_ = true;     // false: no '>' is left in the page
    bool quotes_count_ = true;   // false: the quotes of this page are hopeless, '>' ends a tag
};

} // namespace mailcast::text
