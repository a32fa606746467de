// Greeting and negotiation between two nodes, in both roles and generations.  reference: psyc-protocol 2.8.
#include "front/psyc/letter.h"
#include "front/psyc/mail.h"
#include "front/psyc/node_address.h"
#include "front/psyc/nodes.h"
#include "front/psyc/peer.h"
#include "psyc/keyword.h"
#include "psyc/list.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>

namespace mailcast::front {

namespace {

std::string answered_tag(const psyc::Packet& packet) {
    std::string_view tag = packet.text_of("_tag_reply");
    if (tag.empty()) {
        tag = packet.text_of("_tag_relay");
    }
    return std::string(tag);
}

} // namespace

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
        PsycLetter answer = features_letter();
        answer.tag_reply = std::string(packet.text_of("_tag"));
        send(answer);
        return true;
    }
    // The other side complains about the circuit, or tells about itself.
    return psyc::is_complaint(packet.method) || psyc::is_a(packet.method, "_notice_features");
}

void PsycPeer::authorize(const psyc::Packet& packet) {
    const std::string_view asked = packet.text_of("_uniform_target");
    const std::string_view asker = packet.text_of("_uniform_source");
    if (!is_root_uniform(asked) || !nodes_.is_ours(host_in(asked))) {
        refuse_source(packet, {.method = "_error_invalid_uniform_target",
                               .body = "[_uniform_target] is not here.",
                               .variables = {{"_uniform_target", std::string(asked)}}});
        return;
    }
    const std::string host = host_in(asker);
    if (!is_root_uniform(asker) || nodes_.is_ours(host)) {
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
    if (!is_root_uniform(source)) {
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

} // namespace mailcast::front
