// Pages made to hang or bloat a reader.  The budget is CPU time, far above what is needed, and far below what
// anything but a linear reader takes.
#include "text/html.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <string_view>

namespace mailcast::text {
namespace {

std::string repeated(std::string_view piece, std::size_t times) {
    std::string page;
    page.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        page += piece;
    }
    return page;
}

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

constexpr double budget = 3.0;
constexpr std::size_t mebibyte = 1'048'576;

std::string read_in_budget(const std::string& page) {
    const double before = cpu_seconds();
    std::string text = html_to_text(page, {.output = mebibyte});
    EXPECT_LT(cpu_seconds() - before, budget) << page.substr(0, 60);
    EXPECT_LE(text.size(), mebibyte);
    return text;
}

TEST(HostileHtml, nested_elements) {
    EXPECT_EQ(read_in_budget(repeated("<div>", 10'000) + "x"), "x");
    EXPECT_EQ(read_in_budget(repeated("<b><i><u>", 20'000) + "x"), "x");
    EXPECT_EQ(read_in_budget(repeated("<blockquote>", 80'000) + "x").back(), 'x');
    EXPECT_EQ(read_in_budget(repeated("<ul><li>", 100'000) + "x").back(), 'x');
    EXPECT_EQ(read_in_budget(repeated("<table><tr><td>", 60'000) + "x").back(), 'x');
    EXPECT_EQ(read_in_budget(repeated("<dl><dd>", 100'000) + "x").back(), 'x');
}

TEST(HostileHtml, nested_elements_with_text_in_each) {
    for (const char* piece :
         {"<blockquote>x", "<ul><li>x", "<table><tr><td>x<td>y", "<ol><li>x<br>",
          "<blockquote><pre>\n\n\n\n\n", "</ul></table>", "<dd>x", "<tr>x", "<td>x", "<table>x<td>",
          "<pre>\n", "<a href=https://e.org/>x"}) {
        const std::string page = repeated(piece, mebibyte / std::string_view(piece).size());
        read_in_budget(page);
        read_in_budget(page + repeated("</table></blockquote></ul></pre>", 10'000) + "end");
    }
}

TEST(HostileHtml, attributes) {
    EXPECT_EQ(read_in_budget("<p " + repeated("a=b ", 10'000) + ">x"), "x");
    EXPECT_EQ(read_in_budget("<p title='" + std::string(mebibyte, 'a') + "'>x"), "x");
    EXPECT_EQ(read_in_budget("<p style='" + std::string(mebibyte, ':') + "'>x"), "x");
    EXPECT_EQ(read_in_budget("<p style='" + std::string(mebibyte, ';') + "'>x"), "x");
    EXPECT_EQ(read_in_budget("<p " + std::string(mebibyte, 'a') + ">x"), "x");
    EXPECT_EQ(read_in_budget("<a href='https://e.org/" + std::string(mebibyte, 'a') + "'>x</a>"),
              "x");
}

TEST(HostileHtml, ends_that_never_come) {
    for (const char* piece : {"<",
                              "<a",
                              "<a ",
                              "<a b=\"",
                              "<a b='x>y<c \"",
                              "<a b=\"x>y\"",
                              "<!--",
                              "<!",
                              "</",
                              "<title>",
                              "<style>",
                              "<script>",
                              "<svg>",
                              "<div hidden>",
                              "<p hidden>",
                              "<td hidden>",
                              "<xml>",
                              "<span style=font-size:0>x",
                              "&",
                              "&#",
                              "&#x",
                              "&a",
                              "&#00000",
                              "<!-->",
                              "<iframe>",
                              "<a b='<\"",
                              "<a b=\"'>'",
                              "<style>.preheader",
                              "<style>.a{display:none}</style><p class='a b c d'>",
                              "<style>@media{",
                              "<style>/*",
                              "<style>.a,#b,",
                              "<td style='font-size:0'>x</b>"}) {
        read_in_budget(repeated(piece, mebibyte / std::string_view(piece).size()));
        read_in_budget(repeated(piece, mebibyte / std::string_view(piece).size()) +
                       "\"'>--></title>");
    }
}

TEST(HostileHtml, output_stays_near_the_input) {
    // Each line of a deep quote costs its prefix; the cap ends it.
    const std::string page = repeated("<blockquote>", 64) + repeated("x<br>", 200'000);
    EXPECT_LE(read_in_budget(page).size(), mebibyte);
    EXPECT_LE(html_to_text(repeated("<td>x", 300'000), {.output = 1'000}).size(), 1'000U);
}

} // namespace
} // namespace mailcast::text
