#include "net/resolver.h"

#include "base/address_set.h"

#include <algorithm>
#include <iterator>
#include <pthread.h>
#include <tuple>
#include <utility>

namespace mailcast::net {

struct Resolver::Shared {
    struct Question {
        std::string host;
        bool tls = false;
        std::function<void(Answer)> done; // called on the worker's thread
    };

    std::mutex mutex; // guards all below
    std::condition_variable wake;
    std::deque<Question> questions;
    bool stopping = false;
};

namespace {

// Whoever has a zone can put sixteen names into it that nobody answers for: after so many it is left.
constexpr int most_unanswered = 2;
constexpr std::size_t most_services = 16; // addresses

std::string key_of(const std::string& host, bool tls) {
    return (tls ? "s " : "c ") + host;
}

} // namespace

Resolver::Resolver(std::shared_ptr<NameServer> server, Post post, Options options)
    : post_(std::move(post)), options_(options), server_(std::move(server)),
      shared_(std::make_unique<Shared>()) {
    for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back(
            [shared = shared_.get(), name_server = server_] { work(*shared, *name_server); });
    }
}

Resolver::~Resolver() {
    *alive_ = false;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->stopping = true;
        shared_->questions.clear();
    }
    shared_->wake.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void Resolver::ask(const std::string& host, bool tls, std::function<void(Answer)> done) {
    if (const auto own = table_.find(host); own != table_.end()) {
        Answer answer;
        answer.addresses = {own->second.address};
        answer.services = {own->second};
        post_([done = std::move(done), answer = std::move(answer)] { done(answer); });
        return;
    }
    if (base::is_ip_address(host)) {
        Answer answer;
        answer.addresses = {host};
        post_([done = std::move(done), answer = std::move(answer)] { done(answer); });
        return;
    }
    const std::string key = key_of(host, tls);
    const auto kept = kept_.find(key);
    if (kept != kept_.end()) {
        if (kept->second.until > Clock::now()) {
            post_([done = std::move(done), answer = kept->second.answer] { done(answer); });
            return;
        }
        kept_.erase(kept);
    }
    auto& waiting = asked_[key];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) {
        return; // asked already
    }
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->questions.size() < options_.questions) {
            shared_->questions.push_back(
                {.host = host,
                 .tls = tls,
                 .done = [this, alive = alive_, key, post = post_](Answer answer) {
                     post([this, alive, key, answer = std::move(answer)] {
                         if (*alive) {
                             found(key, answer);
                         }
                     });
                 }});
            shared_->wake.notify_one();
            return;
        }
    }
    Answer failed;
    failed.failed = true;
    post_([this, alive = alive_, key, failed] {
        if (*alive) {
            found(key, failed);
        }
    });
}

void Resolver::found(const std::string& key, const Answer& answer) {
    if (!answer.failed) {
        if (kept_.size() >= options_.answers) {
            const auto now = Clock::now();
            std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
            if (kept_.size() >= options_.answers) {
                kept_.erase(kept_.begin());
            }
        }
        const bool nothing = answer.addresses.empty() && answer.services.empty();
        kept_[key] = {.answer = answer,
                      .until = Clock::now() + (nothing ? options_.keep_nothing : options_.keep)};
    }
    const auto waiting = asked_.find(key);
    if (waiting == asked_.end()) {
        return;
    }
    const auto all = std::move(waiting->second);
    asked_.erase(waiting);
    for (const auto& done : all) {
        done(answer);
    }
}

Resolver::Answer Resolver::find(NameServer& server, const std::string& host, bool tls) {
    Answer answer;
    auto addresses = server.addresses(host);
    auto services = server.services((tls ? "_psyc._tls." : "_psyc._tcp.") + host);
    if (!addresses && !services) {
        answer.failed = true;
        return answer;
    }
    answer.addresses = std::move(addresses).value_or(std::vector<std::string>{});
    if (!services) {
        return answer;
    }
    // Among equals the heavier first: enough for nodes, which have one circuit with each other.
    std::ranges::sort(*services, [](const NameServer::Service& a, const NameServer::Service& b) {
        return std::tuple(a.priority, b.weight, a.host) < std::tuple(b.priority, a.weight, b.host);
    });
    int unanswered = 0;
    for (const NameServer::Service& service : *services) {
        if (service.host.empty() || service.host == "." || service.port == 0) {
            continue; // RFC 2782: decidedly not available here
        }
        auto found = server.addresses(service.host);
        if (!found && ++unanswered == most_unanswered) {
            break;
        }
        for (std::string& address : found.value_or(std::vector<std::string>{})) {
            answer.services.push_back({.address = std::move(address), .port = service.port});
        }
        if (answer.services.size() >= most_services) {
            break;
        }
    }
    return answer;
}

void Resolver::work(Shared& shared, NameServer& server) {
    ::pthread_setname_np(::pthread_self(), "names");
    for (;;) {
        Shared::Question question;
        {
            std::unique_lock lock(shared.mutex);
            shared.wake.wait(lock,
                             [&shared] { return shared.stopping || !shared.questions.empty(); });
            if (shared.stopping) {
                return;
            }
            question = std::move(shared.questions.front());
            shared.questions.pop_front();
        }
        question.done(find(server, question.host, question.tls));
    }
}

} // namespace mailcast::net
