// Listening sockets that systemd hands over (sd_listen_fds(3)).  A listener gets the one that is bound to its address,
// however it is called; else one whose name (FileDescriptorName= of the socket unit) is its protocol: "lmtp", "smtp",
// "psyc", "irc".  Read once at the start, before threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::app {

class HandedSockets {
  public:
    // From LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, which are taken out of the environment.
    static HandedSockets from_environment();

    // The one that is bound to `address`, as net::ListenAddress writes it; it belongs to the caller then.
    std::optional<int> take_at(std::string_view address);

    // The next one of this name.
    std::optional<int> take_named(std::string_view name);

    // Names of those nobody took: for a warning.
    std::vector<std::string> left() const;

  private:
    struct Socket {
        std::string name;
        std::string address; // "" when it is none of ours
        int descriptor;
    };

    std::optional<int> take(std::vector<Socket>::iterator found);

    std::vector<Socket> sockets_;
};

} // namespace mailcast::app
