#include "mail/status.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::mail {

std::string to_string(const Status& status) {
    return fmt::format("{} {}.{}.{} {}", status.code, status.enhanced.status_class,
                       status.enhanced.subject, status.enhanced.detail, status.text);
}

Status make_status(int code, std::uint16_t subject, std::uint16_t detail, std::string text) {
    Status status{.code = code,
                  .enhanced = {.status_class = static_cast<std::uint8_t>(code / 100),
                               .subject = subject,
                               .detail = detail},
                  .text = std::move(text)};
    std::ranges::replace_if(
        status.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return status;
}

} // namespace mailcast::mail
