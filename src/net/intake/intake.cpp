#include "net/intake/intake.h"

#include "base/ascii.h"
#include "base/log.h"
#include "delivery/answer.h"
#include "delivery/loop_guard.h"
#include "delivery/named.h"
#include "delivery/note_maker.h"
#include "delivery/plan.h"
#include "delivery/reading.h"
#include "delivery/twin.h"
#include "mime/message.h"
#include "net/intake/intake_pending.h"
#include "net/intake/mail_log.h"
#include "psyc/uniform.h"
#include "text/cut.h"

#include <fmt/compile.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

// A Note carries 64 KiB of text; a mail of any size must not cost more than a few times that to read.
constexpr std::size_t most_text_read = 256UL * 1024UL;

delivery::ContentFacts facts_of(const delivery::Reading& reading, std::string_view octets) {
    // Of a text that was not read to its end, every line of the mail counts.
    const bool whole = reading.text.size() < most_text_read;
    const bool attached = std::ranges::any_of(
        reading.attachments, [](const chat::Attachment& part) { return !part.is_inline; });
    return {.size = octets.size(),
            .text_lines = text::count_lines(whole ? std::string_view(reading.text) : octets),
            .has_attachments = attached,
            .only_html = reading.text_source == delivery::TextSource::html};
}

// A batch that reaches either goes to the store without waiting for the turn to end.
constexpr std::size_t batch_mails_max = 64;
constexpr std::size_t batch_mails_usual = 8; // room from the beginning
constexpr std::size_t batch_octets_max = 1UL << 20U;

bool leads_elsewhere(const delivery::Resolution& resolution) {
    return std::ranges::any_of(resolution.targets, [](const delivery::Target& target) {
        return std::holds_alternative<delivery::RemoteTarget>(target);
    });
}

const mail::Status& store_trouble() {
    static const mail::Status status =
        mail::make_status(451, 3, 0, "the mail could not be stored, try again later");
    return status;
}

const mail::Status& disk_is_full() {
    static const mail::Status status =
        mail::make_status(452, 3, 1, "the disk is full, try again later");
    return status;
}

// The ids that a mail answers, the nearest first; the rest of a long thread is not asked for.
constexpr std::size_t most_answered_ids = 20;

std::vector<std::string> answered_ids(const delivery::Reading& reading) {
    std::vector<std::string> ids;
    if (!reading.in_reply_to.empty()) {
        ids.push_back(reading.in_reply_to);
    }
    for (auto id = reading.references.rbegin();
         id != reading.references.rend() && ids.size() < most_answered_ids; ++id) {
        if (*id != reading.in_reply_to) {
            ids.push_back(*id);
        }
    }
    return ids;
}

// A legal name begins with a letter, so the bare id would be none.
std::string context_of(const std::string& hostname, const base::MessageId& id) {
    return psyc::place_uniform(hostname, "mail-" + base::lowered(id.text()));
}

// "Received: from helo (address) by host with LMTP id ...": RFC 5321 4.4.
std::string trace_fields(const mail::Envelope& envelope, std::string_view reverse_path,
                         const Intake::Source& source, const std::string& hostname,
                         std::string_view id, base::Time now) {
    std::string protocol = source.dialect == smtp::Dialect::lmtp ? "LMTP" : "ESMTP";
    if (envelope.utf8) {
        protocol = "UTF8" + (source.dialect == smtp::Dialect::lmtp ? protocol : "SMTP");
    }
    if (source.tls) {
        protocol += 'S';
    }
    if (!envelope.authenticated.empty()) {
        protocol += 'A';
    }
    fmt::memory_buffer fields;
    fmt::format_to(
        std::back_inserter(fields),
        FMT_COMPILE("Return-Path: <{}>\r\nReceived: from {} ({})\r\n\tby {} (Mailcast) with {} id "
                    "{};\r\n\t{}\r\n"),
        reverse_path, envelope.helo.empty() ? std::string_view("unknown") : envelope.helo,
        source.peer_name, hostname, protocol, id, base::format_rfc5322(now));
    return fmt::to_string(fields);
}

// What a reply after the content begins with: whose it is, and the id to look for in the log.  A refusal by a
// rule names the recipient itself.
void name_recipient(mail::Status& status, std::string_view address, std::string_view id) {
    std::string_view text = status.text;
    if (text.starts_with('<') && text.substr(1).starts_with(address) &&
        text.substr(1 + address.size()).starts_with("> ")) {
        text.remove_prefix(address.size() + 3);
    }
    std::string named;
    named.reserve(address.size() + id.size() + text.size() + sizeof "<>  ");
    named.append("<").append(address).append("> ").append(id).append(" ").append(text);
    status.text = std::move(named);
}

// The note as the Hub is to show it: without those whose logs did not take it now.
std::shared_ptr<const chat::Note> stored_part(const std::shared_ptr<const chat::Note>& note,
                                              const store::Committed& result) {
    const auto stored = [](const store::Outcome& outcome) {
        return outcome.result == store::Outcome::Result::stored;
    };
    if (std::ranges::all_of(result.outcomes, stored)) {
        return note;
    }
    auto part = std::make_shared<chat::Note>(*note);
    part->recipients.clear();
    for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
        if (stored(result.outcomes[i])) {
            part->recipients.push_back(note->recipients[i]);
        }
    }
    return part;
}

} // namespace

std::vector<std::string> written_recipients(const mail::Envelope& envelope) {
    std::vector<std::string> written;
    written.reserve(envelope.recipients.size());
    for (const mail::Recipient& recipient : envelope.recipients) {
        written.push_back(recipient.original);
    }
    return written;
}

mail::Status status_of(store::Outcome::Result result) {
    switch (result) {
    case store::Outcome::Result::stored:
        return mail::make_status(250, 1, 5, "accepted");
    case store::Outcome::Result::duplicate:
        return mail::make_status(250, 1, 5, "accepted, it was here before");
    case store::Outcome::Result::full:
        return mail::make_status(452, 2, 2, "the log of this recipient is full, try again later");
    case store::Outcome::Result::disk_full:
        return disk_is_full();
    case store::Outcome::Result::failed:
        return store_trouble();
    }
    return store_trouble();
}

void Intake::Transaction::clear() {
    directory.reset();
    resolutions.clear();
    disk_failed = false;
    disk_full = false;
}

Intake::Intake(Parts parts)
    : parts_(std::move(parts)), directory_(delivery::Directory::make({})), policy_({}, {}),
      rates_(parts_.seed), ids_(parts_.seed) {}

Intake::~Intake() = default;

void Intake::set_directory(std::shared_ptr<const delivery::Directory> directory) {
    directory_ = std::move(directory);
}

void Intake::set_policy(delivery::Policy policy) {
    policy_ = std::move(policy);
}

mail::Origin Intake::origin_of(const mail::Envelope& envelope, const Source& source) {
    return mail::origin_of(envelope.forwarded, envelope.authenticated, source.origin);
}

mail::Status Intake::recipient(Transaction& transaction, const mail::Envelope& envelope,
                               const mail::Recipient& recipient, const Source& source) {
    if (transaction.directory == nullptr) {
        transaction.directory = directory_;
    }
    const mail::Origin origin = origin_of(envelope, source);
    const std::string_view client =
        envelope.forwarded.address.empty() ? source.peer_name : envelope.forwarded.address;
    delivery::Answer answer =
        delivery::answer_for(*transaction.directory, policy_, origin, envelope, recipient);
    const delivery::Resolution& resolution = answer.resolution;
    mail::Status status = std::move(answer.disposition.status);
    if (status.is_success()) {
        if (auto slower = too_fast(envelope, recipient, origin, client)) {
            status = *std::move(slower);
        }
    }
    // SMTP has one reply for all: whose rules could judge this content differently comes alone.
    if (status.is_success() && source.dialect == smtp::Dialect::smtp &&
        !transaction.resolutions.empty() &&
        !delivery::may_share(transaction.resolutions.front(), resolution)) {
        status = mail::make_status(452, 5, 3,
                                   "this recipient has rules of its own, send to it separately");
    }
    if (status.is_success() && source.dialect == smtp::Dialect::smtp && outbox_full_ &&
        leads_elsewhere(resolution) && outbox_full_()) {
        status = mail::make_status(452, 3, 1, "too much mail waits to go on, try again later");
    }
    if (status.is_success()) {
        count_rate(envelope, recipient, origin, client);
        transaction.resolutions.push_back(resolution);
        ++counters_.recipients_accepted;
        return status;
    }
    ++counters_.recipients_refused;
    const std::string& queue_id = envelope.forwarded.ident;
    base::log::info("from=<{}> to=<{}> queue={} origin={} peer={} dsn={}.{}.{} status={} "
                    "(at RCPT: {})",
                    envelope.reverse_path.text(), recipient.original,
                    queue_id.empty() ? "-" : queue_id, mail::to_string(origin), source.peer_name,
                    status.enhanced.status_class, status.enhanced.subject, status.enhanced.detail,
                    outcome_word(status), status.text);
    return status;
}

void Intake::submit(const Transaction& transaction, mail::Envelope sent_with, ContentSink& sink,
                    const Source& source, Done done) {
    ++counters_.transactions;
    const base::Time now = base::now();
    auto pending = std::make_shared<Pending>();
    pending->envelope = std::move(sent_with);
    const mail::Envelope& envelope = pending->envelope;
    const mail::Origin origin = origin_of(envelope, source);
    pending->done = std::move(done);
    pending->directory = transaction.directory;
    pending->received = now;
    pending->queue_id = envelope.forwarded.ident;
    pending->from = envelope.reverse_path.text();
    pending->dialect = source.dialect;

    const base::MessageId id = ids_.next(now);
    const std::string id_text = id.text();
    const auto answer_all = [&](const mail::Status& status) {
        const MailLine line{.id = id_text,
                            .from = pending->from,
                            .queue_id = pending->queue_id,
                            .message_id = pending->message_id,
                            .origin = mail::to_string(origin),
                            .verdict = {},
                            .received = now};
        parts_.post([pending, all = same_for_all(envelope.recipients, line, status)]() mutable {
            pending->done(std::move(all));
        });
    };
    const std::string_view octets = sink.view();
    pending->octets = sink.size();
    if (transaction.disk_failed || octets.size() != sink.size()) {
        if (transaction.disk_full) {
            no_room_for(pending->octets);
        }
        answer_all(transaction.disk_full ? disk_is_full() : store_trouble());
        return;
    }

    mime::Options options;
    options.passed = [&sink](std::size_t offset) { sink.release(offset); };
    const mime::Message message = mime::parse(octets, options);
    const delivery::Reading reading = delivery::read(message, {.text = most_text_read});
    pending->message_id = reading.message_id;

    if (delivery::has_too_many_hops(message)) {
        answer_all(
            mail::make_status(554, 4, 6, "this mail goes in a circle: too many Received fields"));
        return;
    }

    delivery::ContentFacts facts = facts_of(reading, octets);
    facts.delivered_before = delivery::delivered_before(message, source.trusted);
    pending->plan =
        policy_.plan(*pending->directory, origin, envelope, transaction.resolutions, facts);
    std::vector<chat::Addressed> recipients;
    recipients.reserve(pending->plan.entities.size());
    delivery::Named named(reading, *pending->directory);
    for (const delivery::PlannedEntity& planned : pending->plan.entities) {
        const delivery::NamedSlot by = named.slot_of(envelope, planned);
        const mail::Recipient& recipient = envelope.recipients[by.slot];
        (planned.is_held ? pending->held : recipients)
            .push_back({.entity = planned.entity->id,
                        .address = recipient.original,
                        .domain = recipient.mailbox.domain.empty() ? parts_.hostname
                                                                   : recipient.mailbox.domain,
                        .visible = by.is_named});
    }
    const delivery::MailArrival arrival{
        .id = id,
        .received = now,
        .origin = origin,
        .size = octets.size(),
        .peer = std::string(source.peer_name),
        .judgement = delivery::judge(message, origin, source.trusted, verdicts_)};
    auto note = std::make_shared<chat::Note>(
        delivery::make_note(reading, envelope, arrival, std::move(recipients)));

    store::Commit commit;
    commit.queue_id = envelope.forwarded.ident;
    commit.trace = trace_fields(envelope, pending->from, source, parts_.hostname, id_text, now);
    commit.all_recipients = written_recipients(envelope);
    const std::string& key =
        reading.message_id.empty() ? envelope.forwarded.ident : reading.message_id;
    if (!key.empty()) {
        commit.journal_key = sink.digest(key);
    }
    // Of a text that was not read to its end nobody knows whether it is the same.
    if (auto twin =
            reading.text.size() < most_text_read ? delivery::twin_of(reading) : std::nullopt) {
        commit.twin_key = store::journal_key_of(twin->name);
        commit.path = std::move(twin->path);
    }
    if (!pending->plan.remotes.empty()) {
        plan_elsewhere(*pending, commit, envelope, reading, *note);
    }
    if (!note->recipients.empty() || !pending->held.empty()) {
        commit.content = sink.take();
    }
    std::vector<std::string> answered = answered_ids(reading);
    if (!answered.empty()) {
        parts_.store.find_context(
            std::move(answered),
            [this, pending, note, commit = std::make_shared<store::Commit>(std::move(commit))](
                const store::Result<std::string>& context) {
                parts_.post([this, pending, note, commit, context = context.value_or("")] {
                    submit_note(pending, note, std::move(*commit), context);
                });
            });
        return;
    }
    submit_note(std::move(pending), std::move(note), std::move(commit), {});
}

// An answer belongs into the context of what it answers; else a mail that several get opens one.
void Intake::submit_note(std::shared_ptr<Pending> pending, std::shared_ptr<chat::Note> note,
                         store::Commit commit, const std::string& context) {
    if (!context.empty()) {
        note->context = context;
    } else if (note->recipients.size() + pending->plan.remotes.size() > 1) {
        note->context = context_of(parts_.hostname, note->id);
    }
    add_holds(*pending, *note, commit);
    pending->note = std::move(note);
    for (store::OutboxItem& item : commit.outbox) {
        item.note = pending->note;
    }
    if (pending->note->recipients.empty() && commit.outbox.empty() && commit.holds.empty()) {
        auto nothing = std::make_shared<Batch>();
        nothing->mails.push_back(std::move(pending));
        nothing->results.emplace_back();
        parts_.post([this, nothing] { committed(*nothing); });
        return;
    }
    commit.note = pending->note;
    gather(std::move(pending), std::move(commit));
}

void Intake::gather(std::shared_ptr<Pending> pending, store::Commit commit) {
    if (batch_ == nullptr) {
        batch_ = std::make_shared<Batch>();
        batch_->mails.reserve(batch_mails_usual);
        batch_->commits.reserve(batch_mails_usual);
        // Behind the circuits that have octets already: theirs may complete a mail as well.
        parts_.post([this] { hand_over(); });
    }
    batch_->octets += commit.content.bytes.size();
    batch_->mails.push_back(std::move(pending));
    batch_->commits.push_back(std::move(commit));
    if (batch_->mails.size() >= batch_mails_max || batch_->octets >= batch_octets_max) {
        hand_over();
    }
}

void Intake::hand_over() {
    if (batch_ == nullptr) {
        return; // it was full before its turn
    }
    auto batch = std::exchange(batch_, nullptr);
    auto commits = std::exchange(batch->commits, {});
    parts_.store.commit(std::move(commits), [this, batch](std::vector<store::Committed> results) {
        batch->results = std::move(results);
        parts_.post([this, batch] { committed(*batch); });
    });
}

void Intake::no_room_for(std::size_t octets) {
    refused_octets_ = std::min(refused_octets_.value_or(octets), octets);
}

// A small mail may find room where a large one does not: that says nothing.
void Intake::look_for_room(const Pending& pending, const store::Committed& result) {
    const auto has = [&](store::Outcome::Result wanted) {
        return std::ranges::any_of(result.outcomes, [wanted](const store::Outcome& outcome) {
            return outcome.result == wanted;
        });
    };
    if (has(store::Outcome::Result::disk_full)) {
        no_room_for(pending.octets);
    } else if (refused_octets_ && pending.octets >= *refused_octets_ &&
               has(store::Outcome::Result::stored)) {
        refused_octets_.reset();
        if (room_again_) {
            room_again_();
        }
    }
}

void Intake::committed(Batch& batch) {
    std::vector<std::vector<mail::Status>> statuses;
    statuses.reserve(batch.mails.size());
    {
        // The lines of a mail are written before its replies go out.
        const base::log::Gather lines;
        for (std::size_t i = 0; i < batch.mails.size(); ++i) {
            const Pending& pending = *batch.mails[i];
            if (pending.waits_for_others()) {
                statuses.emplace_back();
                continue;
            }
            const std::vector<mail::Status> gone = outbox_outcomes(pending, batch.results[i]);
            tell_gone(pending, gone);
            statuses.push_back(statuses_of(pending, batch.results[i], gone));
        }
    }
    for (std::size_t i = 0; i < batch.mails.size(); ++i) {
        Pending& pending = *batch.mails[i];
        const store::Committed& result = batch.results[i];
        if (pending.waits_for_others()) {
            hand_over_elsewhere(batch.mails[i], result);
        } else {
            pending.done(std::move(statuses[i]));
        }
        look_for_room(pending, result);
        if (result.outbox && outbox_changed_) {
            outbox_changed_();
        }
        for (const store::HeldOutcome& held : result.held) {
            if (held.announced > 0) {
                parts_.hub.publish(held.announced, held.announcement);
            }
        }
        if (result.sequence > 0) {
            parts_.hub.publish(result.sequence, stored_part(pending.note, result));
        }
    }
}

std::vector<mail::Status> Intake::statuses_of(const Pending& pending,
                                              const store::Committed& result,
                                              const std::vector<mail::Status>& remote_outcomes) {
    base::MessageId id = pending.note->id;
    const std::vector<mail::Status> entity_outcomes = entity_outcomes_of(pending, result, id);
    const std::string id_text = id.text();
    const MailLine line{.id = id_text,
                        .from = pending.from,
                        .queue_id = pending.queue_id,
                        .message_id = pending.message_id,
                        .origin = pending.note->mail.origin,
                        .verdict = pending.note->mail.verdict,
                        .received = pending.received};
    std::vector<mail::Status> statuses;
    statuses.reserve(pending.plan.slots.size());
    for (std::size_t slot = 0; slot < pending.plan.slots.size(); ++slot) {
        mail::Status status =
            delivery::slot_outcome(pending.plan, slot, entity_outcomes, remote_outcomes);
        count(status);
        const bool held = status.is_success() && pending.plan.slots[slot].disposition.action ==
                                                     mail::Disposition::Action::hold;
        const std::string& address = pending.envelope.recipients[slot].original;
        log_outcome(line, address, status, held ? "held" : outcome_word(status));
        name_recipient(status, address, id_text);
        statuses.push_back(std::move(status));
    }
    return statuses;
}

std::vector<mail::Status> Intake::same_for_all(std::span<const mail::Recipient> recipients,
                                               const MailLine& line, const mail::Status& status) {
    std::vector<mail::Status> statuses(recipients.size(), status);
    for (std::size_t slot = 0; slot < statuses.size(); ++slot) {
        count(status);
        const std::string& address = recipients[slot].original;
        log_outcome(line, address, status, outcome_word(status));
        name_recipient(statuses[slot], address, line.id);
    }
    return statuses;
}

std::vector<mail::Status> Intake::refused(const mail::Envelope& envelope, const Source& source,
                                          const mail::Status& status) {
    ++counters_.transactions;
    const base::Time now = base::now();
    const std::string id = ids_.next(now).text();
    const std::string from = envelope.reverse_path.text();
    const MailLine line{.id = id,
                        .from = from,
                        .queue_id = envelope.forwarded.ident,
                        .message_id = {},
                        .origin = mail::to_string(origin_of(envelope, source)),
                        .verdict = {},
                        .received = now};
    return same_for_all(envelope.recipients, line, status);
}

void Intake::count(const mail::Status& status) {
    if (status.is_success()) {
        ++counters_.stored;
    } else if (status.is_temporary()) {
        ++counters_.deferred;
    } else {
        ++counters_.rejected;
    }
}

void Intake::authenticate(const std::string& name, std::string password, std::string_view peer,
                          std::function<void(chat::PasswordAnswer)> done) {
    // The name is the nick, or the person's address.
    const std::string nick = name.substr(0, name.find('@'));
    const delivery::Entity* person = directory_->find(chat::EntityKind::person, nick);
    parts_.passwords.check(person == nullptr ? 0 : person->id, std::move(password), peer,
                           [this, done = std::move(done)](chat::PasswordAnswer answer) {
                               parts_.post([done, answer] { done(answer); });
                           });
}

} // namespace mailcast::net
