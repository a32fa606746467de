#include "net/out/remote_queue.h"

#include "base/log.h"
#include "net/channel.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailcast::net {

void RemoteQueue::start(std::string_view why) {
    if (settings_.host.empty()) {
        return;
    }
    base::log::info("etrn: asking {}:{} for what waits there: {}", settings_.host, settings_.port,
                    why);
    left_ = settings_.domains;
    attempts_ = 0;
    next_ = last_ ? std::max(now_, *last_ + least_between) : now_;
    tick(now_);
}

void RemoteQueue::tick(Time now) {
    now_ = now;
    if (left_.empty() || asking_ || now < next_) {
        return;
    }
    asking_ = true;
    last_ = now;
    ++attempts_;
    auto etrn = std::make_shared<smtp::Etrn>(settings_.hostname, left_);
    talks_.begin(io_, [this, etrn = std::move(etrn)] { return ask(etrn); });
}

boost::asio::awaitable<void> RemoteQueue::ask(std::shared_ptr<smtp::Etrn> etrn) {
    const std::string host = settings_.host;
    const std::string port = settings_.port;
    const boost::asio::any_io_executor executor = io_.get_executor();
    const Dialled dialled = co_await dial(executor, host, port);
    const std::shared_ptr<Channel> channel = dialled.channel;
    const auto alarm = std::make_shared<Alarm>(io_.get_executor());
    if (channel == nullptr) {
        etrn->closed(dialled.why);
    }
    while (!etrn->finished()) {
        alarm->arm(smtp::Etrn::timeout(), [channel] { channel->close(); });
        std::string output = etrn->take_output();
        if (!output.empty()) {
            const bool written = co_await channel->send(std::move(output));
            if (!written) {
                etrn->closed("the connection to the mail server broke");
                break;
            }
        }
        const std::string_view input = co_await channel->receive();
        if (input.empty()) {
            etrn->closed("the mail server ended the connection");
            break;
        }
        etrn->feed(input);
    }
    alarm->disarm();
    if (channel != nullptr) {
        channel->send_now(etrn->take_output());
        channel->close();
    }
    answered(*etrn);
}

void RemoteQueue::answered(const smtp::Etrn& etrn) {
    asking_ = false;
    left_.clear();
    for (std::size_t i = 0; i < etrn.domains().size(); ++i) {
        const mail::Status& status = etrn.statuses()[i];
        const bool again = status.is_temporary() && attempts_ <= std::size(pauses);
        const std::string line = fmt::format("etrn: domain={} attempt={} ({})", etrn.domains()[i],
                                             attempts_, mail::to_string(status));
        if (status.is_success()) {
            base::log::info("{}", line);
        } else {
            base::log::warn("{}{}", line,
                            again ? ", asking again soon"
                                  : "; what waits there comes when that server tries again");
        }
        if (again) {
            left_.push_back(etrn.domains()[i]);
        }
    }
    if (!left_.empty()) {
        next_ = now_ + pauses[attempts_ - 1];
    }
}

} // namespace mailcast::net
