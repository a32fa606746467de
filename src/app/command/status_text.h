// What `mailcast status` prints of the running server.  Pure.
#pragma once

#include "base/time.h"
#include "net/intake/intake.h"
#include "net/lookups.h"
#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::app {

struct RunningState {
    struct Listening {
        std::string protocol;
        std::string address;
    };

    std::string hostname;
    base::Time started{};
    base::Time now{};
    std::vector<Listening> listeners;
    std::vector<std::pair<std::string, std::size_t>> circuits; // open ones, by protocol
    std::size_t clients = 0;                                   // that follow a log
    std::size_t persons = 0;
    std::size_t places = 0;
    net::IntakeCounters intake;
    net::LookupCounters lookups;
    std::vector<std::pair<std::string, std::uint64_t>> nodes; // about other nodes, by name
    store::Statistics store;
};

std::string status_json(const RunningState& state);
std::string status_text(const RunningState& state);

} // namespace mailcast::app
