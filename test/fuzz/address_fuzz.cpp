// mail::parse_path and its relatives over any octets.  The first octet chooses the options.
// Holds it to: what is read can be written, and read again as the same; limits hold; `rest` is a tail.
#include "base/utf8.h"
#include "mail/mailbox.h"

#include <algorithm>
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

void check(const mail::Mailbox& mailbox) {
    const std::string text = mailbox.text();
    require(base::is_valid_utf8(text));
    require(std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
    require(mailbox.domain.size() <= mail::max_domain);
    require(std::ranges::none_of(mailbox.domain, [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c >= 'A' && c <= 'Z');
    }));
    // The path that a mail server would send for it.  It may be longer than the one that was read (an
    // A-label, more quoting): then the limit may say no, but nothing else.
    std::string_view rest;
    const auto again = mail::parse_path(
        '<' + text + '>',
        {.utf8 = true, .null_path = true, .bare_postmaster = true, .long_local_part = true}, rest);
    require(again ? *again == mailbox && rest.empty()
                  : again.error() == mail::AddressError::too_long);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const mail::AddressOptions options{.utf8 = (data[0] & 1U) != 0,
                                       .null_path = (data[0] & 2U) != 0,
                                       .bare_postmaster = (data[0] & 4U) != 0,
                                       .long_local_part = (data[0] & 8U) != 0};
    const std::string text(data + 1, data + size);
    std::string_view rest;
    if (const auto mailbox = mail::parse_path(text, options, rest)) {
        require(text.ends_with(rest) && text.size() - rest.size() <= mail::max_path);
        require(options.null_path || !mailbox->is_null());
        require(options.bare_postmaster || mailbox->is_null() || !mailbox->domain.empty());
        check(*mailbox);
    }
    if (const auto mailbox = mail::parse_mailbox(text)) {
        require(!mailbox->domain.empty());
        check(*mailbox);
    }
    if (const auto domain = mail::normalise_domain(text, options.utf8)) {
        require(mail::normalise_domain(*domain, false) == *domain);
    }
    return 0;
}
