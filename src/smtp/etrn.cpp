#include "smtp/etrn.h"

#include "base/ascii.h"

#include <algorithm>
#include <utility>

namespace mailcast::smtp {

namespace {

// RFC 1985 5.1 has no enhanced codes of its own; 458 and 459 say that the server cannot, now or at all.
mail::Status answer_of(const ServerReply& reply) {
    constexpr int not_allowed = 459;
    mail::Status status = status_of(reply);
    if (reply.code == not_allowed) {
        status = mail::make_status(550, 7, 1, status.text);
    }
    return status;
}

bool offers_etrn(const ServerReply& reply) {
    return std::ranges::any_of(reply.lines, [](std::string_view line) {
        return base::iequals(line.substr(0, line.find(' ')), "ETRN");
    });
}

} // namespace

Etrn::Etrn(std::string hostname, std::vector<std::string> domains)
    : hostname_(std::move(hostname)), domains_(std::move(domains)) {
    const auto breaks = [](const std::string& domain) {
        return domain.empty() || std::ranges::any_of(domain, [](char c) {
                   return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
               });
    };
    // Domains were checked where they came from; one that could be a command of its own never leaves.
    std::erase_if(domains_, breaks);
    if (domains_.empty()) {
        stage_ = Stage::finished;
    }
}

std::string Etrn::take_output() {
    return std::exchange(output_, {});
}

void Etrn::feed(std::string_view input) {
    while (!input.empty() && !finished()) {
        if (!output_.empty() && stage_ != Stage::quit) {
            closed("it answered before it was asked");
            return;
        }
        if (const auto reply = replies_.take(input)) {
            act(*reply);
        } else if (!replies_.fault().empty()) {
            closed(replies_.fault());
        }
    }
}

void Etrn::act(const ServerReply& reply) {
    switch (stage_) {
    case Stage::greeting:
        if (!reply.is_good()) {
            settle(
                mail::make_status(451, 4, 1, "it does not want us now: " + status_of(reply).text));
            quit();
            return;
        }
        stage_ = Stage::ehlo;
        send("EHLO " + hostname_);
        return;
    case Stage::ehlo:
        if (!reply.is_good() || !offers_etrn(reply)) {
            settle(mail::make_status(550, 5, 1, "it has no ETRN"));
            quit();
            return;
        }
        stage_ = Stage::asking;
        ask_or_quit();
        return;
    case Stage::asking:
        if (reply.code == 421) {
            settle(status_of(reply));
            quit();
            return;
        }
        statuses_.push_back(answer_of(reply));
        ask_or_quit();
        return;
    case Stage::quit:
        stage_ = Stage::finished;
        return;
    case Stage::finished:
        return;
    }
}

void Etrn::ask_or_quit() {
    if (statuses_.size() < domains_.size()) {
        send("ETRN " + domains_[statuses_.size()]);
    } else {
        quit();
    }
}

// The same answer for every domain that has none yet.
void Etrn::settle(const mail::Status& status) {
    statuses_.resize(domains_.size(), status);
}

void Etrn::closed(std::string_view why) {
    settle(mail::make_status(451, 4, 2, std::string(why)));
    output_.clear();
    stage_ = Stage::finished;
}

void Etrn::send(std::string_view line) {
    output_ += line;
    output_ += "\r\n";
}

void Etrn::quit() {
    stage_ = Stage::quit;
    send("QUIT");
}

} // namespace mailcast::smtp
