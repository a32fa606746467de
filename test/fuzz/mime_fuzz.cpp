// Any octets are a mail: parsing must end, and every view must lie within them.
#include "base/utf8.h"
#include "mime/message.h"
#include "mime/uuencode.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>

namespace {

using mailcast::mime::Message;
using mailcast::mime::Part;

constexpr std::size_t text_limit = 65'536;

void must(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void must_lie_within(std::string_view piece, std::string_view whole) {
    const std::less_equal<const char*> not_after;
    must(piece.empty() || (not_after(whole.data(), piece.data()) &&
                           not_after(piece.data() + piece.size(), whole.data() + whole.size())));
}

void must_be_text(std::string_view text) {
    must(mailcast::base::is_valid_utf8(text));
}

void check_part(const Message& message, const Part& part, std::string_view octets) {
    must_lie_within(part.header, octets);
    must_lie_within(part.body, octets);
    must_lie_within(part.preamble, octets);
    must_lie_within(part.epilogue, octets);
    must_be_text(part.name);
    must(part.parent < message.parts().size());
    if (part.is_multipart()) {
        return;
    }
    const std::uint64_t size = message.decoded_size(part);
    // A uuencoded line of one octet may stand for 63 whose blanks were cut on the way.
    const std::size_t most = octets.size() * 64 + 3;
    must(message.decoded(part, most).size() == size);
    must(message.decoded(part, 7).size() <= 7);
    const std::string text = message.text(part, text_limit);
    must_be_text(text);
    must(text.size() <= text_limit);
    for (const auto& file : mailcast::mime::find_embedded_files(text)) {
        must(file.begin < file.end && file.end <= text.size());
        must_lie_within(file.name, text);
    }
}

void check_field(const Message& message, std::string_view name) {
    must_be_text(message.text_of(name).value_or(""));
    for (const auto& address : message.addresses_of(name)) {
        must_be_text(address.name);
        must_be_text(address.address);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const Message message = mailcast::mime::parse(octets);
    must(!message.parts().empty());
    for (const auto& field : message.fields()) {
        must_lie_within(field.name, octets);
        must_lie_within(field.value, octets);
    }
    for (const std::string_view name : {"From", "To", "Subject", "X"}) {
        check_field(message, name);
    }
    must_be_text(message.message_id());
    for (const auto& id : message.references()) {
        must_be_text(id);
    }
    must(message.date() == message.date());
    for (const Part& part : message.parts()) {
        check_part(message, part, octets);
    }
    return 0;
}
