#include "memory_peer.h"

#include "base/ascii.h"

#include <type_traits>
#include <variant>

namespace mailcast::dialogue {

namespace {

using mail::make_status;
using mail::Status;

const std::string message_id = "01JDBQ5K3V8Z9M0000000000AB";

Status judge_recipient(const mail::Mailbox& mailbox) {
    const std::string local = base::lowered(mailbox.local);
    if (mailbox.domain.empty() && local == "postmaster") {
        return make_status(250, 1, 5, "ok");
    }
    if (mailbox.domain == "example.org") {
        for (const char* known : {"ada", "bea", "*lab", "full", "picky"}) {
            if (local == known) {
                return make_status(250, 1, 5, "ok");
            }
        }
    }
    return make_status(550, 1, 1, "No such person or place here");
}

Status judge_content(const mail::Recipient& recipient) {
    const std::string address = '<' + recipient.mailbox.text() + '>';
    if (recipient.mailbox.local == "full") {
        return make_status(452, 2, 2, address + " log is full");
    }
    if (recipient.mailbox.local == "picky") {
        return make_status(550, 7, 1, address + " does not want this");
    }
    return make_status(250, 1, 5, address + ' ' + message_id + " accepted");
}

std::string describe(const mail::Envelope& envelope) {
    std::string out = "from=<" + envelope.reverse_path.text() + ">";
    for (const mail::Recipient& recipient : envelope.recipients) {
        out += " to=<" + recipient.mailbox.text() + ">";
        if (!recipient.orcpt.empty()) {
            out += " orcpt=" + recipient.orcpt;
        }
    }
    const mail::ForwardedClient& client = envelope.forwarded;
    out += " helo=" + envelope.helo + " auth=" + envelope.authenticated +
           " id=" + envelope.envelope_id + " name=" + client.name + " addr=" + client.address +
           " port=" + client.port + " proto=" + client.protocol + " chelo=" + client.helo +
           " ident=" + client.ident +
           " source=" + std::string(client.source ? mail::to_string(*client.source) : "");
    return out;
}

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

} // namespace

MemoryPeer::MemoryPeer(const smtp::Options& options) : session_(options) {
    session_.greet();
    collect_output();
}

void MemoryPeer::collect_output() {
    const std::string output = session_.take_output();
    written_ += output;
    transcript_ += output;
}

void MemoryPeer::note(std::string_view event) {
    collect_output();
    transcript_ += "* ";
    transcript_ += event;
    transcript_ += '\n';
}

void MemoryPeer::receive(std::string_view octets) {
    if (closed_) {
        return;
    }
    input_ += octets;
    run();
    collect_output();
}

std::string MemoryPeer::take_written() {
    return std::exchange(written_, {});
}

void MemoryPeer::run() {
    std::string_view left = input_;
    bool more = true;
    while (more) {
        const smtp::Event event = session_.next(left);
        more = handle(event);
        if (std::holds_alternative<smtp::TlsRequested>(event)) {
            left = {}; // RFC 3207 4.2
        }
    }
    input_.erase(0, input_.size() - left.size());
}

bool MemoryPeer::handle(const smtp::Event& event) {
    return std::visit(
        Overloaded{
            [&](const smtp::NeedInput&) { return false; },
            [&](const smtp::RecipientAsked& asked) {
                note("recipient <" + asked.recipient.mailbox.text() + "> as " +
                     asked.recipient.original);
                session_.answer_recipient(judge_recipient(asked.recipient.mailbox));
                return true;
            },
            [&](const smtp::ContentBegins& begins) {
                note("content begins " + describe(begins.envelope));
                content_.clear();
                return true;
            },
            [&](const smtp::ContentChunk& chunk) {
                content_ += chunk.bytes;
                return true;
            },
            [&](const smtp::ContentEnds& ends) {
                note("content ends " + describe(ends.envelope) + " [" + content_ + "]");
                mails_.push_back(std::exchange(content_, {}));
                std::vector<Status> statuses;
                for (const mail::Recipient& recipient : ends.envelope.recipients) {
                    statuses.push_back(judge_content(recipient));
                }
                session_.finish(statuses);
                return true;
            },
            [&](const smtp::ContentDropped&) {
                note("content dropped");
                content_.clear();
                return true;
            },
            [&](const smtp::ContentRefused& refused) {
                note("content refused " + std::to_string(refused.status.code) + " " +
                     describe(refused.envelope));
                content_.clear();
                std::vector<Status> statuses;
                for (const mail::Recipient& recipient : refused.envelope.recipients) {
                    statuses.push_back(refused.status);
                    statuses.back().text =
                        '<' + recipient.original + "> " + message_id + ' ' + statuses.back().text;
                }
                session_.finish(statuses);
                return true;
            },
            [&](const smtp::TlsRequested&) {
                note("tls");
                session_.tls_started();
                return true;
            },
            [&](const smtp::AuthenticationAsked& asked) {
                note("authentication " + asked.name);
                session_.answer_authentication(asked.name == "ada" && asked.password == "secret");
                return true;
            },
            [&](const smtp::Close&) {
                note("close");
                closed_ = true;
                return false;
            },
        },
        event);
}

} // namespace mailcast::dialogue
