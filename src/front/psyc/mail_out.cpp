// Persons who write mail: to an address, or in answer to a mail of their log.  reference: DESIGN 3, docs/queue.md.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/psyc/entities.h"
#include "psyc/keyword.h"

#include <utility>

namespace mailcast::front {

namespace {

constexpr std::string_view scheme = "mailto:";

// "Re: lunch\nat nine" of a client without a field for the subject: the first of several lines.
std::pair<std::string, std::string> subject_and_text(std::string_view subject,
                                                     std::string_view text) {
    const std::size_t end = text.find('\n');
    if (!subject.empty() || end == std::string_view::npos) {
        return {std::string(subject), std::string(text)};
    }
    return {std::string(base::trim(text.substr(0, end))), std::string(text.substr(end + 1))};
}

} // namespace

void PsycEntities::write_mail(const Request& request, chat::MailOut::Letter letter) {
    const chat::Entity* person = hub().find(request.sender.person);
    if (person == nullptr || request.reply.is_complaint) {
        return;
    }
    const std::string source = hub().uniform_of(*person);
    const std::string target = base::safe_line(
        letter.address.empty() && letter.answers ? letter.answers->text() : letter.address);
    if (mail_out_ == nullptr || base::trim(letter.text).empty()) {
        const bool possible = mail_out_ != nullptr;
        request.reply(source,
                      {.variables = {{"_nick_target", target}},
                       .method = possible ? "_error_necessary_text" : "_failure_unsupported_mail",
                       .body = possible ? "Say what to write to [_nick_target]."
                                        : "Mail does not go out from here."});
        return;
    }
    letter.person = person->id;
    letter.subject = base::safe_line(letter.subject);
    letter.text = base::safe_text(letter.text);
    mail_out_->write(
        std::move(letter), [reply = request.reply, source, target](const std::string& why) {
            reply(source, {.variables = {{"_nick_target", target}, {"_reason", why}},
                           .method = why.empty() ? "_echo_mail" : "_failure_mail",
                           .body = why.empty() ? "Your mail to [_nick_target] is on its way."
                                               : "Your mail to [_nick_target] was not taken: "
                                                 "[_reason]."});
        });
}

// A message to a mailto: uniform, by whatever way it was said.
bool PsycEntities::is_mail_address(std::string_view target) {
    return base::istarts_with(target, scheme);
}

void PsycEntities::to_mail_address(const Request& request, std::string_view target,
                                   std::string_view text) {
    auto [subject, body] = subject_and_text(request.text_of("_subject"), text);
    write_mail(request,
               {.person = 0,
                .address = std::string(target.substr(is_mail_address(target) ? scheme.size() : 0)),
                .subject = std::move(subject),
                .text = std::move(body),
                .answers = {}});
}

PsycDeed PsycEntities::do_mail(const Request& request, const chat::Entity& /*person*/,
                               const Given& given) {
    to_mail_address(request, whom_of(given), text_of(given));
    return {};
}

PsycDeed PsycEntities::do_reply(const Request& request, const chat::Entity& person,
                                const Given& given) {
    std::string_view name = whom_of(given);
    // "01JD...", or the context of a mail that several got.
    if (const std::size_t mark = name.rfind("@mail-"); mark != std::string_view::npos) {
        name.remove_prefix(mark + std::string_view("@mail-").size());
    }
    const auto id = base::MessageId::parse(name);
    if (!id) {
        request.reply(hub().uniform_of(person),
                      {.variables = {{"_ID_mail", base::safe_line(name.substr(0, 100))}},
                       .method = "_error_unknown_mail",
                       .body = "There is no mail [_ID_mail]; each mail shows its id."});
        return {};
    }
    write_mail(request, {.person = 0,
                         .address = {},
                         .subject = std::string(request.text_of("_subject")),
                         .text = std::string(text_of(given)),
                         .answers = id});
    return {};
}

} // namespace mailcast::front
