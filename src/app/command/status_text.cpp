#include "app/command/status_text.h"

#include "app/version.h"

#include <boost/json.hpp>
#include <fmt/core.h>

#include <chrono>
#include <sys/resource.h>
#include <unistd.h>

namespace mailcast::app {

namespace json = boost::json;

std::string status_json(const RunningState& state) {
    json::array listeners;
    for (const auto& listening : state.listeners) {
        listeners.push_back(
            json::object{{"protocol", listening.protocol}, {"address", listening.address}});
    }
    json::object circuits;
    for (const auto& [protocol, count] : state.circuits) {
        circuits[protocol] = count;
    }
    json::object nodes;
    for (const auto& [name, count] : state.nodes) {
        nodes[name] = count;
    }
    const json::object object{
        {"version", std::string(version)},
        {"pid", static_cast<std::int64_t>(::getpid())},
        {"hostname", state.hostname},
        {"started", base::format_rfc3339(state.started)},
        {"listeners", std::move(listeners)},
        {"circuits", std::move(circuits)},
        {"clients", state.clients},
        {"persons", state.persons},
        {"places", state.places},
        {"store", json::object{{"accepting", state.store.accepting},
                               {"messages", state.store.messages},
                               {"entries", state.store.entries},
                               {"octets", state.store.octets},
                               {"commits", state.store.commits},
                               {"committed_messages", state.store.committed_messages}}},
        {"nodes", std::move(nodes)},
        {"counters", json::object{{"transactions", state.intake.transactions},
                                  {"recipients_accepted", state.intake.recipients_accepted},
                                  {"held", state.intake.held},
                                  {"recipients_refused", state.intake.recipients_refused},
                                  {"stored", state.intake.stored},
                                  {"duplicates", state.intake.duplicates},
                                  {"rejected", state.intake.rejected},
                                  {"deferred", state.intake.deferred},
                                  {"map_found", state.lookups.found},
                                  {"map_not_found", state.lookups.not_found},
                                  {"map_unsure", state.lookups.unsure},
                                  {"policy_passed", state.lookups.let_pass},
                                  {"policy_rejected", state.lookups.rejected},
                                  {"policy_deferred", state.lookups.deferred}}}};
    return json::serialize(object) + "\n";
}

std::string status_text(const RunningState& state) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(state.now - state.started);
    std::string out =
        fmt::format("mailcast {} serves psyc://{}/, pid {}, since {} ({} s)\n", version,
                    state.hostname, ::getpid(), base::format_rfc3339(state.started), age.count());
    for (const auto& listening : state.listeners) {
        out += fmt::format("listener   {} {}\n", listening.protocol, listening.address);
    }
    out += "circuits  ";
    for (const auto& [protocol, count] : state.circuits) {
        out += fmt::format(" {} {}", protocol, count);
    }
    out += fmt::format("\nclients    {}\naccounts   {} persons, {} places\n", state.clients,
                       state.persons, state.places);
    out += fmt::format("store      {} messages, {} log entries, {} octets, {}\n",
                       state.store.messages, state.store.entries, state.store.octets,
                       state.store.accepting ? "accepting" : "NOT ACCEPTING: see the log");
    out +=
        fmt::format("since then {} mails: {} recipients accepted at RCPT, {} refused there; {} "
                    "stored, {} repeated, {} refused after the content, {} put off; {} commits\n",
                    state.intake.transactions, state.intake.recipients_accepted,
                    state.intake.recipients_refused, state.intake.stored, state.intake.duplicates,
                    state.intake.rejected, state.intake.deferred, state.store.commits);
    out +=
        fmt::format("asked      map: {} found, {} not, {} unsure; policy: {} passed, {} rejected, "
                    "{} put off\n",
                    state.lookups.found, state.lookups.not_found, state.lookups.unsure,
                    state.lookups.let_pass, state.lookups.rejected, state.lookups.deferred);
    out += "nodes     ";
    for (const auto& [name, count] : state.nodes) {
        out += fmt::format(" {} {}", name, count);
    }
    return out + "\n";
}

} // namespace mailcast::app
