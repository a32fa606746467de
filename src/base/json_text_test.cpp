#include "base/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::base {
namespace {

TEST(JsonText, strings_are_escaped_and_repaired) {
    const struct {
        std::string_view text;
        std::string_view json;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"a\nb\tc\rd", "\"a\\nb\\tc\\rd\""},
        {std::string_view("\0\x1B\x7F", 3), "\"\\u0000\\u001b\\u007f\""},
        {"\xC3\xBC\xF0\x9F\x98\x80", "\"\xC3\xBC\xF0\x9F\x98\x80\""},
        {"\xE2\x80\xA8\xC2\x85", "\"\\u2028\\u0085\""},
        {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
    };

    for (const auto& c : cases) {
        std::string out;
        append_json_string(out, c.text);
        EXPECT_EQ(out, c.json);
    }
}

TEST(JsonText, members_and_elements_are_separated) {
    JsonWriter json;
    json.begin_object().member("a", "b").key("list").begin_array();
    json.number(1).begin_object().end_object().boolean(true).null();
    json.end_array().key("n").number(18446744073709551615U).end_object();
    EXPECT_EQ(json.text(), R"({"a":"b","list":[1,{},true,null],"n":18446744073709551615})");
}

} // namespace
} // namespace mailcast::base
