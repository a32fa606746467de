#include "app/command/status_metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace mailcast::app {
namespace {

RunningState some_state() {
    RunningState state;
    state.hostname = "chat.example.org";
    state.started = base::Time{} + std::chrono::seconds{1'700'000'000};
    state.circuits = {{"lmtp", 2}, {"irc", 0}};
    state.persons = 3;
    state.intake.recipients_refused = 7;
    state.intake.stored = 41;
    state.store.accepting = false;
    state.nodes = {{"connected", 1}, {"datagrams", 5}};
    return state;
}

TEST(StatusMetrics, each_number_is_a_sample_with_its_name_and_label) {
    const std::string text = status_metrics(some_state());
    for (const char* line :
         {"mailcast_start_time_seconds 1700000000\n", "mailcast_circuits{protocol=\"lmtp\"} 2\n",
          "mailcast_circuits{protocol=\"irc\"} 0\n", "mailcast_accounts{kind=\"person\"} 3\n",
          "mailcast_rcpt_total{answer=\"refused\"} 7\n",
          "mailcast_recipients_total{outcome=\"stored\"} 41\n", "mailcast_store_accepting 0\n",
          "mailcast_nodes_connected 1\n", "mailcast_nodes_datagrams_total 5\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
}

TEST(StatusMetrics, every_sample_stands_below_the_help_and_type_of_its_metric) {
    std::istringstream lines(status_metrics(some_state()));
    std::string line;
    std::string metric;
    std::set<std::string> seen;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string hash;
        std::string what;
        std::string name;
        if (line.starts_with("# HELP ")) {
            words >> hash >> what >> metric;
            EXPECT_TRUE(seen.insert(metric).second) << metric;
            std::string type;
            ASSERT_TRUE(std::getline(lines, line));
            std::istringstream(line) >> hash >> what >> name >> type;
            EXPECT_EQ(what, "TYPE");
            EXPECT_EQ(name, metric);
            EXPECT_EQ(type == "counter", metric.ends_with("_total")) << line;
            continue;
        }
        EXPECT_EQ(line.substr(0, line.find_first_of(" {")), metric) << line;
        EXPECT_NE(line.find_last_of(' '), std::string::npos);
    }
    EXPECT_FALSE(seen.empty());
}

} // namespace
} // namespace mailcast::app
