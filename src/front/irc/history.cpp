// What an IRC client asks of the past: IRCv3 draft/chathistory and draft/read-marker.
//
// A log is walked back from its end, at most history_pages pages, and only what the answer needs is held.  Order is
// that of time, then id.  A conversation with a person is what stands in both logs.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace mailcast::front {

using irc::Capability;

namespace {

constexpr std::size_t history_pages = 40;
constexpr std::size_t history_page = 250; // entries
constexpr std::size_t targets_scanned = 1000;

// A place in the order of a log: what lies behind it is newer.
struct Bound {
    base::Time time{};
    base::MessageId id; // zero: all of that millisecond lie behind or before

    bool is_exact = false;
};

// Two digits or more at `at`, as a number; -1 when there are none.
int number_at(std::string_view text, std::size_t at, std::size_t size) {
    int number = -1;
    const std::string_view digits = text.substr(std::min(at, text.size()), size);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && digits.size() == size && end == digits.data() + size ? number
                                                                                        : -1;
}

// "2026-11-23T12:00:00.000Z", the one form that IRCv3 server-time knows; the milliseconds may be missing.
std::optional<base::Time> parse_time(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || !text.ends_with('Z')) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day{
        std::chrono::year(number_at(text, 0, 4)),
        std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
        std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
    const int hours = number_at(text, 11, 2);
    const int minutes = number_at(text, 14, 2);
    const int seconds = number_at(text, 17, 2);
    const int milliseconds = text[19] == '.' ? number_at(text, 20, 3) : 0;
    if (!day.ok() || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 ||
        seconds > 60 || milliseconds < 0) {
        return std::nullopt;
    }
    return base::Time{std::chrono::sys_days{day}} + std::chrono::hours(hours) +
           std::chrono::minutes(minutes) + std::chrono::seconds(seconds) +
           std::chrono::milliseconds(milliseconds);
}

// An id begins with the milliseconds of its making (base/id.h).
base::Time time_of(const base::MessageId& id) {
    std::int64_t milliseconds = 0;
    for (std::size_t at = 0; at < 6; ++at) {
        milliseconds = milliseconds * 256 + id.bytes().at(at);
    }
    return base::from_unix_ms(milliseconds);
}

bool is_newer(const chat::Note& note, const Bound& bound) {
    return note.time > bound.time ||
           (bound.is_exact && note.time == bound.time && note.id > bound.id);
}

bool is_older(const chat::Note& note, const Bound& bound) {
    return note.time < bound.time ||
           (bound.is_exact && note.time == bound.time && note.id < bound.id);
}

bool comes_before(const chat::LogEntry& a, const chat::LogEntry& b) {
    return std::tie(a.note->time, a.note->id) < std::tie(b.note->time, b.note->id);
}

} // namespace

// One CHATHISTORY on its way.
struct IrcFront::HistoryRequest {
    std::string target; // as it is shown: "#lab", "Bob", "bea|example_net"
    std::string label;
    std::optional<Bound> above; // only what is newer
    std::optional<Bound> below; // only what is older
    bool newest = true;         // of what is between, else the oldest
    std::size_t limit = 0;
    // Of AROUND: the middle, and how much of each side.
    std::optional<Bound> middle;

    struct Source {
        chat::EntityId log = 0;
        std::string from_nick{};    // folded; "" for all
        std::string from_uniform{}; // "" for all
    };

    std::vector<Source> sources;
    std::size_t source = 0;
    chat::Sequence before = 0; // of the walk; 0 for the end of the log
    std::size_t pages = 0;
    std::vector<chat::LogEntry> found;     // of this source
    std::vector<chat::LogEntry> collected; // of those before

    bool wants(const chat::Note& note, const chat::Hub& hub) const {
        const Source& from = sources[source];
        if (!from.from_uniform.empty() && note.source != from.from_uniform) {
            return false;
        }
        if (!from.from_nick.empty() &&
            (irc::folded(irc_sender_nick(note, hub)) != from.from_nick ||
             irc_mail_of_context(note.context).has_value() !=
                 (note.kind == chat::NoteKind::mail && !note.context.empty()))) {
            return false;
        }
        return (!above || is_newer(note, *above)) && (!below || is_older(note, *below));
    }

    // Keeps the list of what was found within what the answer needs; true when more cannot change it.
    bool trim(std::vector<chat::LogEntry>& list) const {
        std::ranges::sort(list, comes_before);
        if (middle) {
            const auto split = std::ranges::find_if(list, [this](const chat::LogEntry& entry) {
                return !is_older(*entry.note, *middle);
            });
            const auto lower = static_cast<std::size_t>(split - list.begin());
            const std::size_t upper = list.size() - lower;
            const std::size_t half = limit / 2;
            const bool enough = lower >= half;
            if (upper > limit - half) {
                list.resize(lower + (limit - half));
            }
            if (lower > half) {
                list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(lower - half));
            }
            return enough;
        }
        if (list.size() <= limit) {
            return newest && list.size() == limit;
        }
        if (newest) {
            list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(limit));
            return true;
        }
        list.resize(limit);
        return false;
    }
};

void IrcFront::do_chathistory(const Request& request) {
    const auto is = [&request](std::string_view name) {
        return base::iequals(request.param(0), name);
    };
    if (is("TARGETS")) {
        history_targets(request);
        return;
    }
    const bool between = is("BETWEEN");
    if (!between && !is("LATEST") && !is("BEFORE") && !is("AFTER") && !is("AROUND")) {
        fail("CHATHISTORY", "INVALID_PARAMS", {request.param(0)}, "Unknown command");
        return;
    }
    const std::size_t at_limit = between ? 4 : 3;
    std::size_t limit = 0;
    const std::string_view digits = request.param(at_limit);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
    if (request.size() <= at_limit || error != std::errc{} || limit == 0) {
        fail("CHATHISTORY", "INVALID_PARAMS", {request.param(0)}, "Insufficient parameters");
        return;
    }

    auto asked = std::make_shared<HistoryRequest>();
    asked->limit = std::min(limit, most_history_lines);
    const std::string_view target = request.param(1);
    if (const chat::Entity* place = clients_.place_of_channel(target);
        place != nullptr && is_in(place->id)) {
        asked->target = irc_channel(*place);
        asked->sources.push_back({.log = place->id});
    } else if (const chat::Entity* other = clients_.person_of_nick(target); other != nullptr) {
        asked->target = irc_person_nick(*other);
        asked->sources.push_back({.log = person(), .from_nick = irc::folded(asked->target)});
        if (other->id != person()) {
            asked->sources.push_back({.log = other->id, .from_uniform = speaker().uniform});
        }
    } else if (!address_of_sender_nick(target).empty() || target.find('|') != std::string::npos) {
        asked->target = target;
        asked->sources.push_back({.log = person(), .from_nick = irc::folded(target)});
    } else {
        fail("CHATHISTORY", "INVALID_TARGET", {request.param(0), target},
             "Messages could not be retrieved");
        return;
    }

    // Both ends, an id by the time of its note.
    struct Ends {
        std::vector<std::string> texts;
        std::vector<std::optional<Bound>> bounds;
    };

    auto ends = std::make_shared<Ends>();
    ends->texts.emplace_back(request.param(2));
    if (between) {
        ends->texts.emplace_back(request.param(3));
    }
    asked->label = take_label();
    const std::string command = base::lowered(request.param(0));
    const auto begin = [weak = weak_from_this(), asked, ends, command] {
        const auto self = weak.lock();
        if (!self || self->gone()) {
            return;
        }
        const auto& bounds = ends->bounds;
        if (command == "latest") {
            asked->above = bounds[0];
        } else if (command == "before") {
            asked->below = bounds[0];
        } else if (command == "after") {
            asked->above = bounds[0];
            asked->newest = false;
        } else if (command == "around") {
            asked->middle = bounds[0];
        } else {
            const bool forward =
                bounds[0]->time < bounds[1]->time ||
                (bounds[0]->time == bounds[1]->time && bounds[0]->id < bounds[1]->id);
            asked->above = bounds[forward ? 0 : 1];
            asked->below = bounds[forward ? 1 : 0];
            asked->newest = !forward;
        }
        self->send_history(asked, std::nullopt);
    };
    const auto wrong = [weak = weak_from_this(), asked, name = std::string(request.param(0))] {
        if (const auto self = weak.lock(); self && !self->gone()) {
            const auto complain = [&] {
                self->fail("CHATHISTORY", "INVALID_MSGREFTYPE", {name}, "Unknown reference");
            };
            if (self->collecting_) {
                self->label_ = asked->label;
                complain();
            } else {
                self->answer_under(asked->label, complain);
            }
            --self->joining_;
            self->resume_input();
        }
    };
    ++joining_; // until it is answered
    resolve_ends(ends->texts, command == "latest",
                 [ends, begin, wrong](std::optional<std::vector<HistoryEnd>> resolved) {
                     if (!resolved) {
                         wrong();
                         return;
                     }
                     for (const HistoryEnd& one : *resolved) {
                         ends->bounds.push_back(
                             one.open
                                 ? std::nullopt
                                 : std::optional(Bound{
                                       .time = one.time, .id = one.id, .is_exact = one.is_exact}));
                     }
                     begin();
                 });
}

// "*", "timestamp=..." and "msgid=..." to places in the order of logs; nullopt when one is none of them.
void IrcFront::resolve_ends(std::vector<std::string> texts, bool may_be_open,
                            std::function<void(std::optional<std::vector<HistoryEnd>>)> done) {
    auto found = std::make_shared<std::vector<HistoryEnd>>();
    resolve_next(std::make_shared<const std::vector<std::string>>(std::move(texts)), may_be_open,
                 found, std::move(done));
}

void IrcFront::resolve_next(const std::shared_ptr<const std::vector<std::string>>& texts,
                            bool may_be_open, const std::shared_ptr<std::vector<HistoryEnd>>& found,
                            std::function<void(std::optional<std::vector<HistoryEnd>>)> done) {
    if (found->size() == texts->size()) {
        done(std::move(*found));
        return;
    }
    const std::string_view text = (*texts)[found->size()];
    constexpr std::string_view by_time = "timestamp=";
    constexpr std::string_view by_id = "msgid=";
    if (text == "*" && may_be_open) {
        found->push_back({.open = true});
    } else if (text.starts_with(by_time)) {
        const auto time = parse_time(text.substr(by_time.size()));
        if (!time) {
            done(std::nullopt);
            return;
        }
        found->push_back({.time = *time});
    } else if (const auto id = text.starts_with(by_id)
                                   ? base::MessageId::parse(text.substr(by_id.size()))
                                   : std::nullopt) {
        talk_.backing().read_note(*id, [weak = weak_from_this(), texts, may_be_open, found,
                                        id = *id, done = std::move(done)](
                                           const std::shared_ptr<const chat::Note>& note) {
            const auto self = weak.lock();
            if (!self) {
                done(std::nullopt);
                return;
            }
            // What is gone, or was said and is no mail, stands where its id says.
            found->push_back(
                {.time = note == nullptr ? time_of(id) : note->time, .id = id, .is_exact = true});
            self->resolve_next(texts, may_be_open, found, done);
        });
        return;
    } else {
        done(std::nullopt);
        return;
    }
    resolve_next(texts, may_be_open, found, std::move(done));
}

// One page of a walk after the other; then the answer.
void IrcFront::send_history(const std::shared_ptr<HistoryRequest>& asked,
                            std::optional<std::vector<chat::LogEntry>> entries) {
    if (gone()) {
        return;
    }
    if (entries) {
        const bool last_page = entries->size() < history_page;
        bool below_all = false;
        if (!entries->empty()) {
            asked->before = entries->front().sequence;
            below_all = asked->above && !is_newer(*entries->front().note, *asked->above);
        }
        for (chat::LogEntry& entry : *entries) {
            if (asked->wants(*entry.note, clients_.hub())) {
                asked->found.push_back(std::move(entry));
            }
        }
        const bool enough = asked->trim(asked->found);
        if (last_page || below_all || enough || ++asked->pages >= history_pages) {
            std::ranges::move(asked->found, std::back_inserter(asked->collected));
            asked->found.clear();
            asked->before = 0;
            asked->pages = 0;
            ++asked->source;
        }
    }
    if (asked->source < asked->sources.size()) {
        talk_.backing().read_before(
            asked->sources[asked->source].log, asked->before, history_page,
            [weak = weak_from_this(), asked](std::optional<std::vector<chat::LogEntry>> page) {
                const auto self = weak.lock();
                if (!self || self->gone()) {
                    return;
                }
                if (!page) {
                    self->answer_under(asked->label, [&] {
                        self->fail("CHATHISTORY", "MESSAGE_ERROR", {asked->target},
                                   "Messages could not be retrieved");
                    });
                    --self->joining_;
                    self->resume_input();
                    return;
                }
                self->send_history(asked, std::move(page));
            });
        return;
    }
    static_cast<void>(asked->trim(asked->collected));
    answer_under(asked->label, [&] {
        const std::string reference = has(Capability::batch) ? next_reference() : std::string();
        const std::string& host = clients_.hub().hostname();
        answer_is_batch_ = !reference.empty();
        if (!reference.empty()) {
            const std::string opening = "+" + reference;
            const std::array<std::string_view, 3> begin = {opening, "chathistory", asked->target};
            line({}, {.source = host, .command = "BATCH", .words = begin});
        }
        const std::string own = speaker().uniform;
        const std::string nick = shown_nick();
        const bool channel = asked->target.starts_with('#');
        for (const chat::LogEntry& entry : asked->collected) {
            IrcView view = this->view();
            view.replayed = true;
            view.batch = reference;
            view.target = channel || entry.note->source == own ? asked->target : nick;
            emit(irc_note(clients_.rendering(), *entry.note, view));
        }
        if (!reference.empty()) {
            const std::string closing = "-" + reference;
            const std::array<std::string_view, 1> finish = {closing};
            line({}, {.source = host, .command = "BATCH", .words = finish});
        }
    });
    --joining_;
    resume_input();
}

// ---- TARGETS -------------------------------------------------------------------------------------

void IrcFront::history_targets(const Request& request) {
    constexpr std::string_view by_time = "timestamp=";
    const auto time_of = [&](std::size_t at) -> std::optional<base::Time> {
        const std::string_view text = request.param(at);
        return text.starts_with(by_time) ? parse_time(text.substr(by_time.size())) : std::nullopt;
    };
    const auto first = time_of(1);
    const auto second = time_of(2);
    if (!first || !second) {
        fail("CHATHISTORY", "INVALID_PARAMS", {"TARGETS"}, "Two timestamps are needed");
        return;
    }

    struct Targets {
        base::Time from;
        base::Time to;
        std::string label;
        std::vector<std::pair<chat::EntityId, std::string>> logs; // and their channels
        std::map<std::string, base::Time> latest;
    };

    auto targets = std::make_shared<Targets>();
    targets->from = std::min(*first, *second);
    targets->to = std::max(*first, *second);
    targets->label = take_label();
    for (const Following& one : following_) {
        targets->logs.emplace_back(one.entity, one.channel);
    }
    // One log after the other; a function that calls itself keeps what it needs alive by its own shared_ptr.
    const auto step = std::make_shared<std::function<void()>>();
    *step = [weak = weak_from_this(), targets, again = std::weak_ptr(step)] {
        const auto self = weak.lock();
        if (!self || self->gone()) {
            return;
        }
        if (targets->logs.empty()) {
            self->answer_under(targets->label, [&] {
                self->send_targets({targets->latest.begin(), targets->latest.end()});
            });
            --self->joining_;
            self->resume_input();
            return;
        }
        const auto [log, channel] = targets->logs.back();
        targets->logs.pop_back();
        self->talk_.backing().read_before(
            log, 0, channel.empty() ? targets_scanned : 1,
            [weak, targets, channel,
             next = again.lock()](const std::optional<std::vector<chat::LogEntry>>& entries) {
                const auto front = weak.lock();
                if (!front || front->gone()) {
                    return;
                }
                for (const chat::LogEntry& entry :
                     entries.value_or(std::vector<chat::LogEntry>{})) {
                    const chat::Note& note = *entry.note;
                    if (note.time > targets->from && note.time < targets->to) {
                        targets
                            ->latest[channel.empty() ? irc_sender_nick(note, front->clients_.hub())
                                                     : channel] = note.time;
                    }
                }
                (*next)();
            });
    };
    ++joining_; // until it is answered
    (*step)();
}

void IrcFront::send_targets(std::vector<std::pair<std::string, base::Time>> targets) {
    std::ranges::sort(targets, {}, &std::pair<std::string, base::Time>::second);
    if (targets.size() > most_history_lines) {
        targets.resize(most_history_lines);
    }
    const std::string& host = clients_.hub().hostname();
    const std::string reference = has(Capability::batch) ? next_reference() : std::string();
    answer_is_batch_ = !reference.empty();
    irc::Tags tags;
    if (!reference.empty()) {
        const std::string opening = "+" + reference;
        const std::array<std::string_view, 2> begin = {opening, "draft/chathistory-targets"};
        line({}, {.source = host, .command = "BATCH", .words = begin});
        tags.emplace_back("batch", reference);
    }
    for (const auto& [target, time] : targets) {
        const std::string text = irc_time(time);
        const std::array<std::string_view, 3> words = {"TARGETS", target, text};
        line(tags, {.source = host, .command = "CHATHISTORY", .words = words});
    }
    if (!reference.empty()) {
        const std::string closing = "-" + reference;
        const std::array<std::string_view, 1> finish = {closing};
        line({}, {.source = host, .command = "BATCH", .words = finish});
    }
}

// ---- MARKREAD ------------------------------------------------------------------------------------

std::string IrcFront::marker_subject(std::string_view target) const {
    return "irc:" + irc::folded(target);
}

void IrcFront::send_marker(std::string_view target) {
    const std::string* value = clients_.hub().relations().find(person(), chat::RelationKind::marker,
                                                               marker_subject(target));
    const std::string text = value == nullptr ? "*" : "timestamp=" + *value;
    const std::array<std::string_view, 2> words = {target, text};
    line({}, {.source = clients_.hub().hostname(), .command = "MARKREAD", .words = words});
}

void IrcFront::do_markread(const Request& request) {
    const std::string target(request.param(0));
    constexpr std::string_view by_time = "timestamp=";
    if (request.size() == 1) {
        send_marker(target);
        return;
    }
    const std::string_view text = request.param(1);
    const auto time =
        text.starts_with(by_time) ? parse_time(text.substr(by_time.size())) : std::nullopt;
    if (!time || target.size() > irc::longest_channel) {
        fail("MARKREAD", "INVALID_PARAMS", {target}, "A timestamp is needed");
        return;
    }
    const std::string value = irc_time(*time);
    const std::string* known = clients_.hub().relations().find(person(), chat::RelationKind::marker,
                                                               marker_subject(target));
    // It only moves forward; the text of a time sorts as the time does.
    if ((known != nullptr && *known >= value) ||
        !talk_.remember({.entity = person(),
                         .kind = chat::RelationKind::marker,
                         .subject = marker_subject(target),
                         .value = value})) {
        send_marker(target);
        return;
    }
    const std::vector<IrcFront*> mine = clients_.clients_of(person());
    for (IrcFront* client : mine) {
        client->tell_marker(target);
    }
}

void IrcFront::tell_marker(const std::string& target) {
    if (has(Capability::read_marker) && has_room()) {
        send_marker(target);
    }
}

} // namespace mailcast::front
