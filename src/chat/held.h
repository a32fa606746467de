// Mail that knocks: from senders whom a person does not know, kept for her until she says what is to become of it
// (rules senders=known, otherwise=hold).  Implemented by net over the store.  Hub thread; outlives the fronts.
// Nothing goes back to who wrote, whatever she says.
//
// She hears of each such mail by a notice in her log, which names its number.
#pragma once

#include "base/time.h"
#include "chat/note.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::chat {

// What she may say of a held mail.
enum class HeldVerdict {
    release, // this mail into her log
    always,  // and all that this sender writes from now on, and what else of his is held
    never    // it goes, with what else of his is held, and this sender is refused from now on
};

// "release", "always" or "never"; "accept" is the same as "release".
std::optional<HeldVerdict> parse_held_verdict(std::string_view word);

// One mail that is held.  The strings are safe lines.
struct HeldMail {
    std::int64_t number = 0; // what she calls it by; never given twice
    base::Time received{};
    base::Time kept_until{};
    std::string
        sender; // address of the envelope, which the verdict is about; "" of a bounce: no future
    std::string source_name;
    std::string badge;
    std::string subject;
    std::uint64_t size = 0; // octets as they came

    bool operator==(const HeldMail&) const = default;
};

class Held {
  public:
    virtual ~Held() = default;

    // Oldest first; nullopt when the store could not be read.
    virtual void list(EntityId person,
                      std::function<void(std::optional<std::vector<HeldMail>>)> done) = 0;

    // `done` hears one line: what was done, or with `good` false what is wrong; on the hub thread, never from within.
    virtual void judge(EntityId person, std::int64_t number, HeldVerdict verdict,
                       std::function<void(bool good, std::string line)> done) = 0;

    // The same about all that this sender has written and will write, held mail or not.
    virtual void judge_sender(EntityId person, std::string sender, HeldVerdict verdict,
                              std::function<void(bool good, std::string line)> done) = 0;
};

} // namespace mailcast::chat
