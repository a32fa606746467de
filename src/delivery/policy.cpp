#include "delivery/policy.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <unordered_map>

namespace mailcast::delivery {

namespace {

using Action = mail::Disposition::Action;

constexpr const char* held_rule = "otherwise=hold";

mail::Status refused(const mail::Recipient& recipient, std::string_view why) {
    return mail::make_status(550, 7, 1, fmt::format("<{}> {}", recipient.original, why));
}

// What is not of PSYC has no way from here; an administrator can change the alias, so it is put off.
mail::Status unreachable(const mail::Recipient& recipient) {
    return mail::make_status(
        451, 4, 1,
        fmt::format("<{}> leads to an address that is not reached from here", recipient.original));
}

bool is_reachable(const RemoteTarget& target) {
    return base::istarts_with(target.uniform, "psyc://");
}

// Rules of a recipient elsewhere are for its own node; only those of this server are asked.
const Entity& somebody_elsewhere() {
    static const Entity entity;
    return entity;
}

mail::Status unresolved(const mail::Recipient& recipient, Resolution::Kind kind) {
    switch (kind) {
    case Resolution::Kind::not_ours:
        return refused(recipient, "relaying denied: this domain is not served here");
    case Resolution::Kind::no_postmaster:
        return mail::make_status(
            451, 3, 0, fmt::format("<{}> nobody is here yet to read this", recipient.original));
    case Resolution::Kind::broken_alias:
        return mail::make_status(
            451, 3, 5, fmt::format("<{}> this alias leads only to itself", recipient.original));
    case Resolution::Kind::found:
    case Resolution::Kind::unknown:
        break;
    }
    return mail::make_status(550, 1, 1,
                             fmt::format("<{}> nobody of this name here", recipient.original));
}

mail::Disposition disposed(mail::Status status, std::string rule) {
    mail::Disposition made;
    made.action = status.is_temporary() ? Action::defer : Action::reject;
    made.status = std::move(status);
    made.rule = std::move(rule);
    return made;
}

// The mail has been delivered to this recipient before, under whatever spelling of it.
bool was_delivered(const Directory& directory, const Resolution& resolution,
                   const ContentFacts& facts) {
    return std::ranges::any_of(facts.delivered_before, [&](const mail::Mailbox& before) {
        const Resolution other = directory.resolve(before);
        return other.found() && other.targets.data() == resolution.targets.data() &&
               other.targets.size() == resolution.targets.size();
    });
}

// The few that are elsewhere are found by looking through them.
std::size_t plan_remote(Plan& plan, const std::string& uniform, std::size_t slot) {
    const auto found = std::ranges::find(plan.remotes, uniform, &PlannedRemote::uniform);
    const auto index = static_cast<std::size_t>(found - plan.remotes.begin());
    if (found == plan.remotes.end()) {
        plan.remotes.push_back({uniform, {}});
    }
    plan.remotes[index].slots.push_back(slot);
    return index;
}

// RFC 5321 4.1.1.1: the null reverse-path is written <>.
std::string spelled(const mail::Mailbox& sender) {
    return "<" + sender.text() + ">";
}

} // namespace

// The text reads on after "<address> ".
struct Policy::Refusal {
    std::string rule;
    std::string why;
    bool too_large = false;

    mail::Disposition disposition(const mail::Recipient& recipient) const {
        mail::Disposition made;
        made.action = Action::reject;
        made.rule = rule;
        made.status = too_large ? mail::make_status(552, 3, 4,
                                                    fmt::format("<{}> {}", recipient.original, why))
                                : refused(recipient, why);
        return made;
    }
};

bool Policy::known(const Directory& directory, mail::Origin origin, const Entity& entity,
                   const mail::Mailbox& sender) const {
    if (sender.is_null()) {
        return false;
    }
    if (origin == mail::Origin::internal) {
        // Inside, a reverse-path of ours is believed; from outside anybody can write it.
        const Resolution own = directory.resolve(sender);
        if (own.found() && own.targets.size() == 1) {
            const auto* const* local = std::get_if<const Entity*>(&own.targets.front());
            if (local != nullptr && (*local)->kind == chat::EntityKind::person) {
                return true;
            }
        }
    }
    return is_known_ && is_known_(entity, sender);
}

std::optional<Policy::Refusal> Policy::judge_sender(const Directory& directory, mail::Origin origin,
                                                    const mail::Envelope& envelope,
                                                    const mail::Recipient& recipient,
                                                    const Entity& entity) const {
    const mail::Mailbox& sender = envelope.reverse_path;
    if (is_refused_ && !sender.is_null() && is_refused_(entity, sender)) {
        return Refusal{"refused sender",
                       fmt::format("takes no mail from {} any more", spelled(sender))};
    }
    // RFC 5321 4.5.1: "every reasonable effort to accept mail directed to Postmaster from any other system".
    if (is_postmaster(recipient.mailbox)) {
        return std::nullopt;
    }
    const OriginPolicy& policy = of(origin);
    if (policy.senders == OriginPolicy::Senders::none) {
        return Refusal{
            fmt::format("policy.{}.senders=none", to_string(origin)),
            fmt::format("takes no {} mail (rule of this server: senders=none)", to_string(origin))};
    }
    if (policy.senders == OriginPolicy::Senders::known &&
        !known(directory, origin, entity, sender)) {
        return Refusal{fmt::format("policy.{}.senders=known", to_string(origin)),
                       fmt::format("does not know the sender {} (rule of this server: "
                                   "senders=known)",
                                   spelled(sender))};
    }
    if (is_chosen(directory, origin, entity, sender) ||
        is_held(directory, origin, envelope, entity)) {
        return std::nullopt;
    }
    switch (entity.rules.senders) {
    case Rules::Senders::any:
        return std::nullopt;
    case Rules::Senders::known:
        return Refusal{"senders=known",
                       fmt::format("takes mail only from senders known there, {} is not "
                                   "(rule: senders=known)",
                                   spelled(sender))};
    case Rules::Senders::internal:
        return Refusal{"senders=internal", "takes mail only from inside (rule: senders=internal)"};
    case Rules::Senders::none:
        return Refusal{"senders=none", "takes no mail at all (rule: senders=none)"};
    case Rules::Senders::list:
        return Refusal{"senders=list", fmt::format("takes mail only from a list of senders, {} is "
                                                   "not on it (rule: senders)",
                                                   spelled(sender))};
    }
    return std::nullopt;
}

// The entity's own rule about senders takes this one.
bool Policy::is_chosen(const Directory& directory, mail::Origin origin, const Entity& entity,
                       const mail::Mailbox& sender) const {
    switch (entity.rules.senders) {
    case Rules::Senders::any:
        return true;
    case Rules::Senders::known:
        return known(directory, origin, entity, sender) ||
               list_matches(entity.rules.sender_list, sender);
    case Rules::Senders::internal:
        return origin == mail::Origin::internal;
    case Rules::Senders::none:
        return false;
    case Rules::Senders::list:
        return list_matches(entity.rules.sender_list, sender) ||
               (entity.rules.hold && is_known_ && !sender.is_null() && is_known_(entity, sender));
    }
    return false;
}

bool Policy::is_held(const Directory& directory, mail::Origin origin,
                     const mail::Envelope& envelope, const Entity& entity) const {
    return entity.kind == chat::EntityKind::person && may_hold(entity.rules) &&
           !is_chosen(directory, origin, entity, envelope.reverse_path);
}

std::optional<Policy::Refusal> Policy::judge_declared(const mail::Envelope& envelope,
                                                      const Entity& entity) const {
    const auto& limit = entity.rules.max_size;
    if (!limit || !envelope.declared_size || *envelope.declared_size <= *limit) {
        return std::nullopt;
    }
    return Refusal{"max_size",
                   fmt::format("takes at most {} octets, {} are announced (rule: max_size)", *limit,
                               *envelope.declared_size),
                   true};
}

std::optional<Policy::Refusal> Policy::judge_content(const Entity& entity,
                                                     const ContentFacts& facts) const {
    const Rules& rules = entity.rules;
    if (rules.max_size && facts.size > *rules.max_size) {
        return Refusal{"max_size",
                       fmt::format("takes at most {} octets, this mail has {} (rule: max_size)",
                                   *rules.max_size, facts.size),
                       true};
    }
    if (!rules.attachments && facts.has_attachments) {
        return Refusal{"attachments=reject",
                       "takes no attachments, send the text alone (rule: attachments=reject)"};
    }
    if (!rules.html && facts.only_html) {
        return Refusal{"html=reject",
                       "takes no mail that is HTML only, send plain text (rule: html=reject)"};
    }
    if (rules.max_lines && facts.text_lines > *rules.max_lines) {
        return Refusal{"max_lines",
                       fmt::format("takes at most {} lines, this mail has {} (rule: max_lines)",
                                   *rules.max_lines, facts.text_lines)};
    }
    return std::nullopt;
}

// address_verify_sender of Postfix; with address_verify_sender_ttl something follows the word.
bool is_probe(const mail::Envelope& envelope) {
    return base::istarts_with(envelope.reverse_path.local, "double-bounce") &&
           envelope.forwarded.source != mail::Origin::external;
}

mail::Disposition Policy::at_recipient(const Directory& directory, mail::Origin origin,
                                       const mail::Envelope& envelope,
                                       const mail::Recipient& recipient,
                                       const Resolution& resolution) const {
    if (!resolution.found()) {
        return disposed(unresolved(recipient, resolution.kind), "directory");
    }
    mail::Disposition accepted;
    accepted.status = mail::make_status(250, 1, 5, fmt::format("<{}> ok", recipient.original));
    const OriginPolicy& policy = of(origin);
    if (envelope.recipients.size() >= policy.recipients) {
        return disposed(
            mail::make_status(452, 5, 3, "too many recipients, send the rest separately"),
            fmt::format("limits.{}.recipients", to_string(origin)));
    }
    if (is_probe(envelope)) {
        return accepted;
    }
    if (envelope.declared_size && *envelope.declared_size > policy.message_size) {
        return disposed(
            mail::make_status(552, 3, 4,
                              fmt::format("<{}> {} mail has at most {} octets, {} are announced",
                                          recipient.original, to_string(origin),
                                          policy.message_size, *envelope.declared_size)),
            fmt::format("limits.{}.message_size", to_string(origin)));
    }

    // One target that may take the mail is enough to go on; what the others say is for plan().
    std::optional<mail::Disposition> answer;
    bool kept = false;
    for (const Target& target : resolution.targets) {
        const auto* remote = std::get_if<RemoteTarget>(&target);
        if (remote != nullptr && !is_reachable(*remote)) {
            answer = disposed(unreachable(recipient), "remote");
            continue;
        }
        const Entity& entity =
            remote != nullptr ? somebody_elsewhere() : *std::get<const Entity*>(target);
        auto refusal = judge_sender(directory, origin, envelope, recipient, entity);
        const bool held = !refusal && is_held(directory, origin, envelope, entity);
        if (!refusal && !held) {
            refusal = judge_declared(envelope, entity);
        }
        if (!refusal && !held) {
            return accepted;
        }
        if (held) {
            kept = true;
        } else if (!answer) {
            answer = refusal->disposition(recipient);
        }
    }
    if (kept) {
        accepted.action = Action::hold;
        accepted.rule = held_rule;
        return accepted;
    }
    return *answer;
}

Plan Policy::plan(const Directory& directory, mail::Origin origin, const mail::Envelope& envelope,
                  std::span<const Resolution> resolutions, const ContentFacts& facts) const {
    Plan plan;
    plan.slots.resize(envelope.recipients.size());
    // For few recipients the map stays on the stack.
    std::array<std::byte, 1024> room; // NOLINT: filled by the map
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
    std::pmr::unordered_map<const Entity*, std::size_t> planned(&memory);

    for (std::size_t slot = 0; slot < plan.slots.size(); ++slot) {
        const mail::Recipient& recipient = envelope.recipients[slot];
        const Resolution& resolution = resolutions[slot];
        PlannedSlot& made = plan.slots[slot];

        if (!resolution.found()) {
            made.disposition = disposed(unresolved(recipient, resolution.kind), "directory");
            continue;
        }
        if (was_delivered(directory, resolution, facts)) {
            made.disposition = disposed(
                mail::make_status(554, 4, 6,
                                  fmt::format("<{}> has had this mail before: it goes in a circle",
                                              recipient.original)),
                "loop");
            continue;
        }
        if (facts.size > of(origin).message_size) {
            made.disposition =
                Refusal{fmt::format("limits.{}.message_size", to_string(origin)),
                        fmt::format("{} mail has at most {} octets, this one has {}",
                                    to_string(origin), of(origin).message_size, facts.size),
                        true}
                    .disposition(recipient);
            continue;
        }

        std::optional<mail::Disposition> deferred;
        std::optional<mail::Disposition> rejected;
        for (const Target& target : resolution.targets) {
            const auto* remote = std::get_if<RemoteTarget>(&target);
            if (remote != nullptr && !is_reachable(*remote)) {
                deferred = disposed(unreachable(recipient), "remote");
                continue;
            }
            const Entity* entity =
                remote != nullptr ? &somebody_elsewhere() : std::get<const Entity*>(target);
            auto refusal = judge_sender(directory, origin, envelope, recipient, *entity);
            const bool held = !refusal && is_held(directory, origin, envelope, *entity);
            if (!refusal && !held) {
                refusal = judge_content(*entity, facts);
            }
            if (refusal) {
                if (!rejected) {
                    rejected = refusal->disposition(recipient);
                }
                continue;
            }
            if (remote != nullptr) {
                made.remotes.push_back(plan_remote(plan, remote->uniform, slot));
                continue;
            }
            const auto [position, is_new] = planned.try_emplace(entity, plan.entities.size());
            if (is_new) {
                plan.entities.push_back({entity, {}, held});
            }
            plan.entities[position->second].slots.push_back(slot);
            made.entities.push_back(position->second);
        }
        const auto is_kept = [&plan](std::size_t index) { return plan.entities[index].is_held; };
        if (deferred) {
            made.disposition = *std::move(deferred);
        } else if (made.entities.empty() && made.remotes.empty()) {
            made.disposition = *std::move(rejected);
        } else if (made.remotes.empty() && std::ranges::all_of(made.entities, is_kept)) {
            made.disposition.action = Action::hold;
            made.disposition.rule = held_rule;
        }
    }
    return plan;
}

bool may_share(const Rules& first, const Rules& later) {
    return first.max_size == later.max_size && first.max_lines == later.max_lines &&
           first.attachments == later.attachments && first.html == later.html && !first.quota &&
           !later.quota && !may_hold(first) && !may_hold(later);
}

bool may_share(const Resolution& first, const Resolution& later) {
    const auto rules_of = [](const Target& target) -> const Rules& {
        const auto* const* entity = std::get_if<const Entity*>(&target);
        // Mail for another node waits in the outbox: nothing here can refuse its content.
        return entity == nullptr ? somebody_elsewhere().rules : (*entity)->rules;
    };
    const auto same = [](const Target& a, const Target& b) {
        const auto* const* first_entity = std::get_if<const Entity*>(&a);
        const auto* const* later_entity = std::get_if<const Entity*>(&b);
        return first_entity != nullptr && later_entity != nullptr && *first_entity == *later_entity;
    };
    if (std::ranges::is_permutation(first.targets, later.targets, same)) {
        return true;
    }
    return std::ranges::all_of(first.targets, [&](const Target& a) {
        return std::ranges::all_of(
            later.targets, [&](const Target& b) { return may_share(rules_of(a), rules_of(b)); });
    });
}

} // namespace mailcast::delivery
