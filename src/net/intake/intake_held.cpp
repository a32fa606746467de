// Mail that is held for its recipient: what goes to the store, and the line that she hears of it.
#include "base/utf8.h"
#include "net/intake/intake.h"
#include "net/intake/intake_pending.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace mailcast::net {

namespace {

// A line is read at a glance; the list has the whole.
constexpr std::size_t announced_octets = 100; // of name and of subject each

std::string announcement_of(const chat::Note& mail, std::int64_t number, base::Time kept_until) {
    const auto beginning = [](const std::string& text) {
        const std::string line = base::safe_line(text);
        const std::string head(base::utf8_prefix(line, announced_octets));
        return head.size() < line.size() ? head + "..." : head;
    };
    const std::string address = beginning(mail.mail.envelope_from);
    return fmt::format("Held mail {} from {} <{}> ({}): \"{}\". Say accept {}, always {} or "
                       "never {}; it is kept until {}.",
                       number, beginning(mail.source_name), address, mail.badge,
                       beginning(mail.subject), number, number, number,
                       base::format_rfc3339(kept_until).substr(0, sizeof "2026-11-23" - 1));
}

} // namespace

void Intake::add_holds(const Pending& pending, const chat::Note& note, store::Commit& commit) {
    for (const chat::Addressed& person : pending.held) {
        auto held = std::make_shared<chat::Note>(note);
        held->recipients = {person};
        if (!note.recipients.empty() || !commit.holds.empty()) {
            // Where the mail is in a log already it has a row of its own.
            held->id = ids_.next(pending.received);
        }
        store::Hold hold{.note = held,
                         .kept_until = pending.received + held_limits_.keep,
                         .most_mails = held_limits_.mails,
                         .most_octets = held_limits_.octets,
                         .announce = {}};
        hold.announce = [held, until = hold.kept_until, id = ids_.next(pending.received),
                         hostname = parts_.hostname](std::int64_t number) {
            auto line = std::make_shared<chat::Note>();
            line->id = id;
            line->kind = chat::NoteKind::notice;
            line->time = held->time;
            line->source = fmt::format("psyc://{}/", hostname);
            line->source_name = hostname;
            line->text = announcement_of(*held, number, until);
            line->recipients.push_back({.entity = held->recipients.front().entity,
                                        .address = {},
                                        .domain = {},
                                        .visible = false});
            return line;
        };
        commit.holds.push_back(std::move(hold));
    }
}

std::vector<mail::Status> Intake::entity_outcomes_of(const Pending& pending,
                                                     const store::Committed& result,
                                                     base::MessageId& id) {
    std::vector<mail::Status> outcomes;
    outcomes.reserve(pending.plan.entities.size());
    std::size_t entered = 0;
    std::size_t held = 0;
    for (const delivery::PlannedEntity& planned : pending.plan.entities) {
        store::Outcome outcome;
        if (planned.is_held && held < result.held.size()) {
            outcome = result.held[held++].outcome;
        } else if (!planned.is_held && entered < result.outcomes.size()) {
            outcome = result.outcomes[entered++];
        }
        if (planned.is_held && outcome.result == store::Outcome::Result::full) {
            outcomes.push_back(mail::make_status(
                452, 2, 2, "too much mail waits for this recipient's leave, try again later"));
        } else {
            outcomes.push_back(status_of(outcome.result));
        }
        if (outcome.result == store::Outcome::Result::duplicate) {
            ++counters_.duplicates;
            id = outcome.id;
        }
        if (planned.is_held && outcome.result == store::Outcome::Result::stored) {
            ++counters_.held;
        }
    }
    return outcomes;
}

} // namespace mailcast::net
