// Who may log in: checks passwords of persons, hands out passes to the daemon's own helpers, and says what SCRAM needs.
//
// A check costs some 70 ms and 64 MiB (Argon2id), so a thread of its own does one at a time.  What waits is bounded, and
// each peer has its turn: whoever asks a thousand times makes nobody else wait for more than one of them.  When it is
// full, who has the most waiting gives way, and is told to come later.
// A password that was right is known again for cache_age, by a keyed hash that this process alone can make: thousands
// of clients that come back at once are let in without it.  Any thread may call; `done` is called on the worker's
// thread, or before check() returns.
#pragma once

#include "chat/backing.h"
#include "chat/note.h"
#include "chat/password_answer.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailcast::net {

// What is kept of one person's password.
struct Credentials {
    std::string name;  // folded
    std::string hash;  // libsodium's string
    std::string scram; // irc::ScramVerifier; "" until it is made
};

// RFC 7677 4 wants 4096 at the least.
inline constexpr std::uint32_t scram_iterations = 32'768;
inline constexpr std::size_t scram_salt_octets = 16;

// irc::ScramVerifier as text, with a new salt when `salt` is "".  Takes some 20 ms.
std::string make_scram(const std::string& password, std::string salt = {});

class Passwords {
  public:
    static constexpr std::size_t most_waiting = 16'384;
    static constexpr std::size_t longest_password =
        1024; // octets; app/password takes no longer ones
    static constexpr std::chrono::seconds pass_age{60};
    static constexpr std::size_t most_passes = 1000;
    static constexpr std::chrono::hours cache_age{12}; // since it was last right
    static constexpr std::size_t most_cached = 65'536;

    using Clock = std::chrono::steady_clock;

    // A verifier that was made from a password that was right; on the worker's thread.  `hash` is what it was right for.
    using ScramMade =
        std::function<void(chat::EntityId person, std::string hash, std::string scram)>;

    explicit Passwords(std::function<Clock::time_point()> clock = Clock::now);
    ~Passwords(); // what still waits is answered `later`
    Passwords(const Passwords&) = delete;
    Passwords& operator=(const Passwords&) = delete;

    // By person; persons without a password are not in it.  Whose password is another than before, or is gone, is
    // forgotten.  `secret` makes the salts of those who do not exist, and is the same after a restart.
    void set_credentials(std::unordered_map<chat::EntityId, Credentials> credentials,
                         std::string secret = {});

    // Before the first check().
    void on_scram_made(ScramMade made);

    // A person who is unknown or has no password never matches, but is answered as late as others: who
    // exists must not be told by the time it takes.  `peer` is the address that asks; those of this machine may be one
    // proxy, so there each person has a turn.  When too many wait the answer is `later`.
    using Done = std::function<void(chat::PasswordAnswer)>;
    void check(chat::EntityId person, std::string password, std::string_view peer, Done done);

    // For a person of this folded name (0: there is none): her verifier, or one that nothing matches, with a salt that
    // is the same each time.
    chat::ScramStart begin_scram(chat::EntityId person, std::string_view name);

    // A word that check() takes once in place of this entity's password, for `pass_age`.  Given only to
    // who could read the store anyway (the control socket).
    std::string issue_pass(chat::EntityId entity);

    std::uint64_t hashed() const; // checks that were not known again

  private:
    using Mac = std::array<unsigned char, 32>;

    struct Job {
        chat::EntityId person = 0;
        std::string hash;
        std::string salt; // of a verifier that is to be made; "" when there is one
        std::string password;
        Done done;
    };

    struct Pass {
        chat::EntityId entity = 0;
        std::string word;
        Clock::time_point end;
    };

    struct Known {
        Mac mac{};
        Clock::time_point end;
    };

    void run();
    void finish(Job& job);
    bool make_room(const std::string& asker, std::vector<Job>& gone);
    void put(const std::string& asker, Job job);
    Job take_next();
    bool use_pass(chat::EntityId entity, const std::string& word);
    bool is_known(chat::EntityId person, const std::string& hash, const std::string& password);
    void remember(chat::EntityId person, const Mac& mac);
    Mac mac_of(std::string_view hash, std::string_view password) const;
    std::string salt_of(std::string_view name) const;

    std::function<Clock::time_point()> clock_;
    Mac key_{}; // of the cache; made at the start, never written anywhere
    ScramMade scram_made_;
    mutable std::mutex mutex_; // guards all below but thread_
    std::condition_variable wake_;
    std::unordered_map<chat::EntityId, Credentials> credentials_;
    std::unordered_map<chat::EntityId, Known> known_;
    std::string secret_;
    std::vector<Pass> passes_;
    std::unordered_map<std::string, std::deque<Job>> jobs_; // by asker; none is empty
    std::deque<std::string> turns_; // the askers in jobs_, who is next first
    std::set<std::pair<std::size_t, std::string>> lengths_; // of jobs_
    std::size_t waiting_ = 0;                               // in all of jobs_
    std::uint64_t hashed_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace mailcast::net
