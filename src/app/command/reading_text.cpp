#include "app/command/reading_text.h"

#include "delivery/reading.h"
#include "delivery/reading_json.h"
#include "delivery/reading_text.h"
#include "mime/message.h"

namespace mailcast::app {

std::string reading_json(std::string_view octets) {
    return delivery::to_json(delivery::read(mime::parse(octets)));
}

std::string reading_text(std::string_view octets) {
    return delivery::to_text(delivery::read(mime::parse(octets)));
}

} // namespace mailcast::app
