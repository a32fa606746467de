#include "front/psyc/peer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/psyc/letter.h"
#include "front/psyc/mail.h"
#include "front/psyc/node_address.h"
#include "front/psyc/nodes.h"
#include "psyc/keyword.h"
#include "psyc/list.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace mailcast::front {

namespace {

constexpr std::size_t longest_nick = 64; // octets, of what is shown of a name elsewhere

// Of the circuit itself: nobody is named.
bool is_of_circuit(const psyc::Packet& packet) {
    return packet.text_of("_source").empty() && packet.text_of("_context").empty() &&
           packet.text_of("_target").empty();
}

std::string_view without_v4_prefix(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    return base::istarts_with(address, mapped) ? address.substr(mapped.size()) : address;
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

bool speaks_as_node(const psyc::Packet& packet, std::string_view hostname,
                    std::string_view linked) {
    if (is_of_circuit(packet)) {
        return linked.empty() && psyc::is_a(packet.method, "_request_authorization");
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
        // A client's program may have a root of its own.
        return linked.empty() || uniform->kind != psyc::UniformKind::root;
    }
    // Our own host: it will be told what is wrong.  But a client may name its person, also when it asks for its link.
    if (uniform->kind != psyc::UniformKind::person || !packet.text_of("_context").empty()) {
        return true;
    }
    const std::string claimed = uniform->normalised();
    const auto target = psyc::normalised_uniform(packet.text_of("_target"));
    return linked.empty() ? !target || *target != claimed : claimed != linked;
}

PsycPeer::PsycPeer(PsycNodes& nodes, PsycSession& session, Options options)
    : nodes_(nodes), session_(&session), options_(std::move(options)), opened_(session.now()),
      last_heard_(session.now()), last_used_(session.now()) {
    session.set_pace(pace);
    if (opened_by_us()) {
        // Its name led us to this address, or its certificate was verified.
        hosts_[host_in(options_.dialled)] = opened_;
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
    std::string_view spoken = packet.text_of("_context");
    if (spoken.empty()) {
        spoken = packet.text_of("_source");
    }
    if (packet.method.empty() && spoken.empty()) {
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
    speaker.is_context = !packet.text_of("_context").empty();
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
    if (packet.method.empty()) {
        return; // state of a context, of which nothing is shown; who may not speak was told so above
    }
    speaker.uniform = uniform->normalised();
    // A node that says something without a greeting has told its name as well: what is for it goes back here.
    if (!opened_by_us() && !is_established() &&
        !psyc::is_a(packet.method, "_notice_circuit_established") &&
        !psyc::is_a(packet.method, "_request_circuit") &&
        !psyc::is_a(packet.method, "_status_circuit")) {
        establish(root_in(speaker.uniform));
    }
    if (session_ != nullptr) {
        dispatch(packet, speaker);
    }
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
    const bool to_our_root = target.empty() || is_root_uniform(target);
    if (psyc::is_a(packet.method, "_notice_email_delivered") &&
        (!to_our_root || packet.find("_list_targets") != nullptr)) {
        take_mail(packet, speaker);
        return;
    }
    if (speaker.is_context && is_repeated(packet, speaker)) {
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
    if (!psyc::is_a(packet.method, "_message")) {
        session_->spend(); // what is said is bounded by what waits for the disk
    }
    nodes_.parts().inside.receive(sender_of(packet, speaker), packet, answer_to(packet, speaker));
}

// The numbers of a context's packets (7.6): the same one again is the same packet again; a gap is only counted, for
// nothing says how to ask for what is missing.
bool PsycPeer::is_repeated(const psyc::Packet& packet, const Speaker& speaker) {
    const std::string_view text = packet.text_of("_counter");
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || !packet.text_of("_target").empty()) {
        return false;
    }
    const auto found = counters_.find(speaker.uniform);
    if (found == counters_.end()) {
        if (counters_.size() < most_counters) {
            counters_.emplace(speaker.uniform, number);
        }
        return false;
    }
    const std::uint64_t last = std::exchange(found->second, number);
    nodes_.counters().packets_missed += number > last + 1 ? 1 : 0;
    return number == last;
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
        if (is_root_uniform(speaker.uniform)) {
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

} // namespace mailcast::front
