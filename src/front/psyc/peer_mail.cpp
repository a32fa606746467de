// What another node hands over and what must be on disk before it is answered: mail, casts, pings behind them.
// docs/decisions/0012.
#include "front/psyc/letter.h"
#include "front/psyc/mail.h"
#include "front/psyc/node_address.h"
#include "front/psyc/nodes.h"
#include "front/psyc/peer.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <utility>

namespace mailcast::front {

std::function<void(bool)> PsycPeer::open_job() {
    const std::uint64_t job = next_job_++;
    open_jobs_.insert(job);
    return [weak = weak_from_this(), job](bool stored) {
        if (const auto self = weak.lock()) {
            self->end_job(job, stored);
        }
    };
}

void PsycPeer::end_job(std::uint64_t job, bool stored) {
    if (open_jobs_.erase(job) == 0 || session_ == nullptr) {
        return;
    }
    if (!stored) {
        // No ping behind it may be answered: the other side sends all of it again on a new circuit.
        nodes_.parts().network.log(fmt::format(
            "psyc peer={} a packet could not be stored, closing the circuit", options_.address));
        pings_.clear();
        close();
        return;
    }
    answer_pings();
    handle_held();
}

void PsycPeer::answer_pings() {
    while (session_ != nullptr && !pings_.empty() &&
           (open_jobs_.empty() || *open_jobs_.begin() >= pings_.front().behind)) {
        const PsycLetter answer = std::move(pings_.front().answer);
        pings_.pop_front();
        send(answer);
    }
}

void PsycPeer::take_mail(const psyc::Packet& packet, const Speaker& speaker) {
    const auto node = node_of(speaker.uniform);
    PsycMailRead read = read_mail(packet, node ? node->root : root_);
    PsycLetter answer;
    answer.source = nodes_.root();
    answer.target = speaker.is_context ? (node ? node->root : root_) : speaker.uniform;
    answer.tag_reply = speaker.tag;

    // What is not ours is refused in its slot; the door sees the rest.
    std::vector<mail::Status> statuses(
        read.arrival.targets.size(),
        mail::make_status(550, 7, 1, "this node passes nothing on to others"));
    std::vector<std::size_t> slots;
    PsycMailDoor::Arrival mail{.note = std::move(read.arrival.note),
                               .once = std::move(read.arrival.once),
                               .node = std::move(read.arrival.node),
                               .targets = {},
                               .visible = {}};
    for (std::size_t i = 0; i < read.arrival.targets.size(); ++i) {
        if (nodes_.is_ours(host_in(read.arrival.targets[i]))) {
            slots.push_back(i);
            mail.targets.push_back(read.arrival.targets[i]);
            mail.visible.push_back(read.arrival.visible[i]);
        } else {
            ++nodes_.counters().relay_refused;
        }
    }
    const std::string target =
        read.arrival.targets.empty() ? std::string() : read.arrival.targets.front();
    // A context belongs to the node that tells of it: nobody is put into another one.
    std::string context = psyc::normalised_uniform(mail.note.context).value_or("");
    const auto manager = node_of(context);
    if (!manager || !node || manager->root != node->root) {
        context.clear();
    }
    std::vector<std::string> members; // "" for those who are shown to nobody
    members.reserve(mail.targets.size());
    for (std::size_t i = 0; i < mail.targets.size(); ++i) {
        members.push_back(mail.visible[i] && !context.empty() ? mail.targets[i] : std::string());
    }
    if (slots.empty()) {
        answer_mail(std::move(answer), read.listed, target, statuses);
        return;
    }
    nodes_.parts().mail_door.take(
        std::move(mail),
        [weak = weak_from_this(), end = open_job(), answer = std::move(answer), slots, statuses,
         listed = read.listed, target, members = std::move(members),
         context = std::move(context)](const std::vector<mail::Status>& taken) mutable {
            std::vector<std::string> in_context;
            for (std::size_t i = 0; i < slots.size(); ++i) {
                statuses[slots[i]] =
                    i < taken.size() ? taken[i] : mail::make_status(451, 3, 0, "try again later");
                if (statuses[slots[i]].is_success() && !members[i].empty()) {
                    in_context.push_back(std::move(members[i]));
                }
            }
            if (const auto self = weak.lock()) {
                if (!in_context.empty()) {
                    self->nodes_.parts().inside.mail_taken(context, in_context);
                }
                self->answer_mail(std::move(answer), listed, target, statuses);
            }
            end(true);
        });
}

void PsycPeer::answer_mail(PsycLetter answer, bool listed, const std::string& target,
                           const std::vector<mail::Status>& statuses) {
    if (listed) {
        add_statuses(answer, statuses);
        answer.method = "_status_email_delivered";
        answer.body = "[_description_status]";
        send(answer);
        return;
    }
    if (statuses.empty() || statuses.front().is_success()) {
        return; // psyced is silent then, too; a ping behind it tells
    }
    const mail::Status& status = statuses.front();
    const bool unknown = status.enhanced.subject == 1;
    answer.source = target;
    answer.variables = {{"_nick_target", std::string(host_in(target).empty() ? "" : target)},
                        {"_reason", status.text}};
    answer.method = status.is_temporary() ? "_failure_unsuccessful_delivery"
                    : unknown             ? "_error_unknown_name_user"
                                          : "_error_rejected_email";
    answer.body = "Cannot deliver to [_nick_target]: [_reason]";
    send(answer);
}

} // namespace mailcast::front
