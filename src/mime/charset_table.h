// The character sets that are read, and the labels they go by.  Constant; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailcast::mime {

struct Charset {
    enum class Kind : std::uint8_t {
        ascii,
        utf8,
        windows_1252, // and ISO-8859-1, which senders say when they mean it
        utf16,        // byte order by mark or by guess
        utf16le,
        utf16be,
        utf32,
        utf7,
        iso_2022_jp,
        hz,       // RFC 1843
        converted // by iconv
    };

    std::string_view name;
    Kind kind = Kind::converted;
    const char* iconv_name = "";
};

// By its name in the table ("utf-8"); nullptr when there is none.
const Charset* charset_of_name(std::string_view name);

} // namespace mailcast::mime
