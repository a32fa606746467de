// Where names lead: SRV before addresses, own names before all, answers kept for a while.
#include "net/resolver.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::net {
namespace {

class FakeNameServer : public NameServer {
  public:
    std::optional<std::vector<std::string>> addresses(const std::string& host) override {
        return find(known, host);
    }

    std::optional<std::vector<Service>> services(const std::string& name) override {
        return find(offered, name);
    }

    std::map<std::string, std::vector<std::string>> known;
    std::map<std::string, std::vector<Service>> offered;
    bool down = false;

    std::size_t asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    template <typename Found>
    std::optional<Found> find(const std::map<std::string, Found>& all, const std::string& name) {
        const std::lock_guard lock(mutex_);
        ++asked_;
        if (down) {
            return std::nullopt;
        }
        const auto found = all.find(name);
        return found == all.end() ? Found{} : found->second;
    }

    std::mutex mutex_;
    std::size_t asked_ = 0;
};

struct ResolverTest : testing::Test {
    // What is posted, run here as the hub would.
    Resolver::Answer ask(const std::string& host, bool tls = false) {
        std::optional<Resolver::Answer> got;
        resolver->ask(host, tls, [&got](const Resolver::Answer& answer) { got = answer; });
        EXPECT_FALSE(got) << "never from within";
        while (!got) {
            std::unique_lock lock(mutex);
            wake.wait(lock, [this] { return !posted.empty(); });
            const auto all = std::exchange(posted, {});
            lock.unlock();
            for (const auto& each : all) {
                each();
            }
        }
        return *got;
    }

    std::mutex mutex;
    std::condition_variable wake;
    std::vector<std::function<void()>> posted;
    std::shared_ptr<FakeNameServer> server = std::make_shared<FakeNameServer>();
    std::unique_ptr<Resolver> resolver = std::make_unique<Resolver>(
        server,
        [this](std::function<void()> job) {
            const std::lock_guard lock(mutex);
            posted.push_back(std::move(job));
            wake.notify_all();
        },
        Resolver::Options{});
};

using Endpoints = std::vector<Resolver::Endpoint>;

TEST_F(ResolverTest, services_come_best_first_and_beside_the_addresses) {
    server->known = {{"b.example", {"192.0.2.1"}},
                     {"one.example", {"192.0.2.11"}},
                     {"two.example", {"192.0.2.12", "2001:db8::12"}}};
    server->offered["_psyc._tcp.b.example"] = {
        {.priority = 20, .weight = 9, .port = 1, .host = "one.example"},
        {.priority = 10, .weight = 1, .port = 2, .host = "one.example"},
        {.priority = 10, .weight = 5, .port = 3, .host = "two.example"},
        {.priority = 0, .weight = 0, .port = 4, .host = "."},
        {.priority = 0, .weight = 0, .port = 5, .host = "nowhere.example"}};
    const auto answer = ask("b.example");
    EXPECT_FALSE(answer.failed);
    EXPECT_EQ(answer.addresses, std::vector<std::string>{"192.0.2.1"});
    EXPECT_EQ(
        answer.services,
        (Endpoints{{"192.0.2.12", 3}, {"2001:db8::12", 3}, {"192.0.2.11", 2}, {"192.0.2.11", 1}}));
    EXPECT_TRUE(ask("b.example", true).services.empty()) << "of _psyc._tls there are none";
}

TEST_F(ResolverTest, an_answer_is_kept_and_a_failure_is_not) {
    server->known = {{"b.example", {"192.0.2.1"}}};
    ask("b.example");
    const std::size_t asked = server->asked();
    EXPECT_EQ(ask("b.example").addresses.size(), 1U);
    EXPECT_EQ(ask("nowhere.example").addresses.size(), 0U);
    EXPECT_EQ(ask("nowhere.example").addresses.size(), 0U);
    EXPECT_EQ(server->asked(), asked + 2) << "also that there is none is kept";
    server->down = true;
    EXPECT_TRUE(ask("c.example").failed);
    server->down = false;
    EXPECT_FALSE(ask("c.example").failed);
}

TEST_F(ResolverTest, own_names_and_addresses_ask_nobody) {
    resolver->set_table({{"b.example", {"192.0.2.7", 4405}}});
    EXPECT_EQ(ask("b.example").services, (Endpoints{{"192.0.2.7", 4405}}));
    EXPECT_EQ(ask("192.0.2.9").addresses, std::vector<std::string>{"192.0.2.9"});
    EXPECT_EQ(server->asked(), 0U);
}

} // namespace
} // namespace mailcast::net
