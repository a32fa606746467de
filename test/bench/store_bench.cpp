// What a mail costs the store: mails a second, latency, and CPU of the committer's thread, which is what can be
// trusted on a busy machine.  store_bench [--dir FOLDER] [--page-size OCTETS] [--wal OCTETS] [--pending MESSAGES]
// [--no-journal] [--only SUBSTRING] [--seconds N].  Temporary files of large mails are written by the asker.
#include "base/log.h"
#include "store/sqlite/engine.h"
#include "store/test_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <semaphore>
#include <string_view>
#include <time.h>

namespace {

using namespace mailcast;
using namespace mailcast::store;
using Clock = std::chrono::steady_clock;

struct Options {
    std::string folder;
    std::string only;
    sqlite::Tuning tuning;
    bool journal = true;
    double seconds = 1.5;
};

struct Case {
    std::size_t size;
    std::ptrdiff_t in_flight;
    std::size_t recipients;
    std::size_t entities;
    bool in_file;
};

double cpu_seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Of the committer's thread, read in its completions.
struct CommitterClock {
    double first = 0;
    double last = 0;
    std::uint64_t counted = 0;

    void tick() {
        const double now = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
        if (first == 0) {
            first = now;
        } else {
            ++counted;
        }
        last = now;
    }
};

std::uint64_t written_octets() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") {
            return value;
        }
    }
    return 0;
}

void run(const Options& options, const Case& c) {
    const std::string name = fmt::format("{:>8} {:>4} {:>4} {:>6} {}", c.size, c.in_flight,
                                         c.recipients, c.entities, c.in_file ? "file" : "row ");
    if (name.find(options.only) == std::string::npos) {
        return;
    }
    const test::TemporaryFolder folder(options.folder);
    auto opened = sqlite::open_engine({.data_dir = folder.path()}, "bench.db", options.tuning);
    if (!opened) {
        fmt::print(stderr, "{}\n", opened.error().message);
        std::exit(1);
    }
    Store& store = **opened;
    std::vector<chat::EntityId> entities;
    std::counting_semaphore<> free(64);
    std::mutex entities_mutex;
    for (std::size_t i = 0; i < c.entities; ++i) {
        free.acquire();
        store.put_account(test::person(fmt::format("nick{}", i)), [&](auto account) {
            {
                const std::scoped_lock lock(entities_mutex);
                entities.push_back(account.value().id);
            }
            free.release();
        });
    }
    const auto end = test::read_end(store);
    if (!end) {
        std::exit(1);
    }

    std::counting_semaphore<> slots(c.in_flight);
    CommitterClock committer;
    std::vector<double> latencies;
    latencies.reserve(1 << 20);
    std::uint64_t sent = 0;
    const auto written_before = written_octets();
    const auto commits_before = test::statistics(store).commits;
    const auto start = Clock::now();
    const std::string large(c.in_file ? c.size : 0, 'x');
    while (Clock::now() - start < std::chrono::duration<double>(options.seconds)) {
        slots.acquire();
        std::vector<chat::EntityId> to;
        for (std::size_t i = 0; i < c.recipients; ++i) {
            to.push_back(entities[(sent * c.recipients + i) % entities.size()]);
        }
        Commit mail = test::mail_for(to, c.in_file ? 0 : c.size, base::now());
        if (c.in_file) {
            mail.content.size = c.size;
            mail.content.temporary_file =
                fmt::format("{}/{}", store.content_dir(), mail.note->id.text());
            std::ofstream(mail.content.temporary_file, std::ios::binary) << large;
        }
        if (options.journal) {
            mail.journal_key = test::key_of(sent);
        }
        ++sent;
        const auto asked = Clock::now();
        store.commit(std::move(mail), [&, asked](const Committed& committed) {
            if (committed.outcomes.front().result != Outcome::Result::stored) {
                std::abort();
            }
            committer.tick();
            latencies.push_back(
                std::chrono::duration<double, std::milli>(Clock::now() - asked).count());
            slots.release();
        });
    }
    for (std::ptrdiff_t i = 0; i < c.in_flight; ++i) {
        slots.acquire();
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const auto commits = test::statistics(store).commits - commits_before;
    const auto written = written_octets() - written_before;
    std::ranges::sort(latencies);
    const auto at = [&](double part) {
        return latencies[static_cast<std::size_t>(static_cast<double>(latencies.size() - 1) *
                                                  part)];
    };
    const double mails = static_cast<double>(latencies.size());
    fmt::print("{} {:>9.0f} {:>10.0f} {:>8.1f} {:>7.1f} {:>8.2f} {:>8.2f} {:>8.1f} {:>8.1f}\n",
               name, mails / elapsed, mails * static_cast<double>(c.recipients) / elapsed,
               (committer.last - committer.first) * 1e6 / static_cast<double>(committer.counted),
               mails / static_cast<double>(commits), at(0.5), at(0.99), at(1.0),
               static_cast<double>(written) / mails / 1024);
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view option = arguments[i];
        const auto value = [&] { return std::string(i + 1 < count ? arguments[++i] : ""); };
        if (option == "--dir") {
            options.folder = value();
        } else if (option == "--page-size") {
            options.tuning.page_size = std::atoi(value().c_str());
        } else if (option == "--wal") {
            options.tuning.wal_octets_max = std::strtoull(value().c_str(), nullptr, 10);
        } else if (option == "--pending") {
            options.tuning.pending_messages_max = std::strtoull(value().c_str(), nullptr, 10);
        } else if (option == "--no-journal") {
            options.journal = false;
        } else if (option == "--only") {
            options.only = value();
        } else if (option == "--seconds") {
            options.seconds = std::atof(value().c_str());
        } else {
            fmt::print(stderr, "unknown option {}\n", option);
            return 2;
        }
    }
    base::log::set_level(base::log::Level::error);
    fmt::print("{:>8} {:>4} {:>4} {:>6} {:4} {:>9} {:>10} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8}\n",
               "size", "fly", "rcpt", "entity", "in", "mails/s", "rcpts/s", "CPU us", "mails/c",
               "p50 ms", "p99 ms", "max ms", "KiB out");
    for (const std::size_t size : {2'000U, 20'000U}) {
        for (const std::ptrdiff_t in_flight : {1, 16, 64}) {
            run(options, {size, in_flight, 1, 100, false});
        }
    }
    run(options, {2'000, 16, 1, 10'000, false});
    for (const std::size_t entities : {100U, 10'000U}) {
        for (const std::size_t recipients : {10U, 100U}) {
            run(options, {2'000, 16, recipients, entities, false});
        }
    }
    run(options, {2'000, 64, 100, 10'000, false});
    for (const std::size_t size : {16'000U, 32'000U, 64'000U, 128'000U, 256'000U, 1'000'000U}) {
        for (const bool in_file : {false, true}) {
            for (const std::ptrdiff_t in_flight : {1, 4, 16}) {
                run(options, {size, in_flight, 1, 100, in_file});
            }
        }
    }
    return 0;
}
