// What is kept: the log of an entity, and one mail.

#include "app/command/mail_text.h"
#include "app/operations/task.h"

#include <fmt/format.h>

#include <utility>

namespace mailcast::app {

void Operations::show_log(const TaskPointer& task) {
    const auto account = task->entity();
    if (!account) {
        finish(task, account.error());
        return;
    }
    store::LogQuery query;
    query.entity = (*account)->id;
    query.after = task->request.since;
    query.now = base::now();
    query.newest = task->request.limit.has_value();
    if (task->request.limit.value_or(0) > log_limit) {
        finish(task, Reply::wrong_usage(fmt::format(
                         "--limit is at most {}; without it all is printed", log_limit)));
        return;
    }
    if (task->request.limit == 0) {
        finish(task, Reply::done());
        return;
    }
    query.limit = task->request.limit.value_or(log_page);
    store_.read_log(query, [this, task](store::Result<std::vector<store::LogEntry>> entries) {
        if (!entries) {
            finish(task, Reply::failed(entries.error().message));
            return;
        }
        Reply reply = Reply::done();
        for (const store::LogEntry& entry : *entries) {
            reply.out += task->request.json ? log_json(entry) : log_text(entry);
        }
        if (!task->request.limit && entries->size() == log_page) {
            reply.next = entries->back().sequence;
        }
        finish(task, std::move(reply));
    });
}

void Operations::show_mail(const TaskPointer& task) {
    const auto id = base::MessageId::parse(task->request.name);
    if (!id) {
        finish(task, Reply::failed(
                         fmt::format("there is no mail '{}'; its id is the 26 characters of the "
                                     "250 reply, or 'mail' of a log entry",
                                     task->request.name)));
        return;
    }
    store_.read_mail(*id, [this, task, id](const store::Result<store::StoredMail>& mail) {
        if (!mail) {
            finish(task, Reply::failed(mail.error().kind == store::Error::Kind::not_found
                                           ? fmt::format("there is no mail {}", id->text())
                                           : mail.error().message));
            return;
        }
        if (task->request.raw) {
            finish(task, Reply::done(mail->trace + mail->content));
            return;
        }
        finish(task, Reply::done(task->request.json ? mail_json(*mail) : mail_text(*mail)));
    });
}

} // namespace mailcast::app
