// Asks the mail server in front to try at once what it has put off for our domains (ETRN, RFC 1985): after an outage it
// would wait some minutes before it looks.  Asked again with growing pauses while it does not answer or cannot now; what it
// refuses is left at that, it comes by itself a little later.
//
// Hub thread; outlives what it asks.
#pragma once

#include "net/dial.h"
#include "smtp/etrn.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

class RemoteQueue {
  public:
    using Time = std::chrono::steady_clock::time_point;

    struct Settings {
        std::string host; // name or address; "": nobody is asked
        std::string port = "25";
        std::string hostname; // for EHLO
        std::vector<std::string> domains;
    };

    // After the first attempt; with the last of them it is left at that.
    static constexpr std::chrono::seconds pauses[] = {
        std::chrono::seconds{2}, std::chrono::seconds{10}, std::chrono::minutes{1},
        std::chrono::minutes{5}, std::chrono::minutes{15}};

    // Not more often than this, however often trouble ends.
    static constexpr std::chrono::seconds least_between{30};

    explicit RemoteQueue(boost::asio::io_context& io) : io_(io) {}

    void use(Settings settings) { settings_ = std::move(settings); }

    // We take mail again; `why` is for the log.
    void start(std::string_view why);

    // Every second or so: the next attempt, if one is due.
    void tick(Time now);

    // The program ends: nobody is asked any more.
    void abort() {
        left_.clear();
        talks_.end_all();
    }

  private:
    boost::asio::awaitable<void> ask(std::shared_ptr<smtp::Etrn> etrn);
    void answered(const smtp::Etrn& etrn);

    boost::asio::io_context& io_;
    Settings settings_;
    Conversations talks_;
    std::vector<std::string> left_; // domains that have no answer yet
    std::size_t attempts_ = 0;
    std::optional<Time> last_; // when it was asked last
    bool asking_ = false;
    Time next_{};
    Time now_{};
};

} // namespace mailcast::net
