#include "net/intake/mail_log.h"

#include "base/log.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace mailcast::net {

namespace {

std::string_view or_dash(std::string_view value) {
    return value.empty() ? "-" : value;
}

} // namespace

std::string_view outcome_word(const mail::Status& status) {
    if (status.is_success()) {
        return "delivered";
    }
    return status.is_temporary() ? "deferred" : "refused";
}

void log_outcome(const MailLine& mail, std::string_view to, const mail::Status& status,
                 std::string_view word) {
    if (!base::log::enabled(base::log::Level::info)) {
        return;
    }
    const std::int64_t delay = (base::now() - mail.received).count();
    const std::int64_t length = std::abs(delay); // a clock that is set back makes it negative
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line),
                   FMT_COMPILE("id={} from=<{}> to=<{}> queue={} msgid=<{}> origin={} verdict={} "
                               "delay={}{}.{:03} dsn={}.{}.{} status={} ({})"),
                   or_dash(mail.id), mail.from, to, or_dash(mail.queue_id), mail.message_id,
                   mail.origin, or_dash(mail.verdict), delay < 0 ? "-" : "", length / 1000,
                   length % 1000, status.enhanced.status_class, status.enhanced.subject,
                   status.enhanced.detail, word, status.text);
    base::log::write(base::log::Level::info, {line.data(), line.size()});
}

} // namespace mailcast::net
