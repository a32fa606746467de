#include "net/out/mail_out.h"

#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"
#include "delivery/composer.h"
#include "delivery/reading.h"
#include "mail/mailbox.h"
#include "mime/message.h"
#include "psyc/uniform.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

// RFC 5322 3.6.2: an answer goes where Reply-To asks for it.
std::string answer_address(const delivery::Reading& reading, const chat::Note& note) {
    if (!reading.reply_to.empty()) {
        return reading.reply_to.front().address;
    }
    return reading.from_addr.empty() ? note.mail.envelope_from : reading.from_addr;
}

// She got it herself, or is in a place that did.
bool may_answer(const chat::Hub& hub, const chat::Note& note, const chat::Entity& person) {
    return std::ranges::any_of(note.recipients, [&](const chat::Addressed& recipient) {
        return recipient.entity == person.id || hub.is_in(recipient.entity, hub.uniform_of(person));
    });
}

} // namespace

void MailOut::write(Letter letter, std::function<void(std::string)> done) {
    const auto later = [this, done](std::string why) {
        parts_.post([done, why = std::move(why)] { done(why); });
    };
    if (std::string why = parts_.refuses(); !why.empty()) {
        later(std::move(why));
        return;
    }
    if (letter.text.size() > longest_text) {
        later(fmt::format("a letter has at most {} octets", longest_text));
        return;
    }
    if (!letter.answers) {
        parts_.post([this, letter = std::move(letter), done = std::move(done)] {
            compose(letter, nullptr, done);
        });
        return;
    }
    const base::MessageId id = *letter.answers;
    parts_.store.read_mail(id, [this, letter = std::move(letter),
                                done = std::move(done)](store::Result<store::StoredMail> mail) {
        parts_.post([this, letter, done, mail = std::move(mail)] {
            if (!mail || mail->note->kind != chat::NoteKind::mail) {
                done("there is no such mail any more");
                return;
            }
            compose(letter, &*mail, done);
        });
    });
}

void MailOut::compose(const Letter& letter, const store::StoredMail* answered,
                      const std::function<void(std::string)>& done) {
    const chat::Entity* person = parts_.hub.find(letter.person);
    if (person == nullptr) {
        done("who writes is no person here any more");
        return;
    }
    const base::Time now = base::now();
    const base::MessageId id = parts_.next_id(now);
    delivery::Draft draft;
    draft.from_address = person->name + "@" + parts_.domain();
    draft.from_name = person->display;
    draft.subject = letter.subject;
    draft.text = letter.text;
    draft.message_id = base::lowered(id.text()) + "@" + parts_.hub.hostname();
    draft.date = now;

    auto note = std::make_shared<chat::Note>();
    std::string address = letter.address;
    if (answered != nullptr && !may_answer(parts_.hub, *answered->note, *person)) {
        // What somebody else got is as unknown as what nobody got.
        done("there is no such mail any more");
        return;
    }
    if (answered != nullptr) {
        const delivery::Reading reading = delivery::read(mime::parse(answered->content));
        address = address.empty() ? answer_address(reading, *answered->note) : address;
        draft.subject =
            letter.subject.empty() ? delivery::answer_subject(reading.subject) : letter.subject;
        draft.in_reply_to = reading.message_id;
        draft.references = reading.references;
        note->context = answered->note->context;
        if (note->context.empty()) {
            // The mail of one person becomes a thread when it is answered.
            note->context = psyc::place_uniform(parts_.hub.hostname(),
                                                "mail-" + base::lowered(answered->note->id.text()));
        }
    }
    const auto mailbox = mail::parse_mailbox(address);
    if (!mailbox) {
        done(fmt::format("<{}> is no mail address: {}", base::safe_line(address),
                         mail::describe(mailbox.error())));
        return;
    }
    draft.to = {mailbox->text()};

    note->id = id;
    note->kind = chat::NoteKind::message;
    note->time = now;
    note->source = parts_.hub.uniform_of(*person);
    note->source_name = person->display;
    note->subject = base::safe_line(draft.subject);
    note->text = base::safe_text(fmt::format("(mail to {}) {}", draft.to.front(), letter.text));
    note->mail.message_id = draft.message_id;
    note->recipients.push_back(
        {.entity = person->id, .address = draft.from_address, .domain = {}, .visible = true});

    store::OutboxItem item;
    item.destination = "mailto:";
    item.targets = {{.address = draft.to.front(), .visible = true}};
    item.sender = person->id;
    item.created = now;
    item.next_try = now;
    item.once = draft.message_id;
    item.reverse_path = draft.from_address;
    item.content = delivery::compose(draft).content;

    store::Commit commit;
    commit.note = note;
    commit.outbox.push_back(std::move(item));
    commit.answered = draft.in_reply_to;
    parts_.store.commit(
        std::move(commit), [this, note, done, address = mailbox->text()](store::Committed result) {
            parts_.post([this, note, done, address, result = std::move(result)] {
                if (!result.outbox) {
                    done("it could not be stored, try again later");
                    return;
                }
                base::log::info("mail out: id={} from={} to={} msgid=<{}> status=queued",
                                note->id.text(), note->source, note->recipients.front().address,
                                note->mail.message_id);
                parts_.outbox_changed();
                get_to_know(note->recipients.front().entity, address);
                if (result.sequence > 0) {
                    parts_.hub.publish(result.sequence, note);
                }
                done("");
            });
        });
}

// Whom she has written to is known to her rules.  Where there is no room for more, those who are known stay so.
void MailOut::get_to_know(chat::EntityId person, const std::string& address) {
    chat::Relation relation{.entity = person,
                            .kind = chat::RelationKind::known,
                            .subject = "mailto:" + base::lowered(address),
                            .value = {}};
    chat::Relations& relations = parts_.hub.relations();
    if (relations.find(person, relation.kind, relation.subject) != nullptr ||
        !relations.add(relation)) {
        return;
    }
    parts_.store.put_relation(std::move(relation), [](const store::Result<std::monostate>& put) {
        if (!put) {
            base::log::error("remembering a relation: {}; it is forgotten at the next start",
                             put.error().message);
        }
    });
}

} // namespace mailcast::net
