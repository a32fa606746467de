#include "smtp/client.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mailcast::smtp {

namespace {

// RFC 5321 4.5.2.
std::string dot_stuffed(std::string_view content) {
    std::string out;
    out.reserve(content.size() + 64);
    bool at_start = true;
    for (const char c : content) {
        if (at_start && c == '.') {
            out += '.';
        }
        out += c;
        at_start = c == '\n';
    }
    if (!out.ends_with("\r\n")) {
        out += "\r\n";
    }
    return out;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

Client::Client(Options options, OutgoingMail mail)
    : options_(std::move(options)), mail_(std::move(mail)), known_(mail_.recipients.size()) {
    const auto breaks = [](const std::string& address) {
        return std::ranges::any_of(
            address, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    };
    // Addresses were checked where they came from; one that could be a command of its own never leaves.
    if (breaks(mail_.from) || std::ranges::any_of(mail_.recipients, breaks)) {
        settle(mail::make_status(553, 1, 3, "an address with control characters"));
        stage_ = Stage::finished;
    }
}

std::string Client::take_output() {
    return std::exchange(output_, {});
}

std::chrono::seconds Client::timeout() const {
    using std::chrono::minutes;
    switch (stage_) {
    case Stage::data:
        return minutes(2);
    case Stage::content:
        return minutes(10);
    case Stage::quit:
        return std::chrono::seconds(10); // all is said
    default:
        return minutes(5);
    }
}

void Client::feed(std::string_view input) {
    while (!input.empty() && !finished() && !wants_tls()) {
        if (!output_.empty() && stage_ != Stage::quit) {
            // What is said before our words have gone out cannot be an answer to them.
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

void Client::act(const ServerReply& reply) {
    const bool good = reply.is_good();
    if (reply.code == 421 && stage_ != Stage::quit) {
        fail_all(reply, "");
        quit();
        return;
    }
    switch (stage_) {
    case Stage::greeting:
        if (!good) {
            fail_all(reply, "greeting");
            quit();
            return;
        }
        stage_ = Stage::ehlo;
        send("EHLO " + options_.hostname);
        return;
    case Stage::ehlo:
        if (good) {
            after_ehlo(reply);
        } else if (!tls_ && options_.tls != Tls::required && options_.user.empty()) {
            stage_ = Stage::helo;
            send("HELO " + options_.hostname);
        } else {
            fail_all(reply, "EHLO");
            quit();
        }
        return;
    case Stage::helo:
        if (!good) {
            fail_all(reply, "HELO");
            quit();
            return;
        }
        begin_mail();
        return;
    case Stage::starttls:
        if (reply.code == 220) {
            // RFC 3207 4.2: what came before the handshake is not believed after it.
            replies_.drop_partial();
            stage_ = Stage::handshake;
        } else {
            settle(mail::make_status(451, 7, 0, "the mail server refused TLS"));
            quit();
        }
        return;
    case Stage::authentication:
        if (!good) {
            // Our password is wrong or not wanted now: no fault of the mail.
            settle(mail::make_status(451, 7, 8, "the mail server refused our login"));
            quit();
            return;
        }
        begin_mail();
        return;
    case Stage::mail:
        if (!good) {
            fail_all(reply, "MAIL");
            quit();
            return;
        }
        stage_ = Stage::recipients;
        for (const std::string& recipient : mail_.recipients) {
            send("RCPT TO:<" + recipient + ">");
        }
        return;
    case Stage::recipients:
        answer_recipient(reply);
        return;
    case Stage::data:
        if (reply.code != 354) {
            fail_all(reply, "DATA");
            quit();
            return;
        }
        stage_ = Stage::content;
        output_ += dot_stuffed(mail_.content);
        output_ += ".\r\n";
        return;
    case Stage::content:
        fail_all(reply, "the content");
        quit();
        return;
    case Stage::quit:
        stage_ = Stage::finished;
        return;
    case Stage::handshake:
    case Stage::finished:
        return;
    }
}

void Client::after_ehlo(const ServerReply& reply) {
    offers_starttls_ = offers_plain_ = offers_utf8_ = false;
    size_limit_.reset();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) {
        const std::string_view line = reply.lines[i];
        const std::string_view word = line.substr(0, line.find(' '));
        const std::string rest = base::lowered(line.substr(std::min(line.size(), word.size() + 1)));
        if (base::iequals(word, "STARTTLS")) {
            offers_starttls_ = true;
        } else if (base::iequals(word, "SMTPUTF8")) {
            offers_utf8_ = true;
        } else if (base::iequals(word, "AUTH")) {
            offers_plain_ = (" " + rest + " ").find(" plain ") != std::string::npos;
        } else if (base::iequals(word, "SIZE")) {
            std::size_t limit = 0;
            for (const char c : rest) {
                limit = is_digit(c) && limit < (SIZE_MAX - 9) / 10
                            ? limit * 10 + static_cast<std::size_t>(c - '0')
                            : limit;
            }
            size_limit_ = limit;
        }
    }
    if (!tls_ && options_.tls != Tls::none && offers_starttls_) {
        stage_ = Stage::starttls;
        send("STARTTLS");
        return;
    }
    if (!tls_ && options_.tls == Tls::required) {
        settle(mail::make_status(451, 7, 0, "the mail server offers no TLS"));
        quit();
        return;
    }
    if (!options_.user.empty()) {
        if (!offers_plain_ || (!tls_ && !options_.clear_password)) {
            settle(mail::make_status(451, 7, 0,
                                     offers_plain_ ? "a password goes over TLS only"
                                                   : "the mail server takes no AUTH PLAIN"));
            quit();
            return;
        }
        stage_ = Stage::authentication;
        const std::string secret = std::string(1, '\0') + options_.user + '\0' + options_.password;
        send("AUTH PLAIN " + base::encode_base64(secret));
        return;
    }
    begin_mail();
}

void Client::begin_mail() {
    if (mail_.utf8 && !offers_utf8_) {
        settle(mail::make_status(553, 6, 7, "the mail server takes no international addresses"));
        quit();
        return;
    }
    if (size_limit_ && *size_limit_ > 0 && mail_.content.size() > *size_limit_) {
        settle(mail::make_status(552, 3, 4, "larger than the mail server takes"));
        quit();
        return;
    }
    std::string line = "MAIL FROM:<" + mail_.from + ">";
    if (size_limit_) {
        line += " SIZE=" + std::to_string(mail_.content.size());
    }
    if (mail_.utf8) {
        line += " SMTPUTF8 BODY=8BITMIME";
    }
    stage_ = Stage::mail;
    send(std::move(line));
}

void Client::answer_recipient(const ServerReply& reply) {
    if (asked_ < known_.size() && reply.code / 100 != 2) {
        known_[asked_] = status_of(reply);
    }
    if (++asked_ < known_.size()) {
        return;
    }
    if (std::ranges::all_of(known_, [](const auto& status) { return status.has_value(); })) {
        settle(mail::make_status(451, 3, 0, "no recipient was taken"));
        quit();
        return;
    }
    stage_ = Stage::data;
    send("DATA");
}

void Client::send(std::string_view line) {
    output_ += line;
    output_ += "\r\n";
}

// The same answer for everybody who has none yet.
void Client::settle(const mail::Status& status) {
    if (!statuses_.empty() || known_.empty()) {
        return;
    }
    for (const auto& known : known_) {
        statuses_.push_back(known.value_or(status));
    }
}

void Client::fail_all(const ServerReply& reply, std::string_view doing) {
    mail::Status status = status_of(reply);
    if (reply.code / 100 == 2 && doing != "the content") {
        status = mail::make_status(451, 5, 0, "the mail server gave an answer out of turn");
    } else if (stage_ == Stage::greeting || stage_ == Stage::ehlo || stage_ == Stage::helo) {
        // A server that refuses us refuses no mail: its administrator or ours can change that.
        status.code = 451;
        status.enhanced.status_class = 4;
    }
    settle(status);
}

void Client::quit() {
    if (stage_ != Stage::finished) {
        stage_ = Stage::quit;
        send("QUIT");
    }
}

void Client::tls_started() {
    tls_ = true;
    stage_ = Stage::ehlo;
    send("EHLO " + options_.hostname);
}

void Client::closed(std::string_view why) {
    settle(mail::make_status(451, 4, 2, std::string(why)));
    output_.clear();
    stage_ = Stage::finished;
}

} // namespace mailcast::smtp
