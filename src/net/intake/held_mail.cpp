#include "net/intake/held_mail.h"

#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"
#include "mail/mailbox.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

using chat::HeldVerdict;
using chat::RelationKind;

chat::HeldMail shown(const store::HeldItem& item) {
    chat::HeldMail mail{.number = item.number,
                        .received = item.received,
                        .kept_until = item.kept_until,
                        .sender = base::safe_line(item.sender),
                        .source_name = {},
                        .badge = {},
                        .subject = {},
                        .size = item.octets};
    if (item.note != nullptr) {
        mail.source_name = item.note->source_name;
        mail.badge = item.note->badge;
        mail.subject = item.note->subject;
    }
    return mail;
}

bool is_of(const store::HeldItem& item, const std::string& sender) {
    return base::iequals(item.sender, sender);
}

chat::Relation relation_of(chat::EntityId person, RelationKind kind, const std::string& sender) {
    return {
        .entity = person, .kind = kind, .subject = "mailto:" + base::lowered(sender), .value = {}};
}

} // namespace

// What she has said, on its way through the mails that it is about.
struct HeldMail::Judgement {
    chat::EntityId person = 0;
    HeldVerdict verdict = HeldVerdict::release;
    std::string sender; // "" when it is about one mail only
    std::vector<std::int64_t> numbers;
    std::size_t at = 0;
    std::size_t settled = 0;
    std::string trouble; // the first
    std::function<void(bool good, std::string line)> done;
};

void HeldMail::list(chat::EntityId person,
                    std::function<void(std::optional<std::vector<chat::HeldMail>>)> done) {
    parts_.store.read_held(person, [this, done = std::move(done)](
                                       const store::Result<std::vector<store::HeldItem>>& items) {
        std::optional<std::vector<chat::HeldMail>> mails;
        if (items) {
            mails.emplace();
            std::ranges::transform(*items, std::back_inserter(*mails), shown);
        } else {
            base::log::error("reading held mail: {}", items.error().message);
        }
        parts_.post([done, mails = std::move(mails)]() mutable { done(std::move(mails)); });
    });
}

void HeldMail::judge(chat::EntityId person, std::int64_t number, HeldVerdict verdict,
                     std::function<void(bool good, std::string line)> done) {
    auto judgement = std::make_shared<Judgement>();
    judgement->person = person;
    judgement->verdict = verdict;
    judgement->done = std::move(done);
    parts_.store.read_held(
        person, [this, judgement, number](store::Result<std::vector<store::HeldItem>> items) {
            parts_.post([this, judgement, number, items = std::move(items)] {
                if (!items) {
                    judgement->done(false, items.error().message);
                    return;
                }
                const auto found = std::ranges::find(*items, number, &store::HeldItem::number);
                if (found == items->end()) {
                    judgement->done(false, fmt::format("no mail {} is held", number));
                    return;
                }
                judgement->numbers = {number};
                if (judgement->verdict != HeldVerdict::release && !found->sender.empty()) {
                    judgement->sender = found->sender;
                    judgement->numbers.clear();
                    for (const store::HeldItem& item : *items) {
                        if (is_of(item, found->sender)) {
                            judgement->numbers.push_back(item.number);
                        }
                    }
                }
                judge_all(judgement);
            });
        });
}

void HeldMail::judge_sender(chat::EntityId person, std::string sender, HeldVerdict verdict,
                            std::function<void(bool good, std::string line)> done) {
    auto judgement = std::make_shared<Judgement>();
    judgement->person = person;
    judgement->verdict = verdict;
    judgement->done = std::move(done);
    const auto mailbox = mail::parse_mailbox(sender);
    if (!mailbox || mailbox->domain.empty()) {
        parts_.post([judgement, sender = std::move(sender)] {
            judgement->done(false, fmt::format("'{}' is no mail address", base::safe_line(sender)));
        });
        return;
    }
    judgement->sender = mailbox->text();
    parts_.store.read_held(
        person, [this, judgement](store::Result<std::vector<store::HeldItem>> items) {
            parts_.post([this, judgement, items = std::move(items)] {
                if (!items) {
                    judgement->done(false, items.error().message);
                    return;
                }
                for (const store::HeldItem& item : *items) {
                    if (is_of(item, judgement->sender)) {
                        judgement->numbers.push_back(item.number);
                    }
                }
                if (judgement->numbers.empty() && judgement->verdict == HeldVerdict::release) {
                    judgement->done(false, fmt::format("no mail of {} is held", judgement->sender));
                    return;
                }
                judge_all(judgement);
            });
        });
}

bool HeldMail::remember_sender(const Judgement& judgement) const {
    if (judgement.verdict == HeldVerdict::release || judgement.sender.empty()) {
        return true;
    }
    const bool lets_in = judgement.verdict == HeldVerdict::always;
    parts_.forget(relation_of(
        judgement.person, lets_in ? RelationKind::refused : RelationKind::known, judgement.sender));
    return parts_.remember(relation_of(
        judgement.person, lets_in ? RelationKind::known : RelationKind::refused, judgement.sender));
}

void HeldMail::judge_all(const std::shared_ptr<Judgement>& judgement) {
    if (!remember_sender(*judgement)) {
        judgement->done(false, "too many senders are remembered already");
        return;
    }
    next(judgement);
}

// One after the other: their order in the log is that in which they came.
void HeldMail::next(const std::shared_ptr<Judgement>& judgement) {
    if (judgement->at == judgement->numbers.size()) {
        judgement->done(judgement->trouble.empty(), said(*judgement));
        return;
    }
    const std::int64_t number = judgement->numbers[judgement->at++];
    const auto settle = [this, judgement](const store::Error* error) {
        if (error == nullptr) {
            ++judgement->settled;
        } else if (error->kind != store::Error::Kind::not_found && judgement->trouble.empty()) {
            judgement->trouble = error->message;
        }
        next(judgement);
    };
    if (judgement->verdict == HeldVerdict::never) {
        parts_.store.drop_held(
            judgement->person, number,
            [this, settle, number](const store::Result<std::monostate>& dropped) {
                parts_.post([settle, number, dropped] {
                    if (dropped) {
                        base::log::info("held: number={} dropped by its person", number);
                    }
                    settle(dropped ? nullptr : &dropped.error());
                });
            });
        return;
    }
    parts_.store.release_held(
        judgement->person, number,
        [this, settle, number](const store::Result<store::Released>& released) {
            parts_.post([this, settle, number, released] {
                if (released) {
                    base::log::info("held: number={} id={} released", number,
                                    released->note->id.text());
                    parts_.publish(released->sequence, released->note);
                }
                settle(released ? nullptr : &released.error());
            });
        });
}

std::string HeldMail::said(const Judgement& judgement) {
    if (!judgement.trouble.empty()) {
        return judgement.trouble;
    }
    std::string mails =
        judgement.settled == 1 ? "1 mail" : fmt::format("{} mails", judgement.settled);
    const std::string sender = base::safe_line(judgement.sender);
    switch (judgement.verdict) {
    case HeldVerdict::release:
        return fmt::format("{} released", mails);
    case HeldVerdict::always:
        return sender.empty()
                   ? fmt::format("{} released; it names no sender to remember", mails)
                   : fmt::format("{} released; mail of {} is let in from now on", mails, sender);
    case HeldVerdict::never:
        return sender.empty()
                   ? fmt::format("{} dropped; it names no sender to remember", mails)
                   : fmt::format("{} dropped; mail of {} is refused from now on", mails, sender);
    }
    return mails;
}

void HeldMail::expire(base::Time now) {
    parts_.store.expire_held(now, [](const store::Result<std::vector<store::HeldItem>>& gone) {
        if (!gone) {
            base::log::error("expiry of held mail: {}", gone.error().message);
            return;
        }
        for (const store::HeldItem& item : *gone) {
            base::log::info("held: number={} from=<{}> entity={} dropped: nobody has asked for it",
                            item.number, item.sender, item.entity);
        }
    });
}

} // namespace mailcast::net
