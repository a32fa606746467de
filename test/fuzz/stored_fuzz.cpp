// What stands in a row of a database may be anything: a disk fails, a hand edits.  What reads as a value reads the
// same when it is packed again, and a text and where it stands in a content belong together.
#include "store/packing.h"
#include "store/text_place.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mailcast;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

void read_packed(std::string_view blob) {
    if (const auto read = store::unpack_recipients(blob)) {
        require(read->recipients.size() == read->entered.size());
        const auto again =
            store::unpack_recipients(store::pack_recipients(read->recipients, read->entered));
        require(again && again->recipients == read->recipients && again->entered == read->entered);
    }
    chat::Note note;
    note.kind = chat::NoteKind::mail;
    if (store::unpack_details(blob, note)) {
        chat::Note again;
        again.kind = chat::NoteKind::mail;
        require(store::unpack_details(store::pack_details(note), again));
        require(again.mail == note.mail && again.badge == note.badge &&
                again.context == note.context && again.elsewhere == note.elsewhere);
    }
    if (const auto read = store::unpack_strings(blob)) {
        require(store::unpack_strings(store::pack_strings(*read)) == read);
    }
    if (const auto read = store::unpack_entities(blob)) {
        require(store::unpack_entities(store::pack_entities(*read)) == read);
    }
    if (const auto read = store::unpack_note(blob)) {
        const auto again = store::unpack_note(store::pack_note(*read));
        require(again != nullptr && again->text == read->text && again->subject == read->subject &&
                again->source == read->source && again->mail == read->mail);
    }
    if (const auto read = store::unpack_outbox_targets(blob)) {
        const auto again = store::unpack_outbox_targets(store::pack_outbox_targets(*read));
        require(again && again->size() == read->size());
    }
}

void read_placed(std::string_view octets) {
    // A content of lines, and what a reader makes of a part of it.
    const std::size_t half = octets.size() / 2;
    std::string content;
    std::string text;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        if (octets[at] == '\n') {
            content += '\r';
        }
        content += octets[at];
        if (at >= half && octets[at] != '\r') {
            text += octets[at];
        }
    }
    if (const auto place = store::find_text(content, text)) {
        require(place->offset <= content.size());
        require(store::text_at(std::string_view(content).substr(place->offset), place->octets) ==
                text);
    }
    static_cast<void>(store::text_at(octets, half));
    static_cast<void>(store::text_at(octets, SIZE_MAX));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    read_packed(octets);
    read_placed(octets);
    return 0;
}
