#include "delivery/reading_json.h"

#include <string_view>

namespace mailcast::delivery {

namespace {

void write_addresses(base::JsonWriter& json, std::string_view key,
                     const std::vector<mime::Address>& addresses) {
    json.key(key).begin_array();
    for (const mime::Address& address : addresses) {
        json.begin_object()
            .member("name", address.name)
            .member("addr", address.address)
            .end_object();
    }
    json.end_array();
}

void write_strings(base::JsonWriter& json, std::string_view key,
                   const std::vector<std::string>& strings) {
    json.key(key).begin_array();
    for (const std::string& string : strings) {
        json.string(string);
    }
    json.end_array();
}

} // namespace

void write_members(base::JsonWriter& json, const Reading& reading) {
    json.member("from_name", reading.from_name).member("from_addr", reading.from_addr);
    write_addresses(json, "to", reading.to);
    write_addresses(json, "cc", reading.cc);
    write_addresses(json, "reply_to", reading.reply_to);
    json.member("subject", reading.subject).key("date");
    if (reading.date) {
        json.string(base::format_rfc3339(*reading.date));
    } else {
        json.null();
    }
    json.member("message_id", reading.message_id).member("in_reply_to", reading.in_reply_to);
    write_strings(json, "references", reading.references);
    json.member("list_id", reading.list_id).member("auto_submitted", reading.auto_submitted);
    json.member("text", reading.text).member("text_source", to_string(reading.text_source));
    json.key("attachments").begin_array();
    for (const chat::Attachment& attachment : reading.attachments) {
        json.begin_object().member("name", attachment.name).member("type", attachment.type);
        json.key("size")
            .number(attachment.size)
            .key("inline")
            .boolean(attachment.is_inline)
            .end_object();
    }
    json.end_array();
    write_strings(json, "defects", reading.defects);
}

std::string to_json(const Reading& reading) {
    base::JsonWriter json;
    json.begin_object();
    write_members(json, reading);
    json.end_object();
    return json.take();
}

} // namespace mailcast::delivery
