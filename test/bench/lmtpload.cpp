// Load generator for LMTP (and SMTP): how many mails a server takes, how long each waits for its
// last reply, and what goes wrong.  One thread, epoll, the standard library alone, so that it costs
// the machine little: a message is a patched head plus a body that all sessions share.
//
// It pipelines as Postfix's LMTP client does: MAIL, every RCPT and DATA in one write; after the 354
// the content; then the next MAIL on the same connection.  Every reply is read and counted by its
// code. Each message has a Message-ID and a text of its own, so that no server may take it for a
// repetition.
//
//   lmtpload -to unix:/run/x/lmtp.sock -sessions 16 -recipients 10 -size 2048 -seconds 2.5
//   lmtpload -to 127.0.0.1:2424 -messages 1000
//   lmtpload -to unix:/run/x/lmtp.sock -idle 2000      opens them, prints a line, waits for end of
//   input
//
// Prints one JSON object.  Exit: 0 all was answered 250, 1 something was not, 2 wrong usage.

#include "lmtpload_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace lmtpload;
using Clock = std::chrono::steady_clock;

// ---- the message
// -----------------------------------------------------------------------------------

constexpr std::size_t number_digits = 16;

// Head with two places for the message's number, and a body shared by all.
struct Template {
    std::string head;
    std::vector<std::size_t> number_places;
    std::string tail; // ends with the line of the single dot
};

Template make_template(const Options& options) {
    const std::string blank(number_digits, '0');
    const std::string run =
        std::to_string(Clock::now().time_since_epoch().count()) + "." + std::to_string(getpid());
    Template made;
    const auto number_here = [&made, &blank] {
        made.number_places.push_back(made.head.size());
        made.head += blank;
    };
    made.head = "Received: from load.example.net (load.example.net [192.0.2.25])\r\n"
                "\tby mx.example.org (Postfix) with ESMTP id 4XyZ0123456789\r\n"
                "\tfor <user@example.org>; Mon, 23 Nov 2026 12:00:00 +0000 (UTC)\r\n"
                "From: Load Generator <" +
                options.sender +
                ">\r\n"
                "To: users@example.org\r\n"
                "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                "MIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: 8bit\r\n"
                "Message-ID: <";
    number_here();
    made.head += "." + run + "@load.example.net>\r\nSubject: Message ";
    number_here();
    made.head += "\r\n\r\nThis is number ";
    number_here();
    made.head += ".\r\n";

    constexpr std::string_view words =
        "The quick brown fox jumps over the lazy dog while seven wizards make toxic brew. ";
    std::size_t at = 0;
    while (made.head.size() + made.tail.size() + 2 < options.size) {
        const std::size_t room = options.size - made.head.size() - made.tail.size() - 2;
        for (std::size_t n = std::min<std::size_t>(room, 72); n > 0; --n) {
            made.tail += words[at++ % words.size()];
        }
        made.tail += "\r\n";
    }
    made.tail += ".\r\n";
    return made;
}

void write_number(char* place, std::uint64_t number) {
    for (std::size_t i = number_digits; i-- > 0; number /= 10) {
        place[i] = static_cast<char>('0' + number % 10);
    }
}

// ---- what is counted
// -----------------------------------------------------------------------------

struct Results {
    std::vector<std::uint32_t> latencies; // microseconds, MAIL to the last reply
    std::uint64_t messages = 0;
    std::uint64_t recipients_accepted = 0; // 250 after the content
    std::uint64_t connections = 0;
    std::uint64_t disconnects = 0;           // not asked for
    std::map<int, std::uint64_t> unexpected; // by code
    std::vector<std::string> samples;        // of unexpected replies
    std::uint64_t content_octets = 0;

    void unexpected_reply(int code, std::string_view line) {
        ++unexpected[code];
        if (samples.size() < 5) {
            samples.emplace_back(line.substr(0, 200));
        }
    }

    bool clean() const { return unexpected.empty() && disconnects == 0; }
};

// ---- one connection
// --------------------------------------------------------------------------------

class Load;

class Session {
  public:
    Session(Load& load, const Template& message) : load_(load), head_(message.head) {}

    void open();
    void on_ready(std::uint32_t events);

    bool finished() const { return fd_ < 0; }

  private:
    enum class Phase { greeting, hello, envelope, content, quit };

    bool read_replies(); // false: the connection is gone
    bool on_reply(int code, std::string_view line);
    bool begin_message(); // false: nothing more to send
    void end_message();
    void send(std::span<const std::string_view> pieces);
    bool flush();
    void close();

    Load& load_;
    int fd_ = -1;
    Phase phase_ = Phase::greeting;
    std::string head_;
    std::string commands_;
    std::string input_;
    std::array<std::string_view, 2> output_{}; // what is still to be written
    bool watches_write_ = false;
    std::size_t replies_due_ = 0;
    std::size_t replies_seen_ = 0;
    std::size_t accepted_ = 0;
    bool refused_ = false; // DATA was: the transaction has to be ended with RSET
    bool resets_ = false;  // the commands under way begin with RSET
    std::uint64_t on_this_connection_ = 0;
    Clock::time_point began_{};
};

class Load {
  public:
    explicit Load(const Options& options)
        : options_(options), target_(parse_target(options.to)), message_(make_template(options)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < options.users; ++i) {
            rcpt_lines_.push_back("RCPT TO:<" + numbered(options.recipient, i) + ">\r\n");
        }
    }

    int run();

  private:
    friend class Session;

    bool may_begin() {
        return options_.messages != 0 ? begun_ < options_.messages
                                      : Clock::now() < end(Clock::now());
    }

    bool counts(Clock::time_point now) {
        return options_.messages != 0 || (now >= begin_ && now <= end(now));
    }

    // Slow servers get more time: a rate made of a handful of messages says nothing.
    Clock::time_point end(Clock::time_point now) {
        constexpr int extensions_at_most = 9;
        while (now > end_ && results_.messages < options_.least &&
               extensions_ < extensions_at_most) {
            end_ += length_;
            ++extensions_;
        }
        return end_;
    }

    void report(double seconds, double own_cpu) const;

    Options options_;
    Target target_;
    Template message_;
    std::vector<std::string> rcpt_lines_;
    int epoll_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::size_t open_ = 0;
    std::uint64_t begun_ = 0;
    std::size_t next_user_ = 0;
    Clock::time_point begin_{};
    Clock::time_point end_{};
    Clock::duration length_{};
    int extensions_ = 0;
    Results results_;
};

void Session::open() {
    fd_ = connect_to(load_.target_);
    phase_ = Phase::greeting;
    replies_due_ = 1;
    replies_seen_ = 0;
    on_this_connection_ = 0;
    refused_ = false;
    input_.clear();
    output_ = {};
    watches_write_ = false;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (epoll_ctl(load_.epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) {
        fail_errno("epoll_ctl");
    }
    ++load_.open_;
    ++load_.results_.connections;
}

void Session::close() {
    ::close(fd_);
    fd_ = -1;
    --load_.open_;
}

void Session::send(std::span<const std::string_view> pieces) {
    output_ = {};
    std::copy(pieces.begin(), pieces.end(), output_.begin());
    flush();
}

bool Session::flush() {
    while (!output_[0].empty() || !output_[1].empty()) {
        std::array<iovec, 2> vectors{};
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            vectors[i].iov_base = const_cast<char*>(output_[i].data());
            vectors[i].iov_len = output_[i].size();
        }
        const ssize_t written = writev(fd_, vectors.data(), vectors.size());
        if (written < 0) {
            break; // full, or gone: reading will tell
        }
        auto left = static_cast<std::size_t>(written);
        for (auto& piece : output_) {
            const std::size_t taken = std::min(left, piece.size());
            piece.remove_prefix(taken);
            left -= taken;
        }
    }
    const bool more = !output_[0].empty() || !output_[1].empty();
    if (more != watches_write_) {
        epoll_event event{};
        event.events = more ? EPOLLIN | EPOLLOUT : EPOLLIN;
        event.data.ptr = this;
        epoll_ctl(load_.epoll_, EPOLL_CTL_MOD, fd_, &event);
        watches_write_ = more;
    }
    return !more;
}

bool Session::begin_message() {
    const std::uint64_t limit = load_.options_.per_connection;
    if ((limit != 0 && on_this_connection_ >= limit) || !load_.may_begin()) {
        return false;
    }
    const std::uint64_t number = ++load_.begun_;
    ++on_this_connection_;
    for (const std::size_t place : load_.message_.number_places) {
        write_number(head_.data() + place, number);
    }
    resets_ = refused_;
    refused_ = false;
    commands_ = resets_ ? "RSET\r\n" : "";
    commands_ += "MAIL FROM:<" + load_.options_.sender + ">\r\n";
    for (std::size_t i = 0; i < load_.options_.recipients; ++i) {
        commands_ += load_.rcpt_lines_[load_.next_user_];
        load_.next_user_ = (load_.next_user_ + 1) % load_.rcpt_lines_.size();
    }
    commands_ += "DATA\r\n";
    phase_ = Phase::envelope;
    replies_due_ = load_.options_.recipients + (resets_ ? 3 : 2);
    replies_seen_ = 0;
    accepted_ = 0;
    began_ = Clock::now();
    const std::array<std::string_view, 1> pieces{commands_};
    send(pieces);
    return true;
}

void Session::end_message() {
    const auto now = Clock::now();
    if (load_.counts(now)) {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
        load_.results_.latencies.push_back(static_cast<std::uint32_t>(took.count()));
        ++load_.results_.messages;
        load_.results_.content_octets += load_.options_.size;
    }
}

// One whole reply (its last line).  False: the connection is at its end.
bool Session::on_reply(int code, std::string_view line) {
    Results& results = load_.results_;
    const std::size_t index = replies_seen_++;
    if (phase_ == Phase::envelope) {
        const bool is_data = index + 1 == replies_due_;
        const bool is_recipient = index > (resets_ ? 1 : 0) && !is_data;
        if (code != (is_data ? 354 : 250)) {
            results.unexpected_reply(code, line);
        } else if (is_recipient) {
            ++accepted_;
        }
        if (!is_data) {
            return true;
        }
        if (code == 354) {
            phase_ = Phase::content;
            replies_due_ = load_.options_.smtp ? 1 : accepted_;
            replies_seen_ = 0;
            const std::array<std::string_view, 2> pieces{head_, load_.message_.tail};
            send(pieces);
            return true;
        }
        refused_ = true;
        replies_due_ = replies_seen_;
    } else if (phase_ == Phase::content) {
        if (code != 250) {
            results.unexpected_reply(code, line);
        } else if (load_.counts(Clock::now())) {
            results.recipients_accepted += load_.options_.smtp ? accepted_ : 1;
        }
    } else if (code != (phase_ == Phase::greeting ? 220 : phase_ == Phase::quit ? 221 : 250)) {
        results.unexpected_reply(code, line);
        return false;
    }
    if (replies_seen_ < replies_due_) {
        return true;
    }
    if (phase_ == Phase::quit) {
        return false;
    }
    if (phase_ == Phase::greeting) {
        phase_ = Phase::hello;
        replies_due_ = 1;
        replies_seen_ = 0;
        const std::array<std::string_view, 1> pieces{
            load_.options_.smtp ? "EHLO load.example.net\r\n" : "LHLO load.example.net\r\n"};
        send(pieces);
        return true;
    }
    if (phase_ == Phase::content) {
        end_message();
    }
    if (!begin_message()) {
        phase_ = Phase::quit;
        replies_due_ = 1;
        replies_seen_ = 0;
        const std::array<std::string_view, 1> pieces{"QUIT\r\n"};
        send(pieces);
    }
    return true;
}

bool Session::read_replies() {
    std::array<char, 65536> buffer; // NOLINT: filled by read
    const ssize_t got = read(fd_, buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    if (got <= 0) {
        if (phase_ != Phase::quit) {
            ++load_.results_.disconnects;
        }
        return false;
    }
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t at = 0;
    for (;;) {
        const std::size_t end = input_.find('\n', at);
        if (end == std::string::npos) {
            break;
        }
        const std::string_view line = std::string_view(input_).substr(at, end - at);
        at = end + 1;
        if (line.size() < 4 || line[3] == '-') {
            continue; // a line before the last of a reply
        }
        const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (!on_reply(code, line)) {
            return false;
        }
    }
    input_.erase(0, at);
    return true;
}

void Session::on_ready(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        flush();
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !read_replies()) {
        close();
        // a connection that broke is not opened again: that would hide the fault in a busy loop
        if (load_.may_begin() && phase_ == Phase::quit) {
            open();
        }
    }
}

// ---- the run
// -----------------------------------------------------------------------------------------

double own_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& value) {
        return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int Load::run() {
    const auto start = Clock::now();
    const auto span = [](double seconds) {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    };
    begin_ = start + span(options_.warmup);
    length_ = span(options_.seconds);
    end_ = begin_ + length_;
    for (std::size_t i = 0; i < options_.sessions; ++i) {
        sessions_.push_back(std::make_unique<Session>(*this, message_));
        sessions_.back()->open();
    }
    std::array<epoll_event, 256> events{};
    while (open_ > 0) {
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(options_.timeout * 1000));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            results_.unexpected_reply(0, "no reply within the time limit");
            break;
        }
        for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count))) {
            auto* session = static_cast<Session*>(event.data.ptr);
            if (!session->finished()) {
                session->on_ready(event.events);
            }
        }
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double measured = std::chrono::duration<double>(end_ - begin_).count();
    report(options_.messages != 0 ? elapsed : measured, own_cpu_seconds());
    return results_.clean() ? 0 : 1;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + '"';
}

void Load::report(double seconds, double own_cpu) const {
    std::vector<std::uint32_t> sorted = results_.latencies;
    std::sort(sorted.begin(), sorted.end());
    const auto percentile = [&sorted](double part) {
        if (sorted.empty()) {
            return 0.0;
        }
        const auto last = static_cast<double>(sorted.size() - 1);
        return static_cast<double>(sorted[static_cast<std::size_t>(part * last)]) / 1000.0;
    };
    std::uint64_t unexpected = 0;
    std::string codes;
    for (const auto& [code, count] : results_.unexpected) {
        unexpected += count;
        codes += (codes.empty() ? "" : ", ") + json_string(std::to_string(code)) + ": " +
                 std::to_string(count);
    }
    std::string samples;
    for (const auto& sample : results_.samples) {
        samples += (samples.empty() ? "" : ", ") + json_string(sample);
    }
    const auto rate = [seconds](std::uint64_t count) {
        return static_cast<double>(count) / seconds;
    };
    std::printf("{\"seconds\": %.3f, \"messages\": %llu, \"recipients\": %llu, \"octets\": %llu, "
                "\"messages_per_second\": %.1f, \"recipients_per_second\": %.1f, "
                "\"latency_ms\": {\"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}, "
                "\"connections\": %llu, \"disconnects\": %llu, \"unexpected_replies\": %llu, "
                "\"codes\": {%s}, \"samples\": [%s], \"begun\": %llu, \"own_cpu_seconds\": %.3f}\n",
                seconds, static_cast<unsigned long long>(results_.messages),
                static_cast<unsigned long long>(results_.recipients_accepted),
                static_cast<unsigned long long>(results_.content_octets), rate(results_.messages),
                rate(results_.recipients_accepted), percentile(0.5), percentile(0.9),
                percentile(0.99), percentile(1.0),
                static_cast<unsigned long long>(results_.connections),
                static_cast<unsigned long long>(results_.disconnects),
                static_cast<unsigned long long>(unexpected), codes.c_str(), samples.c_str(),
                static_cast<unsigned long long>(begun_), own_cpu);
}

// ---- idle connections
// --------------------------------------------------------------------------------

void wait_for_reply(int fd) {
    fcntl(fd, F_SETFL, 0);
    std::string seen;
    std::array<char, 4096> buffer; // NOLINT: filled by read
    for (;;) {
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got <= 0) {
            fail(1, "an idle connection was closed by the server");
        }
        seen.append(buffer.data(), static_cast<std::size_t>(got));
        const std::size_t last = seen.rfind('\n', seen.size() - 2) + 1; // npos + 1 is 0
        if (seen.ends_with('\n') && seen.size() >= last + 4 && seen[last + 3] == ' ') {
            return;
        }
    }
}

int hold_idle(const Options& options) {
    const Target target = parse_target(options.to);
    const auto start = Clock::now();
    constexpr std::string_view hello = "LHLO load.example.net\r\n";
    for (std::size_t i = 0; i < options.idle; ++i) {
        const int fd = connect_to(target);
        wait_for_reply(fd);
        if (write(fd, hello.data(), hello.size()) != static_cast<ssize_t>(hello.size())) {
            fail_errno("write");
        }
        wait_for_reply(fd);
    }
    std::printf("{\"idle\": %zu, \"seconds\": %.3f}\n", options.idle,
                std::chrono::duration<double>(Clock::now() - start).count());
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0; // the end of the process closes them
}

} // namespace

int main(int argc, char** argv) {
    const lmtpload::Options options = parse_options(argc, argv);
    if (options.idle > 0) {
        return hold_idle(options);
    }
    return Load(options).run();
}
