// From a function that is called back to something a coroutine waits for.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace mailcast::net {

// `start` is given a function to call once with the answer, on the thread that waits, and not from within
// start itself.  Bind the result to a named value (docs/architecture.md, rules for coroutines).
template <typename Answer, typename Start>
boost::asio::awaitable<Answer> answer_of(Start start) {
    const auto initiate = [](auto handler, Start begin) {
        const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begin([shared](Answer answer) { std::move (*shared)(std::move(answer)); });
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Answer)>(
        initiate, boost::asio::use_awaitable, std::move(start));
}

} // namespace mailcast::net
