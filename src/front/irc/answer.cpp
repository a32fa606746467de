// How an IRC client is answered: lines of one wake-up together, and under the label of what they answer.
// IRCv3 labeled-response, standard-replies.
#include "front/irc/front.h"

#include <array>
#include <utility>

namespace mailcast::front {

using irc::Capability;

namespace {

constexpr std::size_t longest_piece = 64UL
                                      << 10U; // of what a wake-up says; more goes out in pieces

// Before the tags that a rendered line has already.
std::string with_tag(std::string_view key, std::string_view value, const std::string& line) {
    std::string out = "@" + std::string(key) + "=" + irc::escaped_tag(value);
    if (line.starts_with('@')) {
        out += ';';
        out += std::string_view(line).substr(1);
    } else {
        out += ' ';
        out += line;
    }
    return out;
}

} // namespace

// ---- output --------------------------------------------------------------------------------------

void IrcFront::emit(std::string line) {
    if (gone()) {
        return;
    }
    if (collecting_) {
        collected_.push_back(std::move(line));
        return;
    }
    out_ += line;
    if (depth_ == 0 || out_.size() >= longest_piece) {
        flush();
    }
}

void IrcFront::line(const irc::Tags& tags, const irc::Line& line) {
    std::string out;
    irc::append_line(out, tags, line);
    emit(std::move(out));
}

void IrcFront::flush() {
    if (gone() || out_.empty()) {
        return;
    }
    if (output_->queued() > options_.most_queued) {
        out_.clear();
        output_->close();
        return;
    }
    output_->send(std::make_shared<const std::string>(std::exchange(out_, {})));
}

// Octets that others have, too: not copied.
void IrcFront::send(const chat::SharedBytes& bytes) {
    if (gone() || bytes == nullptr) {
        return;
    }
    if (collecting_) {
        emit(*bytes);
        return;
    }
    flush();
    if (!gone()) {
        output_->send(bytes);
    }
}

void IrcFront::reply(std::string_view numeric, std::initializer_list<std::string_view> words,
                     std::string_view text) {
    const std::string nick = shown_nick();
    std::vector<std::string_view> all = {nick};
    all.insert(all.end(), words.begin(), words.end());
    line({}, {.source = clients_.hub().hostname(),
              .command = numeric,
              .words = all,
              .saying = irc::Saying::text,
              .text = text});
}

void IrcFront::reply(std::string_view numeric, std::initializer_list<std::string_view> words) {
    const std::string nick = shown_nick();
    std::vector<std::string_view> all = {nick};
    all.insert(all.end(), words.begin(), words.end());
    line({}, {.source = clients_.hub().hostname(), .command = numeric, .words = all});
}

// IRCv3 standard-replies; a NOTICE for who does not know them.
void IrcFront::fail(std::string_view command, std::string_view code,
                    std::initializer_list<std::string_view> context, std::string_view text) {
    if (!has(Capability::standard_replies)) {
        notice(std::string(command) + ": " + std::string(text));
        return;
    }
    std::vector<std::string_view> words = {command, code};
    words.insert(words.end(), context.begin(), context.end());
    line({}, {.source = clients_.hub().hostname(),
              .command = "FAIL",
              .words = words,
              .saying = irc::Saying::text,
              .text = text});
}

void IrcFront::notice(std::string_view text) {
    const std::string nick = shown_nick();
    const std::array<std::string_view, 1> words = {nick};
    line({}, {.source = clients_.hub().hostname(),
              .command = "NOTICE",
              .words = words,
              .saying = irc::Saying::text,
              .text = text});
}

void IrcFront::end_circuit(std::string_view reason) {
    if (gone() || ending_) {
        return;
    }
    collecting_ = false;
    line({}, {.command = "ERROR", .saying = irc::Saying::text, .text = reason});
    flush();
    ending_ = true;
    held_ = {};
    if (!gone()) {
        output_->close();
    }
}

std::string IrcFront::next_reference() {
    return "b" + std::to_string(++references_);
}

// ---- labels (IRCv3 labeled-response) -------------------------------------------------------------

void IrcFront::finish_label() {
    collecting_ = false;
    std::vector<std::string> lines = std::exchange(collected_, {});
    const bool is_batch = std::exchange(answer_is_batch_, false);
    const std::string label = take_label();
    if (label.empty()) {
        // It was taken along to be answered later.
        for (std::string& line : lines) {
            emit(std::move(line));
        }
        return;
    }
    if (lines.empty()) {
        line({{"label", label}}, {.source = clients_.hub().hostname(), .command = "ACK"});
    } else if (lines.size() == 1 || is_batch || !has(Capability::batch)) {
        emit(with_tag("label", label, lines.front()));
        for (std::size_t i = 1; i < lines.size(); ++i) {
            emit(std::move(lines[i]));
        }
    } else {
        const std::string reference = next_reference();
        const std::string opening = "+" + reference;
        const std::string closing = "-" + reference;
        const std::array<std::string_view, 2> begin = {opening, "labeled-response"};
        const std::array<std::string_view, 1> end = {closing};
        line({{"label", label}},
             {.source = clients_.hub().hostname(), .command = "BATCH", .words = begin});
        for (const std::string& one : lines) {
            emit(one.starts_with("@batch=") ? one : with_tag("batch", reference, one));
        }
        line({}, {.source = clients_.hub().hostname(), .command = "BATCH", .words = end});
    }
}

void IrcFront::answer_under(std::string label, const std::function<void()>& answer) {
    if (gone()) {
        return;
    }
    ++depth_;
    if (label.empty()) {
        answer();
    } else {
        label_ = std::move(label);
        collecting_ = true;
        answer();
        finish_label();
    }
    --depth_;
    if (depth_ == 0) {
        flush();
    }
}

} // namespace mailcast::front
