// The answer to RCPT: an address among 10,000 persons, 1,000 places and 1,000 aliases.
#include "delivery/directory.h"

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace {

using namespace mailcast;

const delivery::Directory& directory() {
    static const auto made = [] {
        delivery::Directory::Source source;
        source.hostname = "chat.example.org";
        source.domains = {"example.org"};
        chat::EntityId id = 0;
        for (int i = 0; i < 10'000; ++i) {
            const std::string name = "person" + std::to_string(i);
            source.entities.push_back({++id, chat::EntityKind::person, name, name, {}});
        }
        for (int i = 0; i < 1'000; ++i) {
            const std::string name = "room" + std::to_string(i);
            source.entities.push_back({++id, chat::EntityKind::place, name, name, {}});
            source.aliases.push_back({"alias" + std::to_string(i) + "@example.org",
                                      {"~person" + std::to_string(i), "*" + name}});
        }
        return delivery::Directory::make(std::move(source));
    }();
    return *made;
}

void resolve(benchmark::State& state, const char* local) {
    const mail::Mailbox mailbox{local, "example.org"};
    const delivery::Directory& asked = directory();
    for (auto _ : state) {
        benchmark::DoNotOptimize(asked.resolve(mailbox));
    }
    state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK_CAPTURE(resolve, person, "Person.4711");
BENCHMARK_CAPTURE(resolve, person_with_detail, "person4711+work");
BENCHMARK_CAPTURE(resolve, place, "*room471");
BENCHMARK_CAPTURE(resolve, alias, "alias471");
BENCHMARK_CAPTURE(resolve, unknown, "nobody");
BENCHMARK_MAIN();
