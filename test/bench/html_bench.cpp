// HTML to text: a newsletter of 5 KB, as a shop sends it, and hostile pages of about the same shape
// as the tests have.
#include "text/html.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

std::string newsletter() {
    std::string page =
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>td{padding:0;margin:0}"
        "@media only screen and (max-width:600px){.c{width:100%!important}}</style></head>"
        "<body style=\"margin:0;padding:0;background-color:#f4f4f4\">"
        "<div style=\"display:none;font-size:1px;color:#fff;max-height:0\">News&zwnj;</div>"
        "<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\">\n";
    while (page.size() < 5'000) {
        page +=
            "<tr><td align=\"left\" style=\"padding:20px "
            "24px;font-family:Arial,Helvetica,sans-serif;"
            "font-size:15px;line-height:22px;color:#333333\">\n"
            "<h2 style=\"margin:0 0 8px;font-size:20px\">A room with a view</h2>\n"
            "<p style=\"margin:0 0 12px\">The new hall opens on Monday at nine o&rsquo;clock. "
            "There will be "
            "tea &amp; cake, a <b>short</b> talk, and time to look around; whoever likes may bring "
            "friends.</p>\n"
            "<a href=\"https://news.example.org/r/4711?u=ada&amp;c=12\" style=\"color:#ffffff;"
            "background-color:#0066cc;text-decoration:none\">Read more</a></td></tr>\n";
    }
    return page + "</table></body></html>";
}

std::string repeated(const char* piece, int times) {
    std::string page;
    for (int i = 0; i < times; ++i) {
        page += piece;
    }
    return page;
}

void run(benchmark::State& state, const std::string& page) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(mailcast::text::html_to_text(page));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.size()));
}

} // namespace

BENCHMARK_CAPTURE(run, newsletter_5k, newsletter());
BENCHMARK_CAPTURE(run, div_10000, repeated("<div>", 10'000));
BENCHMARK_CAPTURE(run, bold_italic_underlined_20000, repeated("<b><i><u>", 20'000));
BENCHMARK_CAPTURE(run, attributes_10000, "<p " + repeated("a=b ", 10'000) + ">");
BENCHMARK_CAPTURE(run, running_text_20k,
                  repeated("All work and no play makes a dull page.\n", 500));

BENCHMARK_MAIN();
