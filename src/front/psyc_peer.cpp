#include "front/psyc_peer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/psyc_letter.h"
#include "front/psyc_mail.h"
#include "front/psyc_node_address.h"
#include "front/psyc_nodes.h"
#include "psyc/keyword.h"
#include "psyc/list.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace mailcast::front {

namespace {

constexpr std::size_t longest_nick = 64; // octets, of what is shown of a name elsewhere

std::string host_of(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed ? base::lowered(parsed->host) : std::string();
}

bool is_root(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed && parsed->kind == psyc::UniformKind::root;
}

// Of the circuit itself: nobody is named.
bool is_of_circuit(const psyc::Packet& packet) {
    return packet.text_of("_source").empty() && packet.text_of("_context").empty() &&
           packet.text_of("_target").empty();
}

std::string_view without_v4_prefix(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    return base::istarts_with(address, mapped) ? address.substr(mapped.size()) : address;
}

std::string answered_tag(const psyc::Packet& packet) {
    std::string_view tag = packet.text_of("_tag_reply");
    if (tag.empty()) {
        tag = packet.text_of("_tag_relay");
    }
    return std::string(tag);
}

} // namespace

// A packet that waits, with the octets that its views are into.
struct PsycPeer::Held {
    explicit Held(const psyc::Packet& original) : packet(original) {
        std::size_t size = original.method.size() + original.body.size();
        for (const psyc::Modifier& modifier : original.modifiers) {
            size += modifier.name.size() + modifier.value.size();
        }
        octets.reserve(size); // no growth: the views below stay
        packet.method = keep(original.method);
        packet.body = keep(original.body);
        packet.octets = {};
        modifiers.assign(original.modifiers.begin(), original.modifiers.end());
        for (psyc::Modifier& modifier : modifiers) {
            modifier.name = keep(modifier.name);
            modifier.value = keep(modifier.value);
        }
        packet.modifiers = modifiers;
    }

    std::string_view keep(std::string_view text) {
        const std::size_t at = octets.size();
        octets += text;
        return std::string_view(octets).substr(at);
    }

    std::string octets;
    std::vector<psyc::Modifier> modifiers;
    psyc::Packet packet;
};

bool speaks_as_node(const psyc::Packet& packet, std::string_view hostname) {
    if (is_of_circuit(packet)) {
        return psyc::is_a(packet.method, "_request_authorization");
    }
    std::string_view speaker = packet.text_of("_context");
    if (speaker.empty()) {
        speaker = packet.text_of("_source");
    }
    const auto uniform = psyc::parse_uniform(speaker);
    if (!uniform || uniform->kind == psyc::UniformKind::location) {
        return false;
    }
    if (!base::iequals(uniform->host, hostname)) {
        return true;
    }
    // Our own host: it will be told what is wrong.  But a client may name itself when it asks for its link.
    const auto target = psyc::normalised_uniform(packet.text_of("_target"));
    return !target || *target != uniform->normalised();
}

PsycPeer::PsycPeer(PsycNodes& nodes, PsycSession& session, Options options)
    : nodes_(nodes), session_(&session), options_(std::move(options)), opened_(session.now()),
      last_heard_(session.now()), last_used_(session.now()) {
    if (opened_by_us()) {
        // Its name led us to this address, or its certificate was verified.
        hosts_[host_of(options_.dialled)] = opened_;
    }
}

PsycPeer::~PsycPeer() {
    disconnected("the circuit has ended");
}

void PsycPeer::disconnected(std::string_view why) {
    if (session_ == nullptr) {
        return;
    }
    session_ = nullptr;
    held_.clear();
    nodes_.gone(*this, why);
}

psyc::Generation PsycPeer::generation() const {
    return session_ == nullptr ? psyc::Generation::classic : session_->generation();
}

std::size_t PsycPeer::queued() const {
    return session_ == nullptr ? 0 : session_->queued();
}

void PsycPeer::send(const PsycLetter& letter) {
    if (session_ == nullptr) {
        return;
    }
    std::string out;
    append_letter(out, session_->generation(), letter);
    last_used_ = session_->now();
    session_->send(std::make_shared<const std::string>(std::move(out)));
}

void PsycPeer::send(chat::SharedBytes bytes) {
    if (session_ != nullptr) {
        last_used_ = session_->now();
        session_->send(std::move(bytes));
    }
}

void PsycPeer::close() {
    if (session_ != nullptr) {
        session_->close();
    }
}

void PsycPeer::drained() {
    if (is_established()) {
        nodes_.drained(*this);
    }
}

void PsycPeer::pong() {
    last_heard_ = session_->now();
}

void PsycPeer::tick(Moment now) {
    if (session_ == nullptr) {
        return;
    }
    if (opened_by_us() && !is_established() && now - opened_ > establish_time) {
        close();
        return;
    }
    if (now - last_heard_ > ping_after + ping_time) {
        close();
        return;
    }
    if (now - last_heard_ > ping_after) {
        session_->ping();
    }
    const auto unused = now - last_used_;
    if ((retired_ && unused > retire_time) || (opened_by_us() && unused > idle_time)) {
        if (!nodes_.is_needed(*this) && open_jobs_.empty()) {
            close();
        }
    }
}

// ---- packets and who may speak -------------------------------------------------------------------

void PsycPeer::take(const psyc::Packet& packet) {
    last_heard_ = session_->now();
    if (is_waiting() || !held_.empty()) {
        held_.push_back(std::make_unique<Held>(packet));
        return;
    }
    handle(packet);
}

void PsycPeer::handle_held() {
    const bool waited = !held_.empty();
    while (session_ != nullptr && !is_waiting() && !held_.empty()) {
        const std::unique_ptr<Held> next = std::move(held_.front());
        held_.pop_front();
        handle(next->packet);
    }
    if (waited && session_ != nullptr && !is_waiting() && options_.resume) {
        options_.resume();
    }
}

bool PsycPeer::may_speak(const std::string& host) const {
    if (options_.certified && options_.certified(host)) {
        return true;
    }
    const auto found = hosts_.find(host);
    return found != hosts_.end() && session_->now() - found->second < nodes_.options().host_age;
}

void PsycPeer::handle(const psyc::Packet& packet) {
    if (packet.method.empty()) {
        learn_modules(packet);
        return;
    }
    if (psyc::is_a(packet.method, "_request_circuit_shutdown")) {
        close();
        return;
    }
    if (is_of_circuit(packet) && negotiate(packet)) {
        return;
    }
    Speaker speaker{.uniform = {}, .tag = std::string(packet.text_of("_tag")), .is_context = false};
    std::string_view spoken = packet.text_of("_context");
    speaker.is_context = !spoken.empty();
    if (spoken.empty()) {
        spoken = packet.text_of("_source");
    }
    if (spoken.empty()) {
        // It speaks for the root of its node (reference: 4.1).
        speaker.uniform = is_established() ? root_ : psyc::root_uniform(options_.address);
        dispatch(packet, speaker);
        return;
    }
    const auto uniform = psyc::parse_uniform(spoken);
    if (!uniform || uniform->kind == psyc::UniformKind::foreign) {
        ++nodes_.counters().sources_refused;
        refuse(packet, {.method = "_error_unknown_scheme",
                        .body = "Nobody speaks for addresses of the scheme [_scheme] here.",
                        .variables = {{"_scheme", uniform ? std::string(uniform->scheme) : ""}}});
        return;
    }
    const std::string host = base::lowered(uniform->host);
    if (nodes_.is_ours(host)) {
        // Nothing from outside may be a source of ours; a node that finds itself here dialled itself.
        refuse_source(packet, {.method = "_error_rejected_relay_incoming",
                               .body = "[_host] is this node itself.",
                               .variables = {{"_host", host}}});
        return;
    }
    const bool fits =
        uniform->transport == '\0' || uniform->transport == (options_.tls ? 's' : 'c');
    if (!fits) {
        ++nodes_.counters().sources_refused;
        refuse(packet, {.method = "_error_invalid_uniform_transport",
                        .body = "The transport of [_uniform] is not that of this circuit.",
                        .variables = {{"_uniform", uniform->normalised()}}});
        return;
    }
    if (!may_speak(host)) {
        hold_for(host, packet);
        return;
    }
    speaker.uniform = uniform->normalised();
    dispatch(packet, speaker);
}

void PsycPeer::hold_for(const std::string& host, const psyc::Packet& packet) {
    if (hosts_.size() >= most_hosts && !hosts_.contains(host)) {
        refuse_source(packet, {.method = "_error_illegal_source",
                               .body = "Too many hosts speak on this circuit to hear [_host].",
                               .variables = {{"_host", host}}});
        return;
    }
    looking_up_ = true;
    held_.push_front(std::make_unique<Held>(packet));
    nodes_.parts().network.addresses_of(
        host, [weak = weak_from_this(), host](const PsycNodes::Network::Addresses& addresses) {
            const auto self = weak.lock();
            if (self && self->session_ != nullptr) {
                self->looked_up(host, addresses.value_or(std::vector<std::string>{}));
            }
        });
}

void PsycPeer::looked_up(const std::string& host, const std::vector<std::string>& addresses) {
    looking_up_ = false;
    const bool speaks = std::ranges::any_of(addresses, [this](const std::string& address) {
        return without_v4_prefix(address) == without_v4_prefix(options_.address);
    });
    if (speaks) {
        hosts_[host] = session_->now();
        handle_held();
        return;
    }
    hosts_.erase(host);
    const std::unique_ptr<Held> first = std::move(held_.front());
    held_.clear();
    Refusal refusal{.method = "_error_rejected_relay_incoming",
                    .body = "[_host] has another address than this circuit.",
                    .variables = {{"_host", host}}};
    if (psyc::is_a(first->packet.method, "_request_authorization")) {
        refusal.method = "_error_invalid_uniform_source";
    } else if (addresses.empty()) {
        refusal.method = "_error_invalid_host";
        refusal.body = "No address of [_host] is known here.";
    } else if (options_.tls) {
        refusal.method = "_error_invalid_host_certificate";
        refusal.body = "The certificate of this circuit does not name [_host], nor is this its "
                       "address.";
    }
    refuse_source(first->packet, refusal);
}

void PsycPeer::refuse(const psyc::Packet& packet, const Refusal& refusal) {
    // A complaint is never answered with another one (4.4).
    if (session_ == nullptr || psyc::is_complaint(packet.method)) {
        return;
    }
    PsycLetter letter;
    letter.source = nodes_.root();
    letter.target = std::string(packet.text_of("_source"));
    letter.tag_reply = std::string(packet.text_of("_tag"));
    letter.variables = refusal.variables;
    letter.variables.emplace_back("_method_relay", packet.method);
    letter.method = refusal.method;
    letter.body = refusal.body;
    send(letter);
}

void PsycPeer::refuse_source(const psyc::Packet& packet, const Refusal& refusal) {
    if (session_ == nullptr) {
        return;
    }
    ++nodes_.counters().sources_refused;
    nodes_.parts().network.log(
        fmt::format("psyc refused peer={} error={} source={} context={} target={}",
                    options_.address, refusal.method, packet.text_of("_source"),
                    packet.text_of("_context"), packet.text_of("_target")));
    PsycLetter letter; // without addresses: it is about the circuit
    letter.tag_reply = std::string(packet.text_of("_tag"));
    letter.variables = refusal.variables;
    letter.method = refusal.method;
    letter.body = refusal.body;
    send(letter);
    close();
}

// ---- greeting and negotiation --------------------------------------------------------------------

void PsycPeer::open(psyc::Generation generation, Moment now) {
    opened_ = now;
    last_heard_ = now;
    last_used_ = now;
    session_->open(generation, now);
    if (generation == psyc::Generation::classic) {
        session_->introduce();
        return;
    }
    tag_ = nodes_.new_tag();
    const std::array modules = {std::string_view("_context"), mail_module};
    const std::array variables = {psyc::Variable{"_tag", tag_},
                                  psyc::Variable{"_uniform_source", nodes_.root()},
                                  psyc::Variable{"_uniform_target", options_.dialled},
                                  psyc::Variable::list("_list_understand_modules", modules)};
    session_->send(variables, "_request_authorization", "");
}

// What circuits say to one another without naming anybody.
bool PsycPeer::negotiate(const psyc::Packet& packet) {
    if (psyc::is_a(packet.method, "_request_authorization")) {
        authorize(packet);
        return true;
    }
    if (psyc::is_a(packet.method, "_status_authorization")) {
        authorized(packet);
        return true;
    }
    if (psyc::is_a(packet.method, "_error_invalid_uniform") && opened_by_us() &&
        !is_established()) {
        close();
        return true;
    }
    if (psyc::is_a(packet.method, "_request_features")) {
        learn_modules(packet);
        PsycLetter answer;
        answer.tag_reply = std::string(packet.text_of("_tag"));
        answer.lists = {{"_list_understand_modules", {"_context", std::string(mail_module)}}};
        answer.method = "_notice_features";
        send(answer);
        return true;
    }
    // The other side complains about the circuit, or tells about itself.
    return psyc::is_complaint(packet.method) || psyc::is_a(packet.method, "_notice_features");
}

void PsycPeer::authorize(const psyc::Packet& packet) {
    const std::string_view asked = packet.text_of("_uniform_target");
    const std::string_view asker = packet.text_of("_uniform_source");
    if (!is_root(asked) || !nodes_.is_ours(host_of(asked))) {
        refuse_source(packet, {.method = "_error_invalid_uniform_target",
                               .body = "[_uniform_target] is not here.",
                               .variables = {{"_uniform_target", std::string(asked)}}});
        return;
    }
    const std::string host = host_of(asker);
    if (!is_root(asker) || nodes_.is_ours(host)) {
        refuse_source(packet, {.method = "_error_invalid_uniform_source",
                               .body = "[_uniform_source] does not speak here.",
                               .variables = {{"_uniform_source", std::string(asker)}}});
        return;
    }
    if (!may_speak(host)) {
        hold_for(host, packet);
        return;
    }
    learn_modules(packet);
    PsycLetter answer;
    answer.tag_reply = std::string(packet.text_of("_tag"));
    answer.variables = {{"_uniform_source", std::string(asker)},
                        {"_uniform_target", std::string(asked)}};
    answer.lists = {{"_list_understand_modules", {"_context", std::string(mail_module)}}};
    answer.method = "_status_authorization";
    send(answer);
    establish(psyc::normalised_uniform(asker).value_or(std::string()));
}

void PsycPeer::authorized(const psyc::Packet& packet) {
    if (opened_by_us() && !tag_.empty() && answered_tag(packet) == tag_) {
        tag_.clear();
        learn_modules(packet);
        establish(options_.dialled);
    }
}

void PsycPeer::greeted(const psyc::Packet& packet) {
    const std::string_view source = packet.text_of("_source");
    if (!is_root(source)) {
        return;
    }
    learn_modules(packet);
    establish(opened_by_us() ? options_.dialled
                             : psyc::normalised_uniform(source).value_or(std::string()));
}

void PsycPeer::establish(const std::string& root) {
    if (!is_established() && !root.empty()) {
        root_ = root;
        nodes_.established(*this);
    }
}

void PsycPeer::learn_modules(const psyc::Packet& packet) {
    if (const auto list = psyc::list_of(packet, "_list_understand_modules")) {
        knows_mail_ = knows_mail_ || std::ranges::find(*list, mail_module,
                                                       &psyc::ListElement::value) != list->end();
    }
}

// ---- whom a packet is for ------------------------------------------------------------------------

PsycSender PsycPeer::sender_of(const psyc::Packet& packet, const Speaker& speaker) const {
    PsycSender sender;
    sender.uniform = speaker.uniform;
    std::string nick = base::safe_line(packet.text_of("_nick"));
    if (nick.empty()) {
        const auto uniform = psyc::parse_uniform(speaker.uniform);
        nick = uniform ? std::string(uniform->name()) : std::string();
    }
    sender.nick = base::utf8_prefix(nick.empty() ? speaker.uniform : nick, longest_nick);
    const auto node = node_of(speaker.uniform);
    sender.node = node ? node->root : root_;
    return sender;
}

PsycInside::Answer PsycPeer::answer_to(const psyc::Packet& packet, const Speaker& speaker) {
    return [weak = weak_from_this(), target = speaker.uniform, tag = speaker.tag,
            complained = psyc::is_complaint(packet.method)](PsycLetter letter) {
        const auto self = weak.lock();
        if (!self || (complained && psyc::is_complaint(letter.method))) {
            return;
        }
        if (letter.target.empty()) {
            letter.target = target;
        }
        if (letter.tag_reply.empty()) {
            letter.tag_reply = tag;
        }
        self->send(letter);
    };
}

void PsycPeer::dispatch(const psyc::Packet& packet, const Speaker& speaker) {
    last_used_ = session_->now();
    const std::string_view target = packet.text_of("_target");
    if (!target.empty()) {
        const auto uniform = psyc::parse_uniform(target);
        const bool ours = uniform && uniform->kind != psyc::UniformKind::foreign &&
                          uniform->kind != psyc::UniformKind::location &&
                          nodes_.is_ours(base::lowered(uniform->host));
        if (!ours) {
            ++nodes_.counters().relay_refused;
            const std::string host = uniform ? base::lowered(uniform->host) : std::string(target);
            refuse(packet, {.method = "_failure_unsupported_relay",
                            .body = "This node passes nothing on to [_host].",
                            .variables = {{"_host", host}}});
            return;
        }
    }
    if (psyc::is_a(packet.method, "_notice_circuit_established")) {
        greeted(packet);
        return;
    }
    if (psyc::is_a(packet.method, "_status_circuit")) {
        learn_modules(packet);
        return;
    }
    const bool to_our_root = target.empty() || is_root(target);
    if (psyc::is_a(packet.method, "_notice_email_delivered") &&
        (!to_our_root || packet.find("_list_targets") != nullptr)) {
        take_mail(packet, speaker);
        return;
    }
    if (speaker.is_context) {
        nodes_.parts().inside.receive_cast(speaker.uniform, packet, open_job());
        return;
    }
    if (to_our_root) {
        to_root(packet, speaker);
        return;
    }
    nodes_.parts().inside.receive(sender_of(packet, speaker), packet, answer_to(packet, speaker));
}

void PsycPeer::to_root(const psyc::Packet& packet, const Speaker& speaker) {
    if (psyc::is_a(packet.method, "_request_circuit")) {
        // The form of the draft; the host has been checked.
        learn_modules(packet);
        PsycLetter answer;
        answer.source = nodes_.root();
        answer.target = speaker.uniform;
        answer.tag_reply = speaker.tag;
        answer.lists = {{"_list_understand_modules", {"_context", std::string(mail_module)}}};
        answer.method = "_notice_circuit_established";
        send(answer);
        if (is_root(speaker.uniform)) {
            establish(speaker.uniform);
        }
        return;
    }
    if (psyc::is_a(packet.method, "_request_ping")) {
        PsycLetter answer;
        answer.source = nodes_.root();
        answer.target = speaker.uniform;
        answer.tag_reply = speaker.tag;
        answer.method = "_echo_ping";
        answer.body = "Pong.";
        if (pings_.size() < most_pings) {
            pings_.push_back({.behind = next_job_, .answer = std::move(answer)});
        }
        answer_pings();
        return;
    }
    if (nodes_.answered(*this, packet) || psyc::is_a(packet.method, "_echo_ping")) {
        return;
    }
    nodes_.parts().inside.receive(sender_of(packet, speaker), packet, answer_to(packet, speaker));
}

// ---- what must be on disk before the answer ------------------------------------------------------

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
        if (nodes_.is_ours(host_of(read.arrival.targets[i]))) {
            slots.push_back(i);
            mail.targets.push_back(read.arrival.targets[i]);
            mail.visible.push_back(read.arrival.visible[i]);
        } else {
            ++nodes_.counters().relay_refused;
        }
    }
    const std::string target =
        read.arrival.targets.empty() ? std::string() : read.arrival.targets.front();
    if (slots.empty()) {
        answer_mail(std::move(answer), read.listed, target, statuses);
        return;
    }
    nodes_.parts().mail_door.take(
        std::move(mail),
        [weak = weak_from_this(), end = open_job(), answer = std::move(answer), slots, statuses,
         listed = read.listed, target](const std::vector<mail::Status>& taken) mutable {
            for (std::size_t i = 0; i < slots.size(); ++i) {
                statuses[slots[i]] =
                    i < taken.size() ? taken[i] : mail::make_status(451, 3, 0, "try again later");
            }
            if (const auto self = weak.lock()) {
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
    answer.variables = {{"_nick_target", std::string(host_of(target).empty() ? "" : target)},
                        {"_reason", status.text}};
    answer.method = status.is_temporary() ? "_failure_unsuccessful_delivery"
                    : unknown             ? "_error_unknown_name_user"
                                          : "_error_rejected_email";
    answer.body = "Cannot deliver to [_nick_target]: [_reason]";
    send(answer);
}

} // namespace mailcast::front
