#include "psyc/list.h"
#include "psyc/parser.h"
#include "psyc/renderer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace mailcast::psyc {
namespace {

TEST(First, a_mail_notice_goes_through) {
    std::string out;
    const std::array<std::string_view, 2> members{"a", "b"};
    const std::array variables{Variable{"_source", "psyc://h/~a"}, Variable{"_content", "x\ny"},
                               Variable::list("_list_members", members)};
    for (const auto generation : {Generation::classic, Generation::v1}) {
        out.clear();
        append_packet(out, generation, variables, "_notice_x", "a\n.\nb");
        Parser parser(generation);
        std::string_view input = out;
        const auto packet = parser.next(input);
        ASSERT_TRUE(packet && *packet) << out;
        EXPECT_EQ((*packet)->value_of("_content"), "x\ny");
        EXPECT_EQ(list_of(**packet, "_list_members")->size(), 2U);
        EXPECT_EQ((*packet)->body, generation == Generation::v1 ? "a\n.\nb" : "a\n. \nb");
        EXPECT_TRUE(input.empty());
    }
}

} // namespace
} // namespace mailcast::psyc
