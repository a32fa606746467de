#include "net/chat_circuit.h"

#include "base/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace mailcast::net {

ChatCircuit::ChatCircuit(StreamSocket socket, Peer peer, Circuits& circuits)
    : channel_(std::move(socket)), peer_(std::move(peer)), circuits_(circuits),
      resume_(channel_.executor(), Clock::time_point::max()) {
    circuits_.add(*this, peer_.address);
}

ChatCircuit::~ChatCircuit() {
    circuits_.remove(*this, peer_.address);
}

void ChatCircuit::enqueue(chat::SharedBytes bytes) {
    if (closing_ || bytes->empty()) {
        return;
    }
    queued_ += bytes->size();
    queue_.push_back(std::move(bytes));
    if (!writing_) {
        writing_ = true;
        // Not at once: what else this wake-up has to say goes out with it.
        asio::co_spawn(
            channel_.executor(), [self = shared_from_this()] { return self->write_out(); },
            asio::detached);
    }
}

asio::awaitable<void> ChatCircuit::write_out() {
    const auto self = shared_from_this();
    while (!queue_.empty()) {
        deadline_ = Clock::now() + write_timeout;
        std::vector<chat::SharedBytes> pieces = std::exchange(queue_, {});
        std::size_t octets = 0;
        for (const auto& piece : pieces) {
            octets += piece->size();
        }
        const bool sent = co_await channel_.send_all(std::move(pieces));
        queued_ -= octets;
        if (!sent) {
            queue_.clear();
            queued_ = 0;
            closing_ = true;
        } else if (!closing_) {
            written();
        }
    }
    writing_ = false;
    queue_ = {};
    wait_for_peer();
    if (closing_) {
        deadline_ = Clock::time_point::max();
        resume_.cancel();
        channel_.close();
    }
}

asio::awaitable<void> ChatCircuit::pause_reading() {
    boost::system::error_code cancelled;
    co_await resume_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void ChatCircuit::close_when_written() {
    closing_ = true;
    resume_.cancel();
    if (!writing_) {
        channel_.close();
    }
}

void ChatCircuit::reading_ended() {
    if (!writing_) {
        channel_.close();
        deadline_ = Clock::time_point::max();
    }
}

void ChatCircuit::hurry() {
    end_ = std::min(end_, Clock::now() + std::chrono::seconds(5));
}

void ChatCircuit::expire() {
    base::log::info("{}: {}: waited too long, closed", name(), peer_.text());
    abort();
}

void ChatCircuit::abort() {
    closing_ = true;
    deadline_ = Clock::time_point::max();
    end_ = Clock::time_point::max();
    resume_.cancel();
    channel_.close();
}

} // namespace mailcast::net
