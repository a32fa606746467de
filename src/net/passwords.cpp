#include "net/passwords.h"

#include "base/address_set.h"
#include "base/log.h"
#include "base/sha256.h"
#include "irc/scram.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <pthread.h>
#include <utility>

namespace mailcast::net {

namespace {

std::string random_octets(std::size_t amount) {
    std::string octets(amount, '\0');
    randombytes_buf(octets.data(), octets.size());
    return octets;
}

std::string random_word() {
    const std::string chance = random_octets(24);
    std::string word(
        sodium_base64_ENCODED_LEN(chance.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(word.data(), word.size(),
                      reinterpret_cast<const unsigned char*>(chance.data()), chance.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    word.resize(word.find('\0'));
    return word;
}

void forget(std::string& text) {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

} // namespace

std::string make_scram(const std::string& password, std::string salt) {
    if (salt.empty()) {
        salt = random_octets(scram_salt_octets);
    }
    std::array<unsigned char, 32> salted{};
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(salt.data()),
                          static_cast<int>(salt.size()), scram_iterations, EVP_sha256(),
                          salted.size(), salted.data()) != 1) {
        return {};
    }
    auto verifier =
        irc::ScramVerifier::make({reinterpret_cast<const char*>(salted.data()), salted.size()},
                                 std::move(salt), scram_iterations);
    sodium_memzero(salted.data(), salted.size());
    return verifier.text();
}

Passwords::Passwords(std::function<Clock::time_point()> clock) : clock_(std::move(clock)) {
    // Without randomness there is neither a salt nor a key.
    if (sodium_init() < 0) {
        base::log::error("libsodium cannot be started");
        std::abort();
    }
    randombytes_buf(key_.data(), key_.size());
    thread_ = std::thread([this] { run(); });
}

Passwords::~Passwords() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    while (waiting_ > 0) {
        Job job = take_next();
        forget(job.password);
        job.done(chat::PasswordAnswer::later);
    }
    sodium_memzero(key_.data(), key_.size());
}

void Passwords::set_credentials(std::unordered_map<chat::EntityId, Credentials> credentials,
                                std::string secret) {
    const std::lock_guard lock(mutex_);
    for (auto& [person, now] : credentials) {
        const auto before = credentials_.find(person);
        const bool same = before != credentials_.end() && before->second.hash == now.hash;
        if (!same) {
            known_.erase(person);
        } else if (now.scram.empty()) {
            now.scram = before->second.scram; // made since the store was read
        }
    }
    std::erase_if(known_,
                  [&credentials](const auto& one) { return !credentials.contains(one.first); });
    credentials_ = std::move(credentials);
    secret_ = std::move(secret);
}

void Passwords::on_scram_made(ScramMade made) {
    scram_made_ = std::move(made);
}

std::uint64_t Passwords::hashed() const {
    const std::lock_guard lock(mutex_);
    return hashed_;
}

void Passwords::check(chat::EntityId person, std::string password, std::string_view peer,
                      Done done) {
    auto answer = chat::PasswordAnswer::wrong;
    bool waits = false;
    std::vector<Job> gone;
    {
        const std::lock_guard lock(mutex_);
        const auto found = credentials_.find(person);
        const std::string hash = found == credentials_.end() ? std::string() : found->second.hash;
        if (use_pass(person, password) || is_known(person, hash, password)) {
            answer = chat::PasswordAnswer::right;
        } else if (password.size() <= longest_password) {
            const bool many_behind_it = peer == "unix" || base::is_loopback(peer);
            const std::string asker =
                many_behind_it ? "~" + std::to_string(person) : std::string(peer);
            waits = make_room(asker, gone);
            if (waits) {
                const bool wants_scram = found != credentials_.end() && found->second.scram.empty();
                put(asker, {.person = person,
                            .hash = hash,
                            .salt = wants_scram ? salt_of(found->second.name) : std::string(),
                            .password = std::move(password),
                            .done = std::move(done)});
                wake_.notify_one();
            } else {
                answer = chat::PasswordAnswer::later;
            }
        }
    }
    for (Job& job : gone) {
        forget(job.password);
        job.done(chat::PasswordAnswer::later);
    }
    if (!waits) {
        forget(password);
        done(answer); // NOLINT(bugprone-use-after-move): moved only into what waits
    }
}

// ---- whose turn it is ----------------------------------------------------------------------------

// False when there is none: everybody has as few waiting as this one.
bool Passwords::make_room(const std::string& asker, std::vector<Job>& gone) {
    if (waiting_ < most_waiting) {
        return true;
    }
    const auto own = jobs_.find(asker);
    const std::size_t own_length = own == jobs_.end() ? 0 : own->second.size();
    const auto longest = std::prev(lengths_.end());
    const auto [length, name] = *longest;
    if (length <= own_length + 1) {
        return false;
    }
    lengths_.erase(longest);
    std::deque<Job>& queue = jobs_.find(name)->second;
    gone.push_back(std::move(queue.back())); // two are left at the least
    queue.pop_back();
    lengths_.emplace(queue.size(), name);
    --waiting_;
    return true;
}

void Passwords::put(const std::string& asker, Job job) {
    std::deque<Job>& queue = jobs_[asker];
    if (queue.empty()) {
        turns_.push_back(asker);
    } else {
        lengths_.erase({queue.size(), asker});
    }
    queue.push_back(std::move(job));
    lengths_.emplace(queue.size(), asker);
    ++waiting_;
}

Passwords::Job Passwords::take_next() {
    std::string asker = std::move(turns_.front());
    turns_.pop_front();
    const auto found = jobs_.find(asker);
    std::deque<Job>& queue = found->second;
    lengths_.erase({queue.size(), asker});
    Job job = std::move(queue.front());
    queue.pop_front();
    --waiting_;
    if (queue.empty()) {
        jobs_.erase(found);
    } else {
        lengths_.emplace(queue.size(), asker);
        turns_.push_back(std::move(asker));
    }
    return job;
}

// ---- what is known again -------------------------------------------------------------------------

Passwords::Mac Passwords::mac_of(std::string_view hash, std::string_view password) const {
    // The hash is a name for this person's password of today: another one has another salt.
    crypto_generichash_state state;
    Mac mac{};
    crypto_generichash_init(&state, key_.data(), key_.size(), mac.size());
    const auto add = [&state](std::string_view text) {
        const std::uint64_t size = text.size();
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size),
                                  sizeof size);
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size());
    };
    add(hash);
    add(password);
    crypto_generichash_final(&state, mac.data(), mac.size());
    sodium_memzero(&state, sizeof state);
    return mac;
}

bool Passwords::is_known(chat::EntityId person, const std::string& hash,
                         const std::string& password) {
    const auto found = known_.find(person);
    if (found == known_.end() || hash.empty()) {
        return false;
    }
    if (found->second.end < clock_()) {
        known_.erase(found);
        return false;
    }
    const Mac mac = mac_of(hash, password);
    if (sodium_memcmp(mac.data(), found->second.mac.data(), mac.size()) != 0) {
        return false; // a wrong one is looked at as thoroughly as any
    }
    found->second.end = clock_() + cache_age;
    return true;
}

void Passwords::remember(chat::EntityId person, const Mac& mac) {
    const auto now = clock_();
    if (known_.size() >= most_cached && !known_.contains(person)) {
        std::erase_if(known_, [now](const auto& one) { return one.second.end < now; });
        if (known_.size() >= most_cached) {
            known_.erase(known_.begin());
        }
    }
    known_[person] = {.mac = mac, .end = now + cache_age};
}

// ---- SCRAM ---------------------------------------------------------------------------------------

std::string Passwords::salt_of(std::string_view name) const {
    const base::Sha256 digest = base::hmac_sha256(secret_, "salt " + std::string(name));
    return {reinterpret_cast<const char*>(digest.data()), scram_salt_octets};
}

chat::ScramStart Passwords::begin_scram(chat::EntityId person, std::string_view name) {
    chat::ScramStart start{.verifier = {}, .nonce = random_word()};
    const std::lock_guard lock(mutex_);
    const auto found = credentials_.find(person);
    if (found != credentials_.end() && !found->second.scram.empty()) {
        start.verifier = found->second.scram;
        return start;
    }
    // Nothing matches random keys.  A verifier that is made later has this very salt, so that the day on which it is
    // made tells nobody that there is such a person.
    irc::ScramVerifier nobody{.iterations = scram_iterations, .salt = salt_of(name)};
    randombytes_buf(nobody.stored_key.data(), nobody.stored_key.size());
    randombytes_buf(nobody.server_key.data(), nobody.server_key.size());
    start.verifier = nobody.text();
    return start;
}

// ---- passes --------------------------------------------------------------------------------------

std::string Passwords::issue_pass(chat::EntityId entity) {
    std::string word = random_word();
    const std::lock_guard lock(mutex_);
    if (passes_.size() >= most_passes) {
        passes_.erase(passes_.begin());
    }
    passes_.push_back({.entity = entity, .word = word, .end = clock_() + pass_age});
    return word;
}

bool Passwords::use_pass(chat::EntityId entity, const std::string& word) {
    const auto now = clock_();
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

// ---- the worker ----------------------------------------------------------------------------------

void Passwords::run() {
    ::pthread_setname_np(::pthread_self(), "passwords");
    // A hash of nothing that anybody knows, to spend the same time for persons who do not exist.
    std::string decoy(crypto_pwhash_STRBYTES, '\0');
    const std::string unknown = random_octets(32);
    bool have_decoy = false;

    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || waiting_ > 0; });
            if (stopping_) {
                return;
            }
            job = take_next();
            // The same client may have asked before, and have been right since.
            if (is_known(job.person, job.hash, job.password)) {
                forget(job.password);
                lock.unlock();
                job.done(chat::PasswordAnswer::right);
                continue;
            }
            ++hashed_;
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
        if (known && matches) {
            finish(job);
        }
        forget(job.password);
        job.done(known && matches ? chat::PasswordAnswer::right : chat::PasswordAnswer::wrong);
    }
}

// It was right: it is known again, and SCRAM can have its verifier now.
void Passwords::finish(Job& job) {
    const std::string scram = job.salt.empty() ? std::string() : make_scram(job.password, job.salt);
    const Mac mac = mac_of(job.hash, job.password);
    {
        const std::lock_guard lock(mutex_);
        const auto found = credentials_.find(job.person);
        // It may have been changed meanwhile.
        if (found == credentials_.end() || found->second.hash != job.hash) {
            return;
        }
        remember(job.person, mac);
        if (scram.empty() || !found->second.scram.empty()) {
            return;
        }
        found->second.scram = scram;
    }
    if (scram_made_) {
        scram_made_(job.person, job.hash, scram);
    }
}

} // namespace mailcast::net
