// Names to addresses, without waiting: a few threads ask the NameServer, what they found is kept for a while, also
// that there is nothing.  A table of our own comes before DNS: private nodes, and tests.
//
// Everything but the NameServer runs on the thread that `post` leads to, which also is the one that may call.
// Bounded: questions that wait (beyond it the answer is "failed" at once) and answers kept.
// reference: psyc-protocol 2.8; RFC 2782.
#pragma once

#include "net/name_server.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace mailcast::net {

class Resolver {
  public:
    struct Endpoint {
        std::string address; // numeric
        std::uint16_t port = 0;

        bool operator==(const Endpoint&) const = default;
    };

    struct Answer {
        bool failed = false;                // nobody could be asked; all else is empty
        std::vector<std::string> addresses; // of the host itself
        std::vector<Endpoint> services;     // by SRV, best first; port 0: our table names none
    };

    struct Options {
        std::size_t threads = 2;
        std::size_t questions = 256;
        std::size_t answers = 4096;
        std::chrono::seconds keep{600};
        std::chrono::seconds keep_nothing{60};
    };

    // Our own names, lower case.
    using Table = std::map<std::string, Endpoint>;
    using Post = std::function<void(std::function<void()>)>;

    Resolver(std::shared_ptr<NameServer> server, Post post, Options options);
    ~Resolver(); // waits for what is being asked; nobody hears of it
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void set_table(Table table) { table_ = std::move(table); }

    // `host` in lower case; never answered from within.
    void ask(const std::string& host, bool tls, std::function<void(Answer)> done);

  private:
    using Clock = std::chrono::steady_clock;

    struct Kept {
        Answer answer;
        Clock::time_point until;
    };

    struct Shared; // with the threads

    static void work(Shared& shared, NameServer& server);
    static Answer find(NameServer& server, const std::string& host, bool tls);
    void found(const std::string& key, const Answer& answer);

    Post post_;
    Options options_;
    Table table_;
    std::unordered_map<std::string, Kept> kept_;
    std::unordered_map<std::string, std::vector<std::function<void(Answer)>>> asked_;
    std::shared_ptr<NameServer> server_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<Shared> shared_;
    std::vector<std::thread> threads_;
};

} // namespace mailcast::net
