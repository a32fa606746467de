// A whole mail to its reading: whatever the octets, the text is safe, the JSON is UTF-8, names are safe to save.
#include "base/utf8.h"
#include "delivery/note_maker.h"
#include "delivery/reading.h"
#include "delivery/reading_json.h"
#include "delivery/reading_text.h"
#include "text/own_words.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mailcast;
    const std::string octets(data, data + size);
    constexpr std::size_t limit = 20'000;
    const mime::Message message = mime::parse(octets);
    const delivery::Reading reading = delivery::read(message, {.text = limit});
    require(reading.text.size() <= limit);
    require(base::safe_text(reading.text) == reading.text);
    require(base::safe_line(reading.subject) == reading.subject);
    require(base::is_valid_utf8(delivery::to_json(reading)));
    require(!delivery::to_json(reading).contains('\n'));
    for (const chat::Attachment& attachment : reading.attachments) {
        require(attachment.name.find_first_of("/\\\n") == std::string::npos);
        require(attachment.name.empty() ||
                attachment.name.find_first_not_of('.') != std::string::npos);
    }
    (void)delivery::to_text(reading);
    (void)delivery::make_note(reading, {}, {}, {});
    const text::OwnWords words = text::split_quotes(reading.text);
    require(words.text.size() <= reading.text.size() * 2 + 8);
    return 0;
}
