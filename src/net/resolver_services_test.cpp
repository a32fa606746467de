// Services that a name has, when there are many of them or nobody answers.
#include "net/resolver.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <atomic>

namespace mailcast::net {
namespace {

// A zone with many names of services; each answers, or nobody answers for it.
struct Zone : NameServer {
    explicit Zone(bool answered) : answers(answered) {}

    std::optional<std::vector<std::string>> addresses(const std::string& host) override {
        ++asked;
        if (host == "evil.example") {
            return std::vector<std::string>{"192.0.2.1"};
        }
        return answers ? std::optional{std::vector<std::string>{"192.0.2.2", "192.0.2.3"}}
                       : std::nullopt;
    }

    std::optional<std::vector<Service>> services(const std::string&) override {
        std::vector<Service> found;
        for (std::uint16_t i = 0; i < 16; ++i) {
            found.push_back({.priority = i, .weight = 0, .port = 4404, .host = std::to_string(i)});
        }
        return found;
    }

    const bool answers;
    std::atomic<int> asked = 0;
};

Resolver::Answer ask(const std::shared_ptr<Zone>& zone) {
    boost::asio::io_context io;
    const auto work = boost::asio::make_work_guard(io);
    Resolver resolver(
        zone, [&io](std::function<void()> job) { boost::asio::post(io, std::move(job)); }, {});
    Resolver::Answer answer;
    resolver.ask("evil.example", false, [&](Resolver::Answer found) {
        answer = std::move(found);
        io.stop();
    });
    io.run();
    return answer;
}

// Each would keep one of the few threads for many seconds, and with it the names of all others.
TEST(ResolverServices, services_that_nobody_answers_for_are_left_soon) {
    const auto zone = std::make_shared<Zone>(false);
    const Resolver::Answer answer = ask(zone);
    EXPECT_FALSE(answer.failed);
    EXPECT_EQ(answer.addresses, std::vector<std::string>{"192.0.2.1"});
    EXPECT_LE(zone->asked, 3);
}

TEST(ResolverServices, addresses_of_services_are_bounded) {
    const Resolver::Answer answer = ask(std::make_shared<Zone>(true));
    EXPECT_EQ(answer.services.size(), 16U);
    EXPECT_EQ(answer.services.front(), (Resolver::Endpoint{.address = "192.0.2.2", .port = 4404}));
}

} // namespace
} // namespace mailcast::net
