#include "app/command/watch.h"

#include "app/command/control_client.h"
#include "app/command/terminal.h"
#include "app/command/watch_view.h"
#include "chat/hub.h"
#include "psyc/keyword.h"
#include "psyc/parser.h"
#include "psyc/renderer.h"
#include "psyc/state.h"
#include "psyc/uniform.h"

#include <fmt/core.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <variant>
#include <vector>

namespace mailcast::app {

namespace {

constexpr std::chrono::seconds farewell{2}; // how long an unlink may take

int complain(const std::string& line) {
    static_cast<void>(std::fprintf(stderr, "mailcast: %s\n", line.c_str()));
    return exit_failed;
}

int connect_tcp(const TcpAddress& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    // A listener on all addresses is reached on the own one.
    const std::string host = address.host == "0.0.0.0" ? "127.0.0.1"
                             : address.host == "::"    ? "::1"
                                                       : address.host;
    const int socket = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return -1;
    }
    sockaddr_storage storage{};
    socklen_t length = 0;
    if (v6) {
        auto* in6 = static_cast<sockaddr_in6*>(static_cast<void*>(&storage));
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(address.port);
        ::inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr);
        length = sizeof *in6;
    } else {
        auto* in = static_cast<sockaddr_in*>(static_cast<void*>(&storage));
        in->sin_family = AF_INET;
        in->sin_port = htons(address.port);
        ::inet_pton(AF_INET, host.c_str(), &in->sin_addr);
        length = sizeof *in;
    }
    if (::connect(socket, static_cast<const sockaddr*>(static_cast<void*>(&storage)), length) !=
        0) {
        ::close(socket);
        return -1;
    }
    return socket;
}

int connect_unix(const UnixAddress& address) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    address.path.copy(name.sun_path, sizeof name.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return -1;
    }
    if (::connect(socket, static_cast<const sockaddr*>(static_cast<void*>(&name)), sizeof name) !=
        0) {
        ::close(socket);
        return -1;
    }
    return socket;
}

int connect_to(const ListenAddress& address) {
    if (const auto* tcp = std::get_if<TcpAddress>(&address)) {
        return connect_tcp(*tcp);
    }
    return connect_unix(std::get<UnixAddress>(address));
}

// Who is to be watched, as a uniform of our node.
std::optional<std::string> uniform_of(const std::string& whom, const std::string& hostname) {
    if (whom.find("://") != std::string::npos) {
        return psyc::normalised_uniform(whom);
    }
    if (whom.starts_with('*') || whom.starts_with('@')) {
        return psyc::place_uniform(
            hostname, chat::folded_name(chat::EntityKind::place, std::string_view(whom).substr(1)));
    }
    const std::string_view nick = std::string_view(whom).substr(whom.starts_with('~') ? 1 : 0);
    return psyc::person_uniform(hostname, chat::folded_name(chat::EntityKind::person, nick));
}

class Watcher {
  public:
    Watcher(int socket, int signals, std::string uniform, std::string password)
        : socket_(socket), signals_(signals), uniform_(std::move(uniform)),
          password_(std::move(password)), parser_(psyc::Generation::classic),
          state_(psyc::Scope::all), palette_(wants_colour()) {}

    int run() {
        send(".\n");
        while (!done_) {
            std::array<pollfd, 2> ready = {pollfd{.fd = socket_, .events = POLLIN, .revents = 0},
                                           pollfd{.fd = signals_, .events = POLLIN, .revents = 0}};
            const int wait = leaving_ ? static_cast<int>(left().count()) : -1;
            if (::poll(ready.data(), ready.size(), wait) == 0) {
                break; // no answer to our unlink: the server shows it again next time
            }
            if (ready[1].revents != 0 && !leaving_) {
                leave();
            }
            if (ready[0].revents != 0 && !read()) {
                return leaving_ ? exit_done : complain("the server closed the connection");
            }
        }
        return exit_;
    }

  private:
    std::chrono::milliseconds left() const {
        return std::max(std::chrono::milliseconds(0),
                        std::chrono::duration_cast<std::chrono::milliseconds>(
                            *leaving_ + farewell - std::chrono::steady_clock::now()));
    }

    bool is_place() const { return uniform_.find("/@") != std::string::npos; }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto done = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (done <= 0) {
                return;
            }
            bytes.remove_prefix(static_cast<std::size_t>(done));
        }
    }

    void ask(std::string_view method) {
        std::vector<psyc::Variable> variables = {{"_target", uniform_}};
        if (!leaving_) {
            variables.push_back({"_password", password_});
            // A cursor of its own: watching does not mark anything as read for other clients.
            variables.push_back({"_identification_client", "watch"});
        }
        std::string out;
        psyc::append_packet(out, psyc::Generation::classic, variables, method, "");
        send(out);
    }

    void leave() {
        leaving_ = std::chrono::steady_clock::now();
        if (is_place() || !linked_) {
            done_ = true;
        } else {
            ask("_request_unlink");
        }
    }

    bool read() {
        std::array<char, 65536> buffer{};
        const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            return false;
        }
        std::string_view input(buffer.data(), static_cast<std::size_t>(got));
        while (!done_) {
            const auto packet = parser_.next(input);
            if (!packet) {
                complain("the server sent what is no PSYC packet");
                exit_ = exit_failed;
                done_ = true;
                return true;
            }
            if (!*packet) {
                break;
            }
            if (const auto whole = state_.apply(**packet)) {
                take(*whole);
            }
        }
        // Whoever watches through a pipe that is gone has no more use for us.
        if (std::fflush(stdout) != 0) {
            done_ = true;
            exit_ = exit_failed;
        }
        return true;
    }

    void take(const psyc::Packet& packet) {
        if (packet.is_empty()) {
            if (greeted_) {
                send(".\n"); // a ping: all before it has been shown
            }
            greeted_ = true;
            return;
        }
        if (psyc::is_a(packet.method, "_notice_circuit_established")) {
            ask(is_place() ? "_request_enter" : "_request_link");
            return;
        }
        if (psyc::is_a(packet.method, "_notice_unlink")) {
            done_ = true;
            return;
        }
        if (psyc::is_a(packet.method, "_notice_link") ||
            psyc::is_a(packet.method, "_echo_place_enter")) {
            linked_ = true;
            std::fill(password_.begin(), password_.end(), '\0');
        }
        const std::string text = watch_view(packet, palette_);
        if (!linked_ && psyc::is_complaint(packet.method)) {
            complain(base_text(packet));
            exit_ = exit_failed;
            done_ = true;
            return;
        }
        static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout)); // fflush() tells
        if (psyc::is_a(packet.method, "_request_circuit_shutdown")) {
            done_ = true;
        }
    }

    static std::string base_text(const psyc::Packet& packet) {
        std::string text = watch_view(packet, Palette(false));
        while (!text.empty() && text.back() == '\n') {
            text.pop_back();
        }
        return text.starts_with("* ") ? text.substr(2) : text;
    }

    int socket_;
    int signals_;
    std::string uniform_;
    std::string password_;
    psyc::Parser parser_;
    psyc::StateScope state_;
    Palette palette_;
    std::optional<std::chrono::steady_clock::time_point> leaving_;
    bool greeted_ = false;
    bool linked_ = false;
    bool done_ = false;
    int exit_ = exit_done;
};

} // namespace

std::expected<std::string, std::string> watch_pass(const Configuration& configuration,
                                                   const std::string& whom) {
    auto control = ControlClient::connect(configuration.data_dir);
    if (!control) {
        return std::unexpected(fmt::format("no server runs on {}: start it with `mailcast serve`",
                                           configuration.data_dir));
    }
    Request request;
    request.verb = "pass";
    request.name = whom;
    const auto reply = control->perform(request);
    if (!reply) {
        return std::unexpected(reply.error());
    }
    if (reply->exit != exit_done) {
        return std::unexpected(reply->error);
    }
    return reply->out;
}

int watch(const Configuration& configuration, const WatchOptions& options) {
    const auto uniform = uniform_of(options.whom, configuration.hostname);
    if (!uniform) {
        return complain(fmt::format("'{}' is no nick and no uniform such as psyc://{}/~ada",
                                    options.whom, configuration.hostname));
    }
    const auto listener = std::ranges::find_if(configuration.listeners, [](const Listener& found) {
        return found.protocol == Protocol::psyc && found.tls != Tls::implicit;
    });
    if (listener == configuration.listeners.end()) {
        return complain(
            "the configuration has no psyc listener without implicit TLS to connect to");
    }
    // Blocked before the connection: an early Ctrl-C must not leave a link behind.
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    const int signals = ::signalfd(-1, &wanted, SFD_CLOEXEC);
    const int socket = connect_to(listener->address);
    if (socket < 0) {
        return complain(fmt::format("cannot connect to {}: {}; is the server running?",
                                    to_string(listener->address), std::strerror(errno)));
    }
    const int status = Watcher(socket, signals, *uniform, options.password).run();
    ::close(socket);
    ::close(signals);
    return status;
}

} // namespace mailcast::app
