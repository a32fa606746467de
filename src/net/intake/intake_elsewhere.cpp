// Mail to and from other nodes, on the same way as mail that comes by a mail door.
#include "base/log.h"
#include "base/utf8.h"
#include "delivery/answer.h"
#include "delivery/named.h"
#include "delivery/note_maker.h"
#include "net/intake/intake.h"
#include "net/intake/intake_pending.h"
#include "psyc/uniform.h"
#include "text/cut.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

std::string node_of(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    if (!parsed) {
        return {};
    }
    std::string authority(parsed->host);
    if (parsed->port != 0 || parsed->transport != '\0') {
        authority += ':';
        if (parsed->port != 0) {
            authority += std::to_string(parsed->port);
        }
        if (parsed->transport != '\0') {
            authority += parsed->transport;
        }
    }
    const std::string root = psyc::root_uniform(authority);
    return psyc::normalised_uniform(root).value_or(root);
}

std::string hex(const store::JournalKey& key) {
    return fmt::format("{:02x}", fmt::join(key, ""));
}

std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (const char c : text) {
        if (c == '\n') {
            out += '\r';
        }
        out += c;
    }
    return out;
}

// The other node sent what it shows, not the mail as it came: this is what `mail show` has of it here.
std::string content_of(const chat::Note& note, const std::string& node) {
    std::string out = fmt::format("From: {} <{}>\r\nSubject: {}\r\n", note.source_name,
                                  note.mail.from_address, note.subject);
    if (!note.mail.message_id.empty()) {
        out += fmt::format("Message-ID: <{}>\r\n", note.mail.message_id);
    }
    out += fmt::format("X-Mailcast-Node: {}\r\n", node);
    for (const chat::Attachment& attachment : note.mail.attachments) {
        out += fmt::format("X-Mailcast-Attachment: {} ({}, {} octets, stays at the other node)\r\n",
                           attachment.name, attachment.type, attachment.size);
    }
    out += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: 8bit\r\n\r\n";
    out += with_crlf(note.text);
    out += "\r\n";
    return out;
}

// Nothing that another node says becomes more than a line or a text here, or claims to have been judged by us.
void make_ours(chat::Note& note, const std::string& node) {
    note.kind = chat::NoteKind::mail;
    note.source = base::safe_line(note.source);
    note.source_name =
        base::utf8_prefix(base::safe_line(note.source_name), delivery::max_note_name);
    note.subject = base::utf8_prefix(base::safe_line(note.subject), delivery::max_note_subject);
    const std::string safe = base::safe_text(note.text);
    const text::Cut cut = text::cut_at_line(safe, SIZE_MAX, delivery::max_note_text);
    note.text = cut.shown;
    note.badge = "external, by " + node;
    chat::MailFacts& mail = note.mail;
    for (std::string* field :
         {&mail.envelope_from, &mail.from_name, &mail.from_address, &mail.message_id, &mail.date}) {
        *field = base::safe_line(*field);
    }
    mail.origin = mail::to_string(mail::Origin::external);
    mail.verdict = "unverified";
    mail.host_source = node;
    mail.text_cut = mail.text_cut || cut.is_cut();
    mail.text_lines =
        std::max(mail.text_lines, static_cast<std::uint32_t>(text::count_lines(note.text)));
    if (mail.attachments.size() > delivery::max_note_attachments) {
        mail.attachments.resize(delivery::max_note_attachments);
    }
    for (chat::Attachment& attachment : mail.attachments) {
        attachment.name = base::safe_line(attachment.name);
        attachment.type = base::safe_line(attachment.type);
    }
}

} // namespace

// ---- to other nodes ------------------------------------------------------------------------------

void Intake::plan_elsewhere(Pending& pending, store::Commit& commit, const mail::Envelope& envelope,
                            const delivery::Reading& reading, chat::Note& note) const {
    pending.once = commit.journal_key ? hex(*commit.journal_key) : note.id.text();
    const delivery::Named named(reading, *pending.directory);
    for (const delivery::PlannedRemote& remote : pending.plan.remotes) {
        pending.remote_visible.push_back(std::ranges::any_of(remote.slots, [&](std::size_t slot) {
            return named.has(envelope.recipients[slot].mailbox);
        }));
        if (pending.remote_visible.back()) {
            note.elsewhere.push_back(remote.uniform);
        }
    }
    if (pending.dialect == smtp::Dialect::lmtp) {
        return; // the mail server's queue is better than ours: it is answered when it is through
    }
    chat::EntityId sender = 0;
    const std::string nick = envelope.authenticated.substr(0, envelope.authenticated.find('@'));
    const delivery::Entity* person = directory_->find(chat::EntityKind::person, nick);
    if (person != nullptr) {
        sender = person->id;
    } else if (const auto own = directory_->resolve(envelope.reverse_path);
               own.found() && own.targets.size() == 1) {
        if (const auto* const* entity =
                std::get_if<const delivery::Entity*>(&own.targets.front())) {
            sender = (*entity)->id;
        }
    }
    for (std::size_t i = 0; i < pending.plan.remotes.size(); ++i) {
        const std::string& uniform = pending.plan.remotes[i].uniform;
        std::string destination = node_of(uniform);
        auto item = std::ranges::find(commit.outbox, destination, &store::OutboxItem::destination);
        if (item == commit.outbox.end()) {
            commit.outbox.push_back({.destination = std::move(destination),
                                     .targets = {},
                                     .sender = sender,
                                     .created = pending.received,
                                     .next_try = pending.received,
                                     .reason = {},
                                     .once = pending.once,
                                     .reverse_path = {},
                                     .note = nullptr,
                                     .content = {}});
            item = commit.outbox.end() - 1;
        }
        item->targets.push_back({.address = uniform, .visible = pending.remote_visible[i]});
    }
}

std::vector<mail::Status> Intake::outbox_outcomes(const Pending& pending,
                                                  const store::Committed& result) {
    if (pending.plan.remotes.empty()) {
        return {};
    }
    const mail::Status status =
        result.outbox
            ? mail::make_status(250, 1, 5, "accepted, it goes on to another node")
            : mail::make_status(451, 3, 0, "the mail could not be stored, try again later");
    return {pending.plan.remotes.size(), status};
}

void Intake::tell_gone(const Pending& pending, const std::vector<mail::Status>& outcomes) const {
    const chat::Note& note = *pending.note;
    const bool is_alone = note.recipients.empty() && pending.held.empty();
    if (gone_elsewhere_ && is_alone && note.elsewhere.size() > 1 &&
        std::ranges::any_of(outcomes, &mail::Status::is_success)) {
        gone_elsewhere_(note);
    }
}

void Intake::hand_over_elsewhere(const std::shared_ptr<Pending>& pending,
                                 const store::Committed& result) {
    const auto finish = [this, pending, result](const std::vector<mail::Status>& outcomes) {
        tell_gone(*pending, outcomes);
        pending->done(statuses_of(*pending, result, outcomes));
    };
    if (outside_ == nullptr) {
        finish({pending->plan.remotes.size(),
                mail::make_status(451, 4, 1, "other nodes are not reached from here")});
        return;
    }
    front::PsycOutside::HandOver mail{.note = pending->note,
                                      .targets = {},
                                      .visible = pending->remote_visible,
                                      .once = pending->once};
    for (const delivery::PlannedRemote& remote : pending->plan.remotes) {
        mail.targets.push_back(remote.uniform);
    }
    outside_->hand_over(std::move(mail), finish);
}

// ---- from other nodes ----------------------------------------------------------------------------

void Intake::take(Arrival mail, std::function<void(std::vector<mail::Status>)> done) {
    ++counters_.transactions;
    auto pending = std::make_shared<Pending>();
    pending->done = std::move(done);
    pending->directory = directory_;
    pending->received = base::now();
    make_ours(mail.note, mail.node);
    auto note = std::make_shared<chat::Note>(std::move(mail.note));
    note->id = ids_.next(pending->received);
    note->time = pending->received;
    pending->from = note->mail.envelope_from;
    pending->message_id = note->mail.message_id;
    pending->queue_id = mail.once;

    mail::Envelope envelope;
    if (auto sender = mail::parse_mailbox(note->mail.envelope_from)) {
        envelope.reverse_path = *std::move(sender);
    }
    std::vector<delivery::Resolution> resolutions;
    std::vector<mail::Status> refused(mail.targets.size());
    std::vector<std::size_t> slot_of(mail.targets.size(), SIZE_MAX);
    std::vector<bool> visible;
    for (std::size_t i = 0; i < mail.targets.size(); ++i) {
        const auto uniform = psyc::parse_uniform(mail.targets[i]);
        mail::Recipient recipient;
        recipient.original = base::safe_line(mail.targets[i]);
        if (uniform) {
            recipient.mailbox = {.local = std::string(uniform->resource),
                                 .domain = directory_->hostname()};
            if (uniform->kind == psyc::UniformKind::place) {
                recipient.mailbox.local[0] = '*';
            }
        }
        const delivery::Answer answer =
            delivery::answer_for(*directory_, policy_, mail::Origin::external, envelope, recipient);
        refused[i] = answer.disposition.status;
        if (refused[i].is_success()) {
            slot_of[i] = envelope.recipients.size();
            envelope.recipients.push_back(std::move(recipient));
            resolutions.push_back(answer.resolution);
            visible.push_back(i < mail.visible.size() && mail.visible[i]);
        }
    }
    const delivery::ContentFacts facts{
        .size = std::max<std::uint64_t>(note->mail.size, note->text.size()),
        .text_lines = note->mail.text_lines,
        .has_attachments = !note->mail.attachments.empty(),
        .only_html = false};
    pending->plan = policy_.plan(*directory_, mail::Origin::external, envelope, resolutions, facts);
    for (const delivery::PlannedEntity& planned : pending->plan.entities) {
        const std::size_t slot = planned.slots.front();
        auto& addressed = planned.is_held ? pending->held : note->recipients;
        addressed.push_back({.entity = planned.entity->id,
                             .address = envelope.recipients[slot].original,
                             .domain = parts_.hostname,
                             .visible = visible[slot]});
    }
    pending->done = [refused = std::move(refused), slot_of = std::move(slot_of),
                     answer =
                         std::move(pending->done)](std::vector<mail::Status> statuses) mutable {
        for (std::size_t i = 0; i < refused.size(); ++i) {
            if (slot_of[i] < statuses.size()) {
                refused[i] = std::move(statuses[slot_of[i]]);
            }
        }
        answer(std::move(refused));
    };

    store::Commit commit;
    commit.journal_key = store::journal_key_of(mail.once);
    commit.queue_id = base::safe_line(mail.once);
    commit.trace = fmt::format("Return-Path: <{}>\r\nReceived: from {}\r\n\tby {} (Mailcast) with "
                               "PSYC id {};\r\n\t{}\r\n",
                               note->mail.envelope_from, mail.node, parts_.hostname,
                               note->id.text(), base::format_rfc5322(pending->received));
    commit.all_recipients = written_recipients(envelope);
    pending->envelope = std::move(envelope);
    commit.content.bytes = content_of(*note, mail.node);
    commit.content.size = commit.content.bytes.size();
    const std::string context = base::safe_line(note->context);
    submit_note(std::move(pending), std::move(note), std::move(commit), context);
}

} // namespace mailcast::net
