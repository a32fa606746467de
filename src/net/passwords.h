// Who may log in: checks passwords of persons, and hands out passes to the daemon's own helpers.
//
// A check costs some 70 ms and 64 MiB (Argon2id), so a thread of its own does one at a time from a bounded
// queue.  Any thread may call; `done` is called on the worker's thread.
#pragma once

#include "chat/note.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace mailcast::net {

class Passwords {
  public:
    static constexpr std::size_t most_waiting = 256;
    static constexpr std::chrono::seconds pass_age{60};
    static constexpr std::size_t most_passes = 1000;

    Passwords();
    ~Passwords(); // what still waits is answered false
    Passwords(const Passwords&) = delete;
    Passwords& operator=(const Passwords&) = delete;

    // libsodium's strings, by person; persons without a password are not in it.
    void set_hashes(std::unordered_map<chat::EntityId, std::string> hashes);

    // A person who is unknown or has no password never matches, but is answered as late as others: who
    // exists must not be told by the time it takes.  When too many wait the answer is false at once.
    void check(chat::EntityId person, std::string password, std::function<void(bool)> done);

    // A word that check() takes once in place of this entity's password, for `pass_age`.  Given only to
    // who could read the store anyway (the control socket).
    std::string issue_pass(chat::EntityId entity);

  private:
    struct Job {
        std::string hash;
        std::string password;
        std::function<void(bool)> done;
    };

    struct Pass {
        chat::EntityId entity = 0;
        std::string word;
        std::chrono::steady_clock::time_point end;
    };

    void run();
    bool use_pass(chat::EntityId entity, const std::string& word);

    std::mutex mutex_; // guards all below but thread_
    std::condition_variable wake_;
    std::unordered_map<chat::EntityId, std::string> hashes_;
    std::vector<Pass> passes_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace mailcast::net
