#include "text/enriched.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::text {
namespace {

TEST(Enriched, formatting_goes_and_line_ends_follow_rfc_1896) {
    EXPECT_EQ(enriched_to_text("<bold>Now</bold> is the time for <italic>all</italic>\ngood men"),
              "Now is the time for all good men");
    EXPECT_EQ(enriched_to_text("a\n\nb\n\n\nc"), "a\nb\n\nc");
    EXPECT_EQ(enriched_to_text("<<b> 1 < 2"), "<b> 1 < 2");
    EXPECT_EQ(enriched_to_text("<color><param>red</param>x</color>"), "x");
    EXPECT_EQ(enriched_to_text("<nofill>a\nb</nofill>"), "a\nb");
    EXPECT_EQ(enriched_to_text("<excerpt>a\n\nb</excerpt>c"), "> a\n> b\nc");
    EXPECT_EQ(enriched_to_text("<param>never closed"), "never closed");
}

TEST(Richtext, formatting_goes_and_breaks_follow_rfc_1341) {
    EXPECT_EQ(richtext_to_text("<bold>a</bold>\nb<nl>c<lt>d>"), "a b\nc<d>");
    EXPECT_EQ(richtext_to_text("a<comment>no</comment>b"), "ab");
    EXPECT_EQ(richtext_to_text("<paragraph>a</paragraph>b"), "\na\n\nb");
}

TEST(Enriched, hostile_input_is_read_in_one_pass) {
    std::string text;
    for (int i = 0; i < 150'000; ++i) {
        text += "<param>";
    }
    EXPECT_LT(enriched_to_text(text).size(), text.size());
    EXPECT_EQ(enriched_to_text(std::string(1'000'000, '<')).size(), 500'000U);
    std::string comments;
    for (int i = 0; i < 150'000; ++i) {
        comments += "<comment>x</b>";
    }
    EXPECT_LT(richtext_to_text(comments).size(), comments.size());
}

} // namespace
} // namespace mailcast::text
