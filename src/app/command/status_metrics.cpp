#include "app/command/status_metrics.h"

#include "app/version.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

namespace mailcast::app {

namespace {

// The value of a label: backslash, quote and line end are written with a backslash.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

class Metrics {
  public:
    // Begins a metric; its samples follow.
    void metric(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ +=
            fmt::format("# HELP mailcast_{} {}\n# TYPE mailcast_{} {}\n", name, help, name, type);
    }

    void sample(std::uint64_t value) { out_ += fmt::format("mailcast_{} {}\n", name_, value); }

    void sample(std::string_view label, std::string_view word, std::uint64_t value) {
        out_ += fmt::format("mailcast_{}{{{}=\"{}\"}} {}\n", name_, label, escaped(word), value);
    }

    void one(std::string_view name, std::string_view type, std::string_view help,
             std::uint64_t value) {
        metric(name, type, help);
        sample(value);
    }

    std::string take() { return std::move(out_); }

  private:
    std::string name_;
    std::string out_;
};

void add_mail(Metrics& metrics, const net::IntakeCounters& intake) {
    metrics.one("mails_total", "counter", "Mails whose content was taken in.", intake.transactions);
    metrics.metric("rcpt_total", "counter", "Answers to RCPT.");
    metrics.sample("answer", "accepted", intake.recipients_accepted);
    metrics.sample("answer", "refused", intake.recipients_refused);
    metrics.metric("recipients_total", "counter",
                   "Outcomes after the content, one for each recipient.");
    metrics.sample("outcome", "stored", intake.stored);
    metrics.sample("outcome", "repeated", intake.duplicates);
    metrics.sample("outcome", "rejected", intake.rejected);
    metrics.sample("outcome", "deferred", intake.deferred);
    metrics.one("held_total", "counter", "Of those stored: held for the recipient's decision.",
                intake.held);
}

void add_lookups(Metrics& metrics, const net::LookupCounters& lookups) {
    metrics.metric("map_total", "counter", "Answers of the socketmap.");
    metrics.sample("answer", "found", lookups.found);
    metrics.sample("answer", "not_found", lookups.not_found);
    metrics.sample("answer", "unsure", lookups.unsure);
    metrics.metric("policy_total", "counter", "Answers of the policy service.");
    metrics.sample("answer", "passed", lookups.let_pass);
    metrics.sample("answer", "rejected", lookups.rejected);
    metrics.sample("answer", "deferred", lookups.deferred);
}

void add_store(Metrics& metrics, const store::Statistics& store) {
    metrics.one("store_accepting", "gauge", "1 while mail can be stored, 0 after a failed flush.",
                store.accepting ? 1 : 0);
    metrics.one("store_messages", "gauge", "Mails in the store.", store.messages);
    metrics.one("store_entries", "gauge", "Entries of all logs.", store.entries);
    metrics.one("store_bytes", "gauge", "Size of the database and its content files.",
                store.octets);
    metrics.one("store_commits_total", "counter", "Group commits, one flush each.", store.commits);
}

} // namespace

std::string status_metrics(const RunningState& state) {
    Metrics metrics;
    metrics.metric("info", "gauge", "Always 1; the label has the version.");
    metrics.sample("version", version, 1);
    const auto started =
        std::chrono::duration_cast<std::chrono::seconds>(state.started.time_since_epoch());
    metrics.one("start_time_seconds", "gauge", "When the server started, in seconds since 1970.",
                static_cast<std::uint64_t>(started.count()));
    metrics.metric("circuits", "gauge", "Open connections.");
    for (const auto& [protocol, count] : state.circuits) {
        metrics.sample("protocol", protocol, count);
    }
    metrics.one("clients", "gauge", "Clients that follow a log.", state.clients);
    metrics.metric("accounts", "gauge", "Persons and places.");
    metrics.sample("kind", "person", state.persons);
    metrics.sample("kind", "place", state.places);
    add_mail(metrics, state.intake);
    add_lookups(metrics, state.lookups);
    add_store(metrics, state.store);
    // `connected` goes up and down; the others only up.
    for (const auto& [name, count] : state.nodes) {
        const bool goes_down = name == "connected";
        metrics.one(goes_down ? "nodes_connected" : fmt::format("nodes_{}_total", name),
                    goes_down ? "gauge" : "counter", "About other nodes: see mailcast status.",
                    count);
    }
    return metrics.take();
}

} // namespace mailcast::app
