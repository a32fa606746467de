// A connection of ours to a server by name or address.  Hub thread.
#pragma once

#include "net/channel.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace mailcast::net {

// Calls a function when its time is over; armed anew for each wait.
class Alarm {
  public:
    explicit Alarm(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    void arm(std::chrono::seconds time, std::function<void()> expired);

    void disarm() { timer_.cancel(); }

  private:
    boost::asio::steady_timer timer_;
};

// Conversations of ours that are under way: ended together when the program ends, so that a server that does not answer
// does not keep it from ending.
class Conversations {
  public:
    // What is ended early says nothing to anybody any more.
    template <typename Awaitable>
    void begin(boost::asio::io_context& io, Awaitable&& conversation);

    void end_all();

  private:
    std::list<boost::asio::cancellation_signal> signals_; // one for each
};

struct Dialled {
    std::shared_ptr<Channel> channel; // null when nobody was reached
    std::string why;                  // then
};

// Tries each address of the host, half a minute each.
boost::asio::awaitable<Dialled> dial(boost::asio::any_io_executor executor, std::string host,
                                     std::string port);

template <typename Awaitable>
void Conversations::begin(boost::asio::io_context& io, Awaitable&& conversation) {
    const auto signal = signals_.emplace(signals_.end());
    // The signal goes when the conversation has left the stack: it still refers to it while it ends.
    auto ended = [this, signal, &io](const std::exception_ptr& /*why*/) {
        boost::asio::post(io, [this, signal] { signals_.erase(signal); });
    };
    boost::asio::co_spawn(io, std::forward<Awaitable>(conversation),
                          boost::asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

} // namespace mailcast::net
