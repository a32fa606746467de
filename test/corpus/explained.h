// Mails of the corpus that we read in another way than GMime does, and why.
#pragma once

#include <array>
#include <string_view>

namespace mailcast::corpus {

struct Explained {
    std::string_view mail;
    std::string_view reason;
};

inline constexpr std::array explained = {
    Explained{"flanker__enclosed-global", "GMime finds no mail behind a blank first line."},
    Explained{"flanker__iphone", "GMime finds no mail behind a blank first line."},
    Explained{"flanker__mailformed-headers",
              "A multipart without any part: its body is shown as text here."},
    Explained{"kmime-git__yenc-single-part",
              "8 bit without a label: read as windows-1252 here, as U+FFFD there."},
    Explained{"kmime-git__yenc-single-part-corrupt-size",
              "8 bit without a label: read as windows-1252 here, as U+FFFD there."},
    Explained{"mailcore2__6144-russian", "The label is spelled koi8_r: known here, not there."},
    Explained{"mailcore2__jwz-144",
              "A yen sign that says to be US-ASCII: kept here, dropped there."},
    Explained{
        "mailcore2__jwz-35",
        "uuencode with damaged digits: a line counts what it declares here, GMime stops early."},
    Explained{"mikel-mail__content_transfer_encoding_7-bit",
              "UTF-8 that says to be ISO-8859-1: read as UTF-8 here."},
    Explained{"mikel-mail__content_transfer_encoding_plain",
              "8 bit that says to be US-ASCII: windows-1252 here, dropped there."},
    Explained{"mikel-mail__empty_in_reply_to",
              "A multipart without any part: its body is shown as text here."},
    Explained{"mikel-mail__japanese_attachment_long_name",
              "The line break before the last boundary: GMime keeps one octet of it."},
    Explained{"mime4j__badbound",
              "The boundary is not in the body: shown as text here, dropped there."},
    Explained{"mime4j__missing-inner-boundary",
              "A multipart without parts: shown as text here, dropped there."},
    Explained{"mime4j__very-very-long-boundary",
              "A boundary beyond the limit: shown as text here, dropped there."},
    Explained{"mimekit__empty-multipart",
              "A multipart without parts: shown as text here, dropped there."},
    Explained{"mimekit__rfc2046",
              "Prose that says to be base64: the last group without padding counts here."},
    Explained{"mimekit__yenc-00000020",
              "8 bit without a label: read as windows-1252 here, as U+FFFD there."},
    Explained{"php-mime-mail-parser__m0023",
              "windows-1252 that says to be UTF-8: read as what it is here, dropped there."},
    Explained{"php-mime-mail-parser__m0028",
              "Prose that says to be base64: the last group without padding counts here."},
    Explained{"roundcube__filename",
              "UTF-16 of an odd length: U+FFFD for the last octet here, nothing there."},
    Explained{"sisimai-emails__arf-01", "Lines that end in CR alone are lines here."},
    Explained{"sisimai-emails__lhost-office365-01",
              "An encoded NUL: it stays here, GMime's text ends at it."},
    Explained{"sisimai-emails__lhost-office365-08",
              "Header lines that are not folded: of unknown fields they count as body here, "
              "dropped there."},
    Explained{"sisimai-emails__lhost-office365-09",
              "\"boundary=\" on a line of its own that is not folded is read here."},
    Explained{"sisimai-emails__lhost-office365-10",
              "\"boundary=\" on a line of its own that is not folded is read here."},
    Explained{"sisimai-emails__lhost-x3-01", "Lines that end in CR alone are lines here."},
    Explained{"sisimai-emails__make-test-06",
              "UTF-8 that says to be ISO-2022-JP: read as UTF-8 here, dropped there."},
    Explained{"spamassassin__mime8",
              "A content type that cannot be read is text/plain here (RFC 2045, 5.2)."},
    Explained{"spamassassin__spam-008",
              "8 bit that says to be US-ASCII: guessed (Shift_JIS) here, dropped there."},
    Explained{
        "spamassassin__spam-015",
        "A header section that ends in a blank-only line: GMime loses the first line of the text."},
    Explained{"stalwart-mail-parser__malformed-000",
              "A part that is empty and has no header counts here."},
    Explained{"stalwart-mail-parser__malformed-001",
              "A multipart without parts: shown as text here, dropped there."},
    Explained{"stalwart-mail-parser__malformed-013",
              "A multipart without parts: shown as text here, dropped there."},
    Explained{"stalwart-mail-parser__malformed-017",
              "A multipart without parts: shown as text here, dropped there."},
    Explained{"stalwart-mail-parser__rfc-000",
              "Prose that says to be base64: the last group without padding counts here."},
    Explained{
        "stalwart-mail-parser__thirdparty-001",
        "LF within a mail of CRLF: GMime takes two octets for the line break before a boundary."},
    Explained{"zbateson__m2013",
              "windows-1252 that says to be US-ASCII or nothing: guessed here, U+FFFD there."},
    Explained{"zbateson__m3007",
              "windows-1252 that says to be US-ASCII or nothing: guessed here, U+FFFD there."},
};

// "" when there is none.
inline std::string_view explanation(std::string_view mail) {
    for (const Explained& entry : explained) {
        if (entry.mail == mail) {
            return entry.reason;
        }
    }
    return "";
}

} // namespace mailcast::corpus
