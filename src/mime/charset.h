// Octets of any character set into UTF-8: by label, by guess when the label is wrong or missing,
// U+FFFD last.  The result is always valid UTF-8.
// UTF-8, UTF-16, UTF-32, UTF-7, US-ASCII, ISO-8859-1, windows-1252 and ISO-2022-JP are read here; all
// other sets by glibc's iconv, and only those in our own table: no name of a sender's reaches iconv_open.
// A TextDecoder is owned by one call and one thread; it keeps the iconv descriptors that it has opened.
// RFC 2152 (UTF-7), RFC 1468 (ISO-2022-JP), the Encoding Standard of WHATWG for labels.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

struct Charset;

// The set that a label names, however it is spelled ("UTF8", "3Dus-ascii", "_iso-2022-jp$esc");
// nullptr when no set is known by it.
const Charset* find_charset(std::string_view label);

// The set that the octets look like; never nullptr.
const Charset* guess_charset(std::string_view octets);

// Our name of it, lower case ("utf-8", "windows-1252").
std::string_view charset_name(const Charset& charset);

class TextDecoder {
  public:
    // Character sets of one field or part; more than that are guessed.
    static constexpr std::size_t max_converters = 16;

    TextDecoder() = default;
    ~TextDecoder();
    TextDecoder(const TextDecoder&) = delete;
    TextDecoder& operator=(const TextDecoder&) = delete;

    // Appends to `out` until it holds `max` octets.  An empty label means: guess.
    void append(std::string& out, std::string_view octets, std::string_view label, std::size_t max);

    // The set of octets that have no label, are no UTF-8 and have no character that gives a set away: a mail
    // with raw octets in its header most often has them in the set of its text.  A set that is "" or unknown,
    // or of Unicode or western Europe, changes nothing.
    void expect(std::string_view label);

  private:
    struct Converter {
        const Charset* charset = nullptr;
        void* descriptor = nullptr; // iconv_t
    };

    void append_as(std::string& out, std::string_view octets, const Charset& charset,
                   std::size_t max);
    void append_converted(std::string& out, std::string_view octets, const Charset& charset,
                          std::size_t max);
    const Charset* guess(std::string_view octets) const;
    void append_hz(std::string& out, std::string_view octets, std::size_t max);
    void append_iso_2022_jp(std::string& out, std::string_view octets, std::size_t max);
    void* converter_for(const Charset& charset);

    std::vector<Converter> converters_;
    const Charset* expected_ = nullptr;
};

} // namespace mailcast::mime
