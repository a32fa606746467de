#include "net/out/outbox.h"

#include "base/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

Outbox::Outbox(Parts parts, Settings settings) : parts_(std::move(parts)), settings_(settings) {}

Outbox::~Outbox() {
    *alive_ = false;
}

void Outbox::set_carrier(std::string scheme, Carrier carrier) {
    carriers_.insert_or_assign(std::move(scheme), std::move(carrier));
}

std::chrono::seconds Outbox::pause_after(std::uint32_t attempts) const {
    std::chrono::seconds pause = settings_.first_pause;
    for (std::uint32_t i = 1; i < attempts && pause < settings_.last_pause; ++i) {
        pause *= 2;
    }
    return std::min(pause, settings_.last_pause);
}

bool Outbox::is_full() const {
    return items_.size() >= settings_.items || octets_ >= settings_.octets;
}

void Outbox::changed() {
    if (reading_) {
        read_again_ = true;
        return;
    }
    reading_ = true;
    parts_.store.read_outbox(
        [this, alive = alive_](store::Result<std::vector<store::OutboxItem>> items) {
            parts_.post([this, alive, items = std::move(items)] {
                if (!*alive) {
                    return;
                }
                reading_ = false;
                if (items) {
                    take_list(*items);
                } else {
                    base::log::error("outbox: cannot be read: {}", items.error().message);
                }
                if (std::exchange(read_again_, false)) {
                    changed();
                }
            });
        });
}

void Outbox::take_list(const std::vector<store::OutboxItem>& items) {
    // What an administrator dropped is not there any more; the list is in the order of numbers, as the map.
    for (auto known = items_.begin(); known != items_.end();) {
        const std::int64_t id = (known++)->first;
        if (!std::ranges::binary_search(items, id, {}, &store::OutboxItem::id)) {
            forget(id);
        }
    }
    for (const store::OutboxItem& item : items) {
        const auto [waiting, is_new] =
            items_.try_emplace(item.id, Waiting{.destination = item.destination,
                                                .next_try = item.next_try,
                                                .octets = item.octets,
                                                .under_way = false});
        if (is_new) {
            octets_ += item.octets;
        } else if (!waiting->second.under_way) {
            waiting->second.next_try = item.next_try;
        }
    }
    tick(now_);
}

void Outbox::retry(std::string_view destination) {
    for (auto& [id, waiting] : items_) {
        if (destination.empty() || waiting.destination == destination) {
            waiting.next_try = base::Time{};
        }
    }
    tick(now_);
}

void Outbox::tick(base::Time now) {
    now_ = now;
    for (auto& [id, waiting] : items_) {
        if (paused_ || under_way_ >= settings_.at_once) {
            return;
        }
        // What is put off for longer than any pause was put off by a clock that has been set back since.
        const bool waits = waiting.next_try > now && waiting.next_try - now <= settings_.last_pause;
        if (waiting.under_way || waits) {
            continue;
        }
        waiting.under_way = true;
        ++under_way_;
        parts_.store.read_outbox_item(
            id, [this, alive = alive_, number = id](store::Result<store::OutboxItem> item) {
                parts_.post([this, alive, number, item = std::move(item)] {
                    if (!*alive) {
                        return;
                    }
                    if (item) {
                        carry(*item);
                        return;
                    }
                    --under_way_;
                    const auto found = items_.find(number);
                    if (item.error().kind == store::Error::Kind::not_found) {
                        forget(number);
                    } else if (found != items_.end()) {
                        found->second.under_way = false;
                        found->second.next_try = now_ + settings_.first_pause;
                    }
                });
            });
    }
}

void Outbox::carry(const store::OutboxItem& item) {
    auto kept = std::make_shared<store::OutboxItem>(item);
    const auto done = [this, alive = alive_, kept](std::vector<mail::Status> statuses) {
        if (*alive) {
            carried(kept, std::move(statuses));
        }
    };
    const auto carrier = std::ranges::find_if(carriers_, [&item](const auto& entry) {
        return item.destination.starts_with(entry.first);
    });
    if (carrier == carriers_.end()) {
        done(
            {item.targets.size(), mail::make_status(451, 4, 1, "there is no way to it from here")});
        return;
    }
    carrier->second(*kept, done);
}

void Outbox::carried(const std::shared_ptr<store::OutboxItem>& item,
                     std::vector<mail::Status> statuses) {
    ++item->attempts;
    const bool too_old = now_ - item->created > settings_.give_up;
    std::vector<store::OutboxTarget> left;
    std::vector<std::pair<std::string, std::string>> failures;
    for (std::size_t i = 0; i < item->targets.size(); ++i) {
        const mail::Status status =
            i < statuses.size() ? std::move(statuses[i])
                                : mail::make_status(451, 4, 2, "the other side did not answer");
        const std::string reason = mail::to_string(status);
        base::log::info("outbox: item={} to={} attempt={} once={} status={} ({})", item->id,
                        item->targets[i].address, item->attempts, item->once,
                        status.is_success()     ? "delivered"
                        : status.is_temporary() ? "deferred"
                                                : "refused",
                        reason);
        if (status.is_success()) {
            ++delivered_;
        } else if (status.is_temporary() && !too_old) {
            item->reason = reason;
            left.push_back(item->targets[i]);
        } else {
            failures.emplace_back(item->targets[i].address, reason);
        }
    }
    item->targets = std::move(left);
    item->next_try = now_ + pause_after(item->attempts);
    if (failures.empty()) {
        settle(item);
        return;
    }
    failed_ += failures.size();
    tell(*item, failures, [this, alive = alive_, item, failures](bool told) {
        if (!*alive) {
            return;
        }
        // Who could not be told is told with the next attempt.
        if (!told) {
            for (const auto& [address, reason] : failures) {
                item->targets.push_back({.address = address, .visible = false});
            }
        }
        settle(item);
    });
}

void Outbox::tell(const store::OutboxItem& item,
                  const std::vector<std::pair<std::string, std::string>>& failures,
                  std::function<void(bool)> told) {
    const chat::EntityId somebody = item.sender != 0 && parts_.hub.find(item.sender) != nullptr
                                        ? item.sender
                                        : parts_.postmaster();
    if (somebody == 0) {
        base::log::error("outbox: item={} was refused and there is no postmaster to be told",
                         item.id);
        told(true);
        return;
    }
    auto note = std::make_shared<chat::Note>();
    note->id = parts_.next_id(now_);
    note->kind = chat::NoteKind::notice;
    note->time = now_;
    note->source = fmt::format("psyc://{}/", parts_.hub.hostname());
    note->source_name = parts_.hub.hostname();
    note->subject = item.note == nullptr ? "" : item.note->subject;
    note->text = fmt::format("Your mail \"{}\" was not delivered:", note->subject);
    for (const auto& [address, reason] : failures) {
        note->text += fmt::format("\n{}: {}", address, reason);
    }
    note->recipients.push_back({.entity = somebody, .address = {}, .domain = {}, .visible = false});
    // Once for each item and set of targets, also when the program ends before the item is settled.
    std::string once = fmt::format("outbox {} failed", item.id);
    for (const auto& [address, reason] : failures) {
        once += ' ' + address;
    }
    parts_.backing.append(note, std::move(once),
                          [this, alive = alive_, note,
                           told = std::move(told)](std::optional<chat::Sequence> sequence) {
                              if (*alive && sequence && *sequence > 0) {
                                  parts_.hub.publish(*sequence, note);
                              }
                              told(sequence.has_value());
                          });
}

void Outbox::settle(const std::shared_ptr<store::OutboxItem>& item) {
    const std::int64_t id = item->id;
    const bool finished = item->targets.empty();
    const auto written = [this, alive = alive_, id, finished,
                          next_try = item->next_try](bool good, const std::string& fault) {
        parts_.post([this, alive, id, finished, next_try, good, fault] {
            if (!*alive) {
                return;
            }
            --under_way_;
            if (!good) {
                base::log::error("outbox: item={} could not be written: {}", id, fault);
            }
            const auto found = items_.find(id);
            if (found == items_.end()) {
                return;
            }
            if (finished && good) {
                forget(id);
                return;
            }
            found->second.under_way = false;
            found->second.next_try = next_try;
        });
    };
    if (finished) {
        parts_.store.remove_outbox_item(id, [written](const store::Result<std::monostate>& result) {
            written(result.has_value(), result ? "" : result.error().message);
        });
        return;
    }
    store::OutboxItem changed = *item;
    changed.note = nullptr;
    changed.content.clear();
    parts_.store.put_outbox_item(
        std::move(changed), [written](const store::Result<std::int64_t>& result) {
            written(result.has_value(), result ? "" : result.error().message);
        });
}

void Outbox::forget(std::int64_t id) {
    const auto found = items_.find(id);
    if (found != items_.end()) {
        octets_ -= found->second.octets;
        items_.erase(found);
    }
}

} // namespace mailcast::net
