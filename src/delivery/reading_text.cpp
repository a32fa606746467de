#include "delivery/reading_text.h"

#include <array>
#include <string_view>

namespace mailcast::delivery {

namespace {

constexpr std::size_t label_width = 10;

constexpr std::size_t most_addresses = 20; // of one field

void add_field(std::string& out, std::string_view label, std::string_view value) {
    if (!value.empty()) {
        out.append(label).append(label_width - label.size(), ' ').append(value).append("\n");
    }
}

std::string address_text(std::string_view name, std::string_view address) {
    if (name.empty()) {
        return std::string(address);
    }
    std::string text(name);
    if (!address.empty()) {
        text.append(" <").append(address).append(">");
    }
    return text;
}

std::string addresses_text(const std::vector<mime::Address>& addresses) {
    std::string text;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (i == most_addresses && addresses.size() > most_addresses + 1) {
            return text + " and " + std::to_string(addresses.size() - i) + " more";
        }
        const mime::Address& address = addresses[i];
        text += (text.empty() ? "" : ", ") + address_text(address.name, address.address);
    }
    return text;
}

} // namespace

std::string size_text(std::uint64_t octets) {
    constexpr std::array<std::string_view, 4> units = {" KB", " MB", " GB", " TB"};
    if (octets < 1'000) {
        return std::to_string(octets) + (octets == 1 ? " octet" : " octets");
    }
    std::uint64_t tenths = octets / 100;
    std::size_t unit = 0;
    while (tenths >= 10'000 && unit + 1 < units.size()) {
        tenths /= 1'000;
        ++unit;
    }
    std::string text = std::to_string(tenths / 10);
    if (tenths < 100 && tenths % 10 != 0) {
        text += '.';
        text += static_cast<char>('0' + tenths % 10);
    }
    return text.append(units[unit]);
}

std::string to_text(const Reading& reading) {
    std::string out;
    add_field(out, "From", address_text(reading.from_name, reading.from_addr));
    add_field(out, "To", addresses_text(reading.to));
    add_field(out, "Cc", addresses_text(reading.cc));
    add_field(out, "Reply-To", addresses_text(reading.reply_to));
    add_field(out, "Subject", reading.subject);
    add_field(out, "Date", reading.date ? base::format_rfc3339(*reading.date) : "");
    add_field(out, "Id", reading.message_id);
    add_field(out, "Answers", reading.in_reply_to);
    add_field(out, "List", reading.list_id);
    add_field(out, "Automatic", reading.auto_submitted);
    if (!reading.text.empty()) {
        out.append(out.empty() ? "" : "\n").append(reading.text).append("\n");
    }
    if (!reading.attachments.empty()) {
        out += "\n";
        for (const chat::Attachment& attachment : reading.attachments) {
            out += "+ ";
            out += attachment.name.empty() ? "(no name)" : attachment.name;
            out += "  " + attachment.type + ", " + size_text(attachment.size);
            out += attachment.is_inline ? ", inline\n" : "\n";
        }
    }
    if (!reading.defects.empty()) {
        out += "\n";
        for (const std::string& defect : reading.defects) {
            out += "! " + defect + "\n";
        }
    }
    return out;
}

} // namespace mailcast::delivery
