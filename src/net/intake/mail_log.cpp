#include "net/intake/mail_log.h"

#include "base/log.h"

#include <chrono>

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
    const std::chrono::duration<double> delay = base::now() - mail.received;
    base::log::info("id={} from=<{}> to=<{}> queue={} msgid=<{}> origin={} verdict={} "
                    "delay={:.3f} dsn={}.{}.{} status={} ({})",
                    or_dash(mail.id), mail.from, to, or_dash(mail.queue_id), mail.message_id,
                    mail.origin, or_dash(mail.verdict), delay.count(), status.enhanced.status_class,
                    status.enhanced.subject, status.enhanced.detail, word, status.text);
}

} // namespace mailcast::net
