#include "chat/look_alike.h"

#include <gtest/gtest.h>

namespace mailcast::chat {
namespace {

struct Case {
    std::string_view name;
    std::string_view imitated;
};

TEST(LookAlikeTest, names_that_can_be_taken_for_another_have_its_skeleton) {
    constexpr Case cases[] = {
        {"Ada", "ada"},
        {"a.d.a", "ada"},
        {"a_d-a", "ada"},
        {"4d4", "ada"},
        {"\xD0\xB0"
         "d\xD0\xB0",
         "ada"},                                         // Cyrillic a
        {"\xEF\xBC\xA1\xEF\xBD\x84\xEF\xBD\x81", "ada"}, // full width
        {"\xC3\x81"
         "d\xC3\xA0",
         "ada"}, // accents
        {"a\xCC\x81"
         "da",
         "ada"}, // a combining accent
        {"a\xE2\x80\x8B"
         "da",
         "ada"},                                                     // zero width space
        {"\xF0\x9D\x90\x80\xF0\x9D\x90\x9D\xF0\x9D\x90\x9A", "ada"}, // mathematical
        {"b0b", "bob"},
        {"\xCE\xB2\xCE\xBF\xCE\xB2", "bob"}, // Greek
        {"tirn", "tim"},
        {"tlm", "tim"},
        {"vvilma", "wilma"},
        {"Pau1", "paul"},
        {"  Ada  ", "ada"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(skeleton_of(one.name), skeleton_of(one.imitated)) << one.name;
    }
}

TEST(LookAlikeTest, other_names_have_another_skeleton) {
    constexpr Case cases[] = {{"adam", "ada"},
                              {"ad", "ada"},
                              {"bea", "ada"},
                              {"ada lovelace", "ada"},
                              {"\xE4\xB8\xAD", "ada"}};
    for (const Case& one : cases) {
        EXPECT_NE(skeleton_of(one.name), skeleton_of(one.imitated)) << one.name;
    }
    EXPECT_EQ(skeleton_of(""), "");
    EXPECT_EQ(skeleton_of("\xE4\xB8\xAD\xE6\x96\x87"), "");
    EXPECT_EQ(skeleton_of("\xFF\xFE"), "");
}

} // namespace
} // namespace mailcast::chat
