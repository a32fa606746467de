#include "app/server/service_manager.h"

#include "base/log.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mailcast::app {

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    if (const char* address = std::getenv("NOTIFY_SOCKET"); address != nullptr) {
        manager.address_ = address;
        if (manager.address_.starts_with('@')) {
            manager.address_.front() = '\0';
        }
        ::unsetenv("NOTIFY_SOCKET");
    }
    return manager;
}

void ServiceManager::tell(std::string_view state) const {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (address_.empty() || address_.size() > sizeof to.sun_path) {
        return;
    }
    std::memcpy(to.sun_path, address_.data(), address_.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sender < 0 || ::sendto(sender, state.data(), state.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&to), length) < 0) {
        base::log::warn("the service manager at $NOTIFY_SOCKET could not be told {}: {}", state,
                        std::strerror(errno));
    }
    if (sender >= 0) {
        ::close(sender);
    }
}

} // namespace mailcast::app
