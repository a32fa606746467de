// HTML to text: whatever the page, the text is valid, safe to show and within its limit.
#include "base/utf8.h"
#include "text/html.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string page(data, data + size);
    constexpr std::size_t limit = 4'096;
    const std::string text = mailcast::text::html_to_text(page, {.output = limit, .target = 100});
    if (text.size() > limit || mailcast::base::safe_text(text) != text) {
        std::abort();
    }
    return 0;
}
