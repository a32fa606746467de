// What the service manager that has started us is told (sd_notify(3), NOTIFY_SOCKET): that we serve, that we end.
// `systemctl start` and what is ordered after the unit wait for it (Type=notify).  Says nothing where nobody asks.
// Any thread; never waits and never fails: a service manager that does not listen is no fault of ours.
#pragma once

#include <string>
#include <string_view>

namespace mailcast::app {

class ServiceManager {
  public:
    // Takes NOTIFY_SOCKET out of the environment, so that no child process speaks for us.  Before threads.
    static ServiceManager from_environment();

    // One or more lines NAME=value, such as "READY=1".
    void tell(std::string_view state) const;

  private:
    std::string address_; // a path, or a NUL and an abstract name; "" for nobody
};

} // namespace mailcast::app
