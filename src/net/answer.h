// From a function that is called back to something a coroutine waits for.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace mailcast::net {

// `start` is given a std::move_only_function<void(Answer)> to call once with the answer, on the thread that waits,
// and not from within start itself.  Bind the result to a named value (docs/architecture.md, rules for coroutines).
template <typename Answer, typename Start>
boost::asio::awaitable<Answer> answer_of(Start start) {
    const auto initiate = [](auto handler, Start begin) {
        begin([waiting = std::move(handler)](Answer answer) mutable {
            std::move(waiting)(std::move(answer));
        });
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Answer)>(
        initiate, boost::asio::use_awaitable, std::move(start));
}

// The same function for those who keep it in a std::function.
template <typename Answer>
std::function<void(Answer)> copyable(std::move_only_function<void(Answer)> done) {
    const auto shared = std::make_shared<std::move_only_function<void(Answer)>>(std::move(done));
    return [shared](Answer answer) { (*shared)(std::move(answer)); };
}

} // namespace mailcast::net
