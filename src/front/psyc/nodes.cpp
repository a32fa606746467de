#include "front/psyc/nodes.h"

#include "base/ascii.h"
#include "front/psyc/cast_out.h"
#include "front/psyc/hand_over.h"
#include "front/psyc/mail.h"
#include "psyc/check.h"
#include "psyc/keyword.h"
#include "psyc/parser.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::chrono::seconds dial_time{90}; // until a circuit must be one, or not
constexpr std::chrono::seconds cast_ping_time{60};
constexpr std::chrono::minutes forget_time{15}; // of a node that nobody needs
constexpr std::size_t packets_a_datagram = 10;

std::size_t octets_of(const PsycLetter& letter) {
    std::size_t octets = letter.body.size() + letter.method.size();
    for (const auto& [name, value] : letter.variables) {
        octets += name.size() + value.size();
    }
    for (const auto& [name, list] : letter.lists) {
        for (const std::string& element : list) {
            octets += element.size();
        }
    }
    return octets;
}

bool is_idle(const auto& node) {
    return node.peer == nullptr && !node.dialling && node.casts.empty() && node.letters.empty() &&
           node.mails->is_empty();
}

// Statuses of one mail, collected over its nodes.
struct Collected {
    std::vector<mail::Status> statuses;
    std::size_t open = 0;
    std::function<void(std::vector<mail::Status>)> done;
};

} // namespace

PsycNodes::PsycNodes(Parts parts, Options options)
    : parts_(parts), options_(options), root_(psyc::root_uniform(parts.hub.hostname())) {}

PsycNodes::~PsycNodes() {
    *alive_ = false;
    for (auto& [root, node] : nodes_) {
        node.casts.clear();
    }
}

bool PsycNodes::is_ours(std::string_view host) const {
    return base::iequals(host, parts_.hub.hostname());
}

std::string PsycNodes::new_tag() {
    return fmt::format("{:016x}", parts_.network.chance());
}

PsycNodes::Node* PsycNodes::node_at(const PsycNodeAddress& address) {
    const auto found = nodes_.find(address.root);
    if (found != nodes_.end()) {
        return &found->second;
    }
    if (nodes_.size() >= options_.nodes) {
        // The one that nobody has needed for the longest time goes: who makes us know many names keeps no others out.
        auto oldest = nodes_.end();
        for (auto at = nodes_.begin(); at != nodes_.end(); ++at) {
            if (is_idle(at->second) &&
                (oldest == nodes_.end() || at->second.used < oldest->second.used)) {
                oldest = at;
            }
        }
        if (oldest == nodes_.end()) {
            return nullptr;
        }
        nodes_.erase(oldest);
    }
    Node& node = nodes_[address.root];
    node.address = address;
    node.used = now_;
    node.mails = std::make_unique<PsycHandOver>(*this, address.root);
    return &node;
}

// ---- what goes out -------------------------------------------------------------------------------

void PsycNodes::send(PsycLetter letter, std::function<void(std::string)> failed) {
    const auto refuse = [&](std::string why) {
        ++counters_.letters_failed;
        if (failed) {
            failed(std::move(why));
        }
    };
    const auto address = node_of(letter.target);
    if (!address) {
        refuse(fmt::format("{} is no address that a node could be reached at", letter.target));
        return;
    }
    if (is_ours(address->host)) {
        refuse(fmt::format("{} is here", letter.target));
        return;
    }
    Node* node = node_at(*address);
    if (node == nullptr) {
        refuse("too many other nodes are known");
        return;
    }
    node->used = now_;
    if (!letter.context.empty()) {
        letter.target.clear(); // it named the node; the packet is for all members there
    }
    if (node->peer != nullptr && node->letters.empty()) {
        if (node->peer->queued() > options_.queue_octets) {
            refuse(fmt::format("{} does not read what is sent to it", address->root));
            return;
        }
        node->peer->send(letter);
        return;
    }
    const std::size_t octets = octets_of(letter);
    if (node->letters.size() >= options_.queue_letters ||
        node->letter_octets + octets > options_.queue_octets) {
        refuse(fmt::format("too much waits for {}", address->root));
        return;
    }
    node->letter_octets += octets;
    node->letters.push_back(
        {.letter = std::move(letter), .failed = std::move(failed), .octets = octets});
    want(*node, false);
}

void PsycNodes::hand_over(HandOver mail, std::function<void(std::vector<mail::Status>)> done) {
    auto collected = std::make_shared<Collected>();
    collected->statuses.assign(mail.targets.size(),
                               mail::make_status(451, 4, 1, "not handed over"));
    collected->done = std::move(done);
    collected->open = 1; // ourselves, so that nothing ends before all is handed out

    const auto finish = [collected](const std::vector<std::size_t>& slots,
                                    const std::vector<mail::Status>& statuses) {
        for (std::size_t i = 0; i < slots.size() && i < statuses.size(); ++i) {
            collected->statuses[slots[i]] = statuses[i];
        }
        if (--collected->open == 0) {
            collected->done(std::move(collected->statuses));
        }
    };
    std::map<std::string, std::pair<PsycNodeAddress, std::vector<std::size_t>>> by_node;
    for (std::size_t i = 0; i < mail.targets.size(); ++i) {
        const auto address = node_of(mail.targets[i]);
        if (!address || is_ours(address->host)) {
            ++counters_.mails_refused;
            collected->statuses[i] =
                mail::make_status(550, 1, 2, "this is no address of another node");
            continue;
        }
        auto& [known, slots] = by_node[address->root];
        known = *address;
        slots.push_back(i);
    }
    for (const auto& [root, at] : by_node) {
        Node* node = node_at(at.first);
        for (std::size_t begin = 0; begin < at.second.size(); begin += mail_targets) {
            const std::size_t end = std::min(begin + mail_targets, at.second.size());
            const std::vector<std::size_t> slots(
                at.second.begin() + static_cast<std::ptrdiff_t>(begin),
                at.second.begin() + static_cast<std::ptrdiff_t>(end));
            HandOver part{.note = mail.note, .targets = {}, .visible = {}, .once = mail.once};
            for (const std::size_t slot : slots) {
                part.targets.push_back(mail.targets[slot]);
                part.visible.push_back(slot < mail.visible.size() && mail.visible[slot]);
            }
            ++collected->open;
            const auto told = [finish, slots](const std::vector<mail::Status>& statuses) {
                finish(slots, statuses);
            };
            if (node == nullptr || draining_ || !node->mails->add(std::move(part), told)) {
                counters_.mails_refused += slots.size();
                told(std::vector<mail::Status>(
                    slots.size(), mail::make_status(451, 4, 5, "too much waits to be sent")));
            }
        }
        if (node != nullptr && node->mails->is_waiting()) {
            node->used = now_;
            if (node->peer != nullptr) {
                node->mails->flush(*node->peer);
            } else {
                want(*node, true);
            }
        }
    }
    finish({}, {});
}

// ---- places --------------------------------------------------------------------------------------

void PsycNodes::members_changed(const chat::Entity& place) {
    follow(place, true);
}

void PsycNodes::start() {
    parts_.backing.read_end([this, alive = alive_](chat::Sequence end) {
        if (*alive) {
            end_at_start_ = end;
        }
    });
}

std::optional<chat::Sequence> PsycNodes::newest() const {
    if (!end_at_start_) {
        return std::nullopt;
    }
    return std::max(*end_at_start_, parts_.hub.published());
}

void PsycNodes::resume(const chat::Entity& place) {
    follow(place, false);
}

void PsycNodes::follow(const chat::Entity& place, bool anew) {
    std::map<std::string, PsycNodeAddress> wanted;
    for (const auto& [uniform, nick] :
         parts_.hub.relations().of(place.id, chat::RelationKind::member)) {
        if (const auto address = node_of(uniform); address && !is_ours(address->host)) {
            wanted.emplace(address->root, *address);
        }
    }
    for (auto& [root, node] : nodes_) {
        if (!wanted.contains(root)) {
            node.casts.erase(place.id);
        }
    }
    for (const auto& [root, address] : wanted) {
        Node* node = node_at(address);
        if (node == nullptr || node->casts.contains(place.id)) {
            continue;
        }
        auto cast = std::make_shared<PsycCastOut>(*this, place, root);
        node->casts.emplace(place.id, cast);
        cast->connect(node->peer);
        cast->start(anew);
        want(*node, false);
    }
}

void PsycNodes::ping_casts(Node& node) {
    if (!node.ping_tag.empty()) {
        if (now_ - node.pinged > cast_ping_time) {
            parts_.network.log(
                fmt::format("psyc node={} does not answer, closing", node.address.root));
            node.ping_tag.clear();
            node.peer->close();
        }
        return;
    }
    bool open = false;
    for (const auto& [place, cast] : node.casts) {
        if (cast->has_open()) {
            cast->pinged();
            open = true;
        }
    }
    if (!open) {
        return;
    }
    node.ping_tag = new_tag();
    node.pinged = now_;
    PsycLetter ping;
    ping.source = root_;
    ping.target = node.address.root;
    ping.tag = node.ping_tag;
    ping.method = "_request_ping";
    node.peer->send(ping);
}

void PsycNodes::drained(PsycPeer& peer) {
    const auto found = nodes_.find(peer.root());
    if (found == nodes_.end() || found->second.peer != &peer) {
        return;
    }
    // Walk over a copy: what is sent now may change the map.
    std::vector<std::shared_ptr<PsycCastOut>> casts;
    for (const auto& [place, cast] : found->second.casts) {
        casts.push_back(cast);
    }
    for (const auto& cast : casts) {
        cast->drained();
    }
}

// ---- circuits ------------------------------------------------------------------------------------

void PsycNodes::want(Node& node, bool at_once) {
    if (node.peer != nullptr || node.dialling || draining_) {
        return;
    }
    if (at_once) {
        // Somebody waits for an answer: the shortest pause is enough.
        node.next_dial = std::min(node.next_dial, node.last_dial + options_.first_pause);
    }
    if (node.failures == 0 || node.next_dial <= now_) {
        dial(node);
    }
}

void PsycNodes::dial(Node& node) {
    node.dialling = true;
    node.last_dial = now_;
    parts_.network.dial(node.address);
}

void PsycNodes::dial_failed(const std::string& root, const std::string& why) {
    const auto found = nodes_.find(root);
    if (found == nodes_.end() || !found->second.dialling) {
        return;
    }
    Node& node = found->second;
    node.dialling = false;
    ++counters_.dials_failed;
    ++node.failures;
    // Twice as long each time, and not all nodes at the same moment.
    auto pause = options_.first_pause * (1LL << std::min(node.failures - 1, 16));
    pause = std::min<std::chrono::seconds>(pause, options_.last_pause);
    const auto jitter = std::chrono::milliseconds(
        parts_.network.chance() % (static_cast<std::uint64_t>(pause.count()) * 500 + 1));
    node.next_dial = now_ + pause + jitter;
    parts_.network.log(
        fmt::format("psyc node={} not reached: {}; next attempt in {} s", root, why,
                    std::chrono::ceil<std::chrono::seconds>(pause + jitter).count()));
    if (node.failures >= options_.letter_attempts) {
        fail_letters(node, why);
    }
    node.mails->fail_waiting(mail::make_status(451, 4, 1, "the other node cannot be reached now"));
}

void PsycNodes::fail_letters(Node& node, const std::string& why) {
    node.letter_octets = 0;
    for (const Waiting& waiting : std::exchange(node.letters, {})) {
        ++counters_.letters_failed;
        if (waiting.failed) {
            waiting.failed(why);
        }
    }
}

void PsycNodes::established(PsycPeer& peer) {
    const auto address = node_of(peer.root());
    Node* node = address ? node_at(*address) : nullptr;
    if (node == nullptr) {
        peer.close();
        return;
    }
    ++counters_.circuits_opened;
    if (peer.opened_by_us()) {
        node->dialling = false;
    }
    node->failures = 0;
    node->used = now_;
    if (node->peer != nullptr && node->peer != &peer) {
        PsycPeer& old = *node->peer;
        // When both opened one, the one of the smaller name stays; the other end decides alike.  A second one
        // of the same side replaces the first, which its owner has lost.
        const bool both = old.opened_by_us() != peer.opened_by_us();
        const bool keeps_old = both && old.opened_by_us() == (root_ < peer.root());
        (keeps_old ? peer : old).retire();
        if (keeps_old) {
            return;
        }
    }
    node->peer = &peer;
    node->ping_tag.clear();
    parts_.network.log(fmt::format("psyc node={} connected, {} address={} generation={}{}",
                                   peer.root(), peer.opened_by_us() ? "by us" : "by it",
                                   peer.options().address,
                                   peer.generation() == psyc::Generation::v1 ? "1.0" : "0.99",
                                   peer.options().tls ? " tls" : ""));
    flush(*node);
    parts_.inside.node_opened(peer.root());
}

void PsycNodes::flush(Node& node) {
    PsycPeer* const peer = node.peer;
    node.letter_octets = 0;
    for (const Waiting& waiting : std::exchange(node.letters, {})) {
        peer->send(waiting.letter);
    }
    node.mails->flush(*peer);
    for (const auto& [place, cast] : std::map(node.casts)) {
        cast->connect(peer);
    }
}

void PsycNodes::gone(PsycPeer& peer, std::string_view why) {
    for (auto& [root, node] : nodes_) {
        node.mails->broken(peer);
    }
    const std::string& root = peer.is_established() ? peer.root() : peer.options().dialled;
    const auto found = nodes_.find(root);
    if (found == nodes_.end()) {
        return;
    }
    Node& node = found->second;
    if (node.peer == &peer) {
        node.peer = nullptr;
        node.ping_tag.clear();
        for (const auto& [place, cast] : std::map(node.casts)) {
            cast->connect(nullptr);
        }
        node.next_dial = now_ + options_.first_pause;
        node.failures = 1; // not at once: a node that ends us would be asked in a circle
        parts_.network.log(fmt::format("psyc node={} disconnected: {}", root, why));
        parts_.inside.node_lost(root);
    } else if (peer.opened_by_us() && !peer.is_established()) {
        dial_failed(root, std::string(why));
    }
}

bool PsycNodes::is_needed(const PsycPeer& peer) const {
    const auto found = nodes_.find(peer.root());
    if (found == nodes_.end()) {
        return false;
    }
    const Node& node = found->second;
    return node.mails->is_under_way(peer) ||
           (node.peer == &peer && (!node.casts.empty() || node.mails->is_waiting()));
}

bool PsycNodes::answered(PsycPeer& peer, const psyc::Packet& packet) {
    const auto found = nodes_.find(peer.root());
    if (found == nodes_.end()) {
        return false;
    }
    Node& node = found->second;
    std::string_view tag = packet.text_of("_tag_reply");
    if (tag.empty()) {
        tag = packet.text_of("_tag_relay");
    }
    if (!node.ping_tag.empty() && tag == node.ping_tag && node.peer == &peer) {
        node.ping_tag.clear();
        if (psyc::is_a(packet.method, "_echo_ping")) {
            for (const auto& [place, cast] : node.casts) {
                cast->ping_answered();
            }
        }
        return true;
    }
    return node.mails->answered(peer, packet);
}

std::size_t PsycNodes::connected() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        nodes_, [](const auto& entry) { return entry.second.peer != nullptr; }));
}

void PsycNodes::tick(Moment now) {
    now_ = now;
    std::vector<std::string> roots; // what is done now may change the map
    roots.reserve(nodes_.size());
    for (const auto& [root, node] : nodes_) {
        roots.push_back(root);
    }
    for (const std::string& root : roots) {
        Node& node = nodes_.find(root)->second;
        node.mails->tick(now);
        if (node.peer != nullptr) {
            drained(*node.peer);
            ping_casts(node);
        } else if (node.dialling && now - node.last_dial > dial_time) {
            dial_failed(root, "no circuit came to be in time");
        } else if (!node.casts.empty() || !node.letters.empty() || node.mails->is_waiting()) {
            node.used = now;
            if (node.next_dial <= now) {
                want(node, false);
            }
        } else if (is_idle(node) && now - node.used > forget_time) {
            nodes_.erase(root);
        }
    }
}

// ---- datagrams -----------------------------------------------------------------------------------

void PsycNodes::datagram(std::string_view octets, const std::string& address, bool is_mail_source) {
    ++counters_.datagrams;
    const auto drop = [this] { ++counters_.datagrams_dropped; };
    const auto first = octets.empty() ? psyc::FirstOctet::other : psyc::detect(octets.front());
    // psycmail begins with the empty packet, others with the routing header at once.
    const psyc::Generation generation =
        first == psyc::FirstOctet::v1 ? psyc::Generation::v1 : psyc::Generation::classic;
    if (!is_mail_source) {
        drop();
        return;
    }
    psyc::Parser parser(generation);
    for (std::size_t count = 0; count < packets_a_datagram; ++count) {
        const auto packet = parser.next(octets);
        if (!packet) {
            drop();
            return;
        }
        if (!*packet) {
            if (parser.is_inside_packet()) {
                drop(); // cut off
            }
            return;
        }
        if ((*packet)->is_empty()) {
            continue;
        }
        const psyc::Packet& notice = **packet;
        const bool known = psyc::is_a(notice.method, "_notice_received_email") ||
                           psyc::is_a(notice.method, "_notice_email_received");
        const auto target = psyc::parse_uniform(notice.text_of("_target"));
        // Addresses of senders can be forged: nobody is believed to speak for a name, and nothing has state.
        const bool anonymous =
            notice.text_of("_source").empty() && notice.text_of("_context").empty();
        if (!known || !anonymous || psyc::check(notice) || !target ||
            target->kind != psyc::UniformKind::person || !is_ours(target->host)) {
            drop();
            continue;
        }
        PsycSender sender;
        sender.uniform = psyc::root_uniform(address);
        sender.nick = "mail";
        sender.node = sender.uniform;
        parts_.inside.receive(sender, notice, [](const PsycLetter&) {});
    }
}

} // namespace mailcast::front
