// The client side of the control socket: blocking, one Request and its Reply at a time.
// Used by the command line only; one thread.
#pragma once

#include "app/operations/operations.h"

#include <expected>
#include <optional>
#include <string>

namespace mailcast::app {

class ControlClient {
  public:
    // nullopt when nobody listens there: no daemon runs on this data_dir.
    static std::optional<ControlClient> connect(const std::string& data_dir);

    ~ControlClient();
    ControlClient(ControlClient&& other) noexcept;
    ControlClient& operator=(ControlClient&&) = delete;
    ControlClient(const ControlClient&) = delete;
    ControlClient& operator=(const ControlClient&) = delete;

    // The error says how the conversation broke off.
    std::expected<Reply, std::string> perform(const Request& request);

  private:
    explicit ControlClient(int socket) : socket_(socket) {}

    bool send(std::string_view octets);
    bool receive_more();

    int socket_ = -1; // owned
    std::string received_;
};

} // namespace mailcast::app
