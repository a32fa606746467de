// Listening sockets that systemd hands over (sd_listen_fds(3)): by name, which is the protocol of the
// listener they are for ("lmtp", "smtp", "psyc", "irc"; FileDescriptorName= of the socket unit).
// Read once at the start, before threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::app {

class HandedSockets {
  public:
    // From LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, which are taken out of the environment.
    static HandedSockets from_environment();

    // The next one of this name; it belongs to the caller then.
    std::optional<int> take(std::string_view name);

    // Names of those nobody took: for a warning.
    std::vector<std::string> left() const;

  private:
    std::vector<std::pair<std::string, int>> sockets_;
};

} // namespace mailcast::app
