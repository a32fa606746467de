#include "front/psyc/hand_over.h"

#include "base/utf8.h"
#include "front/psyc/mail.h"
#include "front/psyc/nodes.h"
#include "front/psyc/peer.h"
#include "psyc/keyword.h"
#include "psyc/psyctext.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t shown_octets = 200; // of another node's words in a status

mail::Status no_answer() {
    return mail::make_status(451, 4, 1, "the other node did not answer in time");
}

mail::Status broken_off() {
    return mail::make_status(451, 4, 2, "the connection to the other node broke before its answer");
}

std::string tag_of(const psyc::Packet& packet) {
    std::string_view tag = packet.text_of("_tag_reply");
    if (tag.empty()) {
        tag = packet.text_of("_tag_relay");
    }
    return std::string(tag);
}

// What a complaint about one recipient means for mail.
mail::Status status_of(const psyc::Packet& packet) {
    const std::string line = base::safe_line(psyc::shown_text(packet));
    std::string text(base::utf8_prefix(line, shown_octets));
    if (text.empty()) {
        text = packet.method;
    }
    if (psyc::is_a(packet.method, "_error_unknown") ||
        psyc::is_a(packet.method, "_error_illegal_uniform")) {
        return mail::make_status(550, 1, 1, text);
    }
    if (psyc::is_a(packet.method, "_failure_unsupported")) {
        return mail::make_status(550, 3, 3, text);
    }
    if (psyc::is_a(packet.method, "_failure")) {
        return mail::make_status(451, 3, 0, text);
    }
    return mail::make_status(550, 7, 1, text);
}

} // namespace

struct PsycHandOver::Job {
    PsycOutside::HandOver mail;
    Done done;
    Moment until{};
    const PsycPeer* peer = nullptr; // that it was sent over
    // Of one packet per recipient: their tags, and what came back so far.
    std::vector<std::string> tags;
    std::vector<std::optional<mail::Status>> statuses;
};

PsycHandOver::PsycHandOver(PsycNodes& nodes, std::string node)
    : nodes_(nodes), node_(std::move(node)) {}

PsycHandOver::~PsycHandOver() = default;

bool PsycHandOver::add(PsycOutside::HandOver mail, Done done) {
    if (waiting_.size() + sent_.size() >= nodes_.options().mails) {
        return false;
    }
    auto job = std::make_shared<Job>();
    job->mail = std::move(mail);
    job->done = std::move(done);
    job->until = nodes_.now() + nodes_.options().mail_time;
    waiting_.push_back(std::move(job));
    return true;
}

bool PsycHandOver::is_under_way(const PsycPeer& peer) const {
    return std::ranges::any_of(sent_,
                               [&peer](const auto& entry) { return entry.second->peer == &peer; });
}

void PsycHandOver::flush(PsycPeer& peer) {
    while (!waiting_.empty()) {
        const std::shared_ptr<Job> job = std::move(waiting_.front());
        waiting_.pop_front();
        job->peer = &peer;
        if (peer.knows_mail()) {
            send_listed(peer, job);
        } else {
            send_each(peer, job);
        }
    }
}

void PsycHandOver::send_listed(PsycPeer& peer, const std::shared_ptr<Job>& job) {
    const PsycOutside::HandOver& mail = job->mail;
    const bool single = mail.targets.size() == 1;
    PsycLetter letter =
        mail_letter(*mail.note, mail.once, nodes_.root(), single ? mail.targets.front() : node_);
    const auto context = psyc::parse_uniform(mail.note->context);
    if (!single && context && nodes_.is_ours(context->host)) {
        letter.context = mail.note->context;
        letter.source.clear();
        letter.target.clear();
    }
    letter.tag = nodes_.new_tag();
    add_targets(letter, mail.targets, mail.visible);
    sent_[letter.tag] = job;
    peer.send(letter);
}

void PsycHandOver::send_each(PsycPeer& peer, const std::shared_ptr<Job>& job) {
    const PsycOutside::HandOver& mail = job->mail;
    job->statuses.resize(mail.targets.size());
    PsycLetter ping;
    ping.source = nodes_.root();
    ping.target = node_;
    ping.tag = nodes_.new_tag();
    ping.method = "_request_ping";
    sent_[ping.tag] = job; // before anything is sent: an answer finds it
    for (const std::string& target : mail.targets) {
        PsycLetter letter = mail_letter(*mail.note, mail.once, nodes_.root(), target);
        letter.tag = nodes_.new_tag();
        job->tags.push_back(letter.tag);
        peer.send(letter);
    }
    peer.send(ping);
}

bool PsycHandOver::answered(const PsycPeer& peer, const psyc::Packet& packet) {
    const std::string tag = tag_of(packet);
    const auto found = tag.empty() ? sent_.end() : sent_.find(tag);
    if (found == sent_.end()) {
        return psyc::is_complaint(packet.method) && refused(peer, packet, tag);
    }
    const std::shared_ptr<Job> job = found->second;
    if (job->peer != &peer) {
        return true; // guessed, or from a circuit that is gone
    }
    sent_.erase(found);
    std::vector<mail::Status> statuses;
    const std::size_t count = job->mail.targets.size();
    if (psyc::is_a(packet.method, "_status_email_delivered")) {
        statuses = read_statuses(packet, count);
    } else if (psyc::is_a(packet.method, "_echo_ping") && !job->statuses.empty()) {
        for (const auto& status : job->statuses) {
            statuses.push_back(
                status.value_or(mail::make_status(250, 1, 5, "taken by the other node")));
        }
    } else {
        const mail::Status status =
            psyc::is_complaint(packet.method) ? status_of(packet) : no_answer();
        statuses.assign(count, status);
    }
    finish(job, std::move(statuses));
    return true;
}

// A complaint about one of several packets: by its tag, or as psyced does by who it comes from.
bool PsycHandOver::refused(const PsycPeer& peer, const psyc::Packet& packet,
                           const std::string& tag) {
    const std::string source =
        psyc::normalised_uniform(packet.text_of("_source")).value_or(std::string());
    bool ours = false;
    for (const auto& [end, job] : sent_) {
        if (job->peer != &peer) {
            continue;
        }
        for (std::size_t i = 0; i < job->tags.size(); ++i) {
            if (tag.empty() ? job->mail.targets[i] == source : job->tags[i] == tag) {
                job->statuses[i] = status_of(packet);
                ours = true;
            }
        }
    }
    return ours;
}

void PsycHandOver::fail_waiting(const mail::Status& status) {
    for (const auto& job : std::exchange(waiting_, {})) {
        finish(job, std::vector<mail::Status>(job->mail.targets.size(), status));
    }
}

void PsycHandOver::broken(const PsycPeer& peer) {
    std::vector<std::shared_ptr<Job>> lost;
    std::erase_if(sent_, [&](const auto& entry) {
        if (entry.second->peer != &peer) {
            return false;
        }
        lost.push_back(entry.second);
        return true;
    });
    for (const auto& job : lost) {
        finish(job, std::vector<mail::Status>(job->mail.targets.size(), broken_off()));
    }
}

void PsycHandOver::tick(Moment now) {
    std::vector<std::shared_ptr<Job>> late;
    std::erase_if(waiting_, [&](const auto& job) {
        const bool is_late = job->until < now;
        if (is_late) {
            late.push_back(job);
        }
        return is_late;
    });
    std::erase_if(sent_, [&](const auto& entry) {
        const bool is_late = entry.second->until < now;
        if (is_late) {
            late.push_back(entry.second);
        }
        return is_late;
    });
    for (const auto& job : late) {
        finish(job, std::vector<mail::Status>(job->mail.targets.size(), no_answer()));
    }
}

void PsycHandOver::finish(const std::shared_ptr<Job>& job, std::vector<mail::Status> statuses) {
    for (const mail::Status& status : statuses) {
        ++(status.is_success() ? nodes_.counters().mails_handed : nodes_.counters().mails_refused);
    }
    // It may hand over more at once.
    const Done done = std::move(job->done);
    done(std::move(statuses));
}

} // namespace mailcast::front
