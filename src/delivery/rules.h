// An entity's own rules (DESIGN 5.6): who may write, how large, what kind.  Values; any thread.
// Parsed from KEY=VALUE as `mailcast set` and chat give them, printed back the same way.
#pragma once

#include "chat/note.h"
#include "mail/mailbox.h"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

struct Rules {
    enum class Senders { any, known, internal, none, list };

    Senders senders = Senders::any;
    std::vector<std::string>
        sender_list; // for list, and beside known: addresses and domains, normalised
    // Of a person whose senders are known or list: who is not among them is held until she has said what is to
    // become of it (chat/held.h), and not refused.
    bool hold = false;
    std::optional<std::uint64_t> max_size;  // octets of the message
    std::optional<std::uint64_t> max_lines; // lines of the text to show
    bool attachments = true;
    bool html = true;                   // a mail whose only text is HTML
    std::optional<std::uint64_t> quota; // octets of the log; 0 refuses all
    std::optional<std::uint64_t> keep_count;
    std::optional<std::chrono::seconds> keep_age;
    bool quiet = false;
    // Of a person: mail address elsewhere that is told what waits when she is away long; "" for none.
    std::string digest;

    bool operator==(const Rules&) const = default;
};

struct RuleError {
    std::string message; // what is wrong and what would be right
};

// Sets one key.  An empty value gives the default back.
std::expected<void, RuleError> set_rule(Rules& rules, std::string_view key, std::string_view value);

// "max_lines=5 quiet=yes", as it is said in one line of chat, taken apart into one KEY=VALUE each.  A value may have spaces
// (senders=a@x.example, b@y.example): only a word that begins with the key of a rule and "=" begins another.
std::vector<std::string> split_assignments(std::string_view text);

// What makes no sense for this kind of entity: nothing is held for a place, and a place has no address of its own elsewhere.
std::expected<void, RuleError> check_rules(chat::EntityKind kind, const Rules& rules);

// Only what differs from the default, "key=value" each, in the order of DESIGN 5.6.
std::vector<std::string> print_rules(const Rules& rules);

// "any", "known", "internal", "none"; Senders::list prints as "list".
std::string_view to_string(Rules::Senders senders);

// Mail may come to be held by these rules, if they are those of a person.
bool may_hold(const Rules& rules);

// One of the four words; nullopt for all else.
std::optional<Rules::Senders> parse_senders_word(std::string_view text);

// An address or a domain ("example.org" or "@example.org"; without a dot, localhost apart, only "@buildhost"), normalised
// for Rules::sender_list.
std::expected<std::string, RuleError> parse_sender_entry(std::string_view text);

// True when `sender` or its whole domain stands in the list.  The null reverse-path never does.
bool list_matches(const std::vector<std::string>& list, const mail::Mailbox& sender);

// "25MB", "10KB", "1234": octets (KB, MB and GB are powers of ten).  nullopt when it is no size.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "30s", "5m", "12h", "30d", "2w"; at most a hundred years.  nullopt when it is no duration.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

// In the largest unit (d, h, m, s) that loses nothing; parse_duration() reads it back.
std::string print_duration(std::chrono::seconds duration);

} // namespace mailcast::delivery
