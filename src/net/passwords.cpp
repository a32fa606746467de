#include "net/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <pthread.h>
#include <utility>

namespace mailcast::net {

Passwords::Passwords() : thread_([this] { run(); }) {}

Passwords::~Passwords() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    for (const Job& job : jobs_) {
        job.done(false);
    }
}

void Passwords::set_hashes(std::unordered_map<chat::EntityId, std::string> hashes) {
    const std::lock_guard lock(mutex_);
    hashes_ = std::move(hashes);
}

void Passwords::check(chat::EntityId person, std::string password, std::function<void(bool)> done) {
    bool answer = false;
    {
        const std::lock_guard lock(mutex_);
        answer = use_pass(person, password);
        if (!answer && jobs_.size() < most_waiting) {
            const auto found = hashes_.find(person);
            jobs_.push_back({.hash = found == hashes_.end() ? std::string() : found->second,
                             .password = std::move(password),
                             .done = std::move(done)});
            wake_.notify_one();
            return;
        }
    }
    done(answer);
}

std::string Passwords::issue_pass(chat::EntityId entity) {
    std::array<unsigned char, 24> chance{};
    randombytes_buf(chance.data(), chance.size());
    std::string word(
        sodium_base64_ENCODED_LEN(chance.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(word.data(), word.size(), chance.data(), chance.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    word.resize(word.find('\0'));
    const std::lock_guard lock(mutex_);
    if (passes_.size() >= most_passes) {
        passes_.erase(passes_.begin());
    }
    passes_.push_back(
        {.entity = entity, .word = word, .end = std::chrono::steady_clock::now() + pass_age});
    return word;
}

bool Passwords::use_pass(chat::EntityId entity, const std::string& word) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(passes_, [now](const Pass& pass) { return pass.end < now; });
    const auto found = std::ranges::find_if(passes_, [&](const Pass& pass) {
        return pass.entity == entity && pass.word.size() == word.size() &&
               sodium_memcmp(pass.word.data(), word.data(), word.size()) == 0;
    });
    if (found == passes_.end()) {
        return false;
    }
    passes_.erase(found);
    return true;
}

void Passwords::run() {
    ::pthread_setname_np(::pthread_self(), "passwords");
    // A hash of nothing that anybody knows, to spend the same time for persons who do not exist.
    std::string decoy(crypto_pwhash_STRBYTES, '\0');
    std::string unknown(32, '\0');
    randombytes_buf(unknown.data(), unknown.size());
    bool have_decoy = false;

    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) {
                return;
            }
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        const bool known = !job.hash.empty();
        if (!known && !have_decoy) {
            have_decoy = crypto_pwhash_str(decoy.data(), unknown.data(), unknown.size(),
                                           crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                           crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
        }
        const char* hash = known ? job.hash.c_str() : decoy.c_str();
        const bool matches =
            crypto_pwhash_str_verify(hash, job.password.data(), job.password.size()) == 0;
        sodium_memzero(job.password.data(), job.password.size());
        job.done(known && matches);
    }
}

} // namespace mailcast::net
