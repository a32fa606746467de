// Who exists, and which address leads where (DESIGN 5.4): the answer to every RCPT.
// An immutable snapshot, built from plain values whenever accounts or settings change and shared as
// shared_ptr<const Directory>; any thread may ask it.  Resolutions point into the Directory and
// hold as long as it does.  Looking an address up allocates nothing.
#pragma once

#include "chat/note.h"
#include "delivery/rules.h"
#include "mail/mailbox.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace mailcast::delivery {

// A person or place of this node.
struct Entity {
    chat::EntityId id = 0;
    chat::EntityKind kind = chat::EntityKind::person;
    std::string name;    // any spelling; folded by the Directory
    std::string display; // as its owner writes it
    Rules rules;
};

// An address that leads elsewhere.  Targets are "~ada", "*lab", "@lab", a uniform, or an address,
// which may be an alias again.
struct Alias {
    std::string address; // "local@domain"
    std::vector<std::string> targets;
};

// A uniform that is not of this node: psyc://elsewhere/..., or of another scheme.
struct RemoteTarget {
    std::string uniform;
};

using Target = std::variant<const Entity*, RemoteTarget>;

struct Resolution {
    enum class Kind {
        found,         // `targets` has at least one
        unknown,       // 550 5.1.1
        not_ours,      // a domain of somebody else: 550 5.7.1, relaying denied
        no_postmaster, // postmaster is asked for and there is nobody at all: 451 4.3.0, tell the
                       // log
        broken_alias   // an alias leads only to itself: 451 4.3.5, tell the log
    };

    Kind kind = Kind::unknown;
    std::span<const Target> targets; // without repetition

    bool found() const { return kind == Kind::found; }
};

// An address of the postmaster's, with a topic or without.
bool is_postmaster(const mail::Mailbox& mailbox);

class Directory {
  public:
    // Aliases that lead to aliases are followed so far; what lies deeper is left out.
    static constexpr std::size_t max_alias_depth = 20;
    // Targets of one alias, after following; what comes behind them is left out.
    static constexpr std::size_t max_alias_targets = 1000;

    struct Source {
        std::string hostname = "localhost";
        std::vector<std::string> domains; // hostname always counts too
        std::string postmaster;           // "admin", "~admin" or "*ops"; "" when not configured
        std::vector<Entity> entities;
        std::vector<Alias> aliases;
    };

    static std::shared_ptr<const Directory> make(Source source);

    // Targets point into the object.
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() = default;

    Resolution resolve(const mail::Mailbox& mailbox) const;

    const std::string& hostname() const { return source_.hostname; }

    bool is_our_domain(std::string_view domain) const;

    std::span<const Entity> entities() const { return source_.entities; }

    std::span<const Alias> aliases() const { return source_.aliases; }

    // Names in any spelling; nullptr when there is none.
    const Entity* find(chat::EntityKind kind, std::string_view name) const;
    const Entity* find(chat::EntityId id) const;

    // Who gets postmaster's mail when no alias says otherwise: the configured one; when there is
    // none such, an entity of the name postmaster, else the person that was made first.  nullptr
    // when there is nobody.
    const Entity* postmaster() const;

    // Where something that may stand as the target of an alias leads; Targets are put into
    // `storage`. For people and checks, not for every mail.
    Resolution resolve_target(std::string_view written, std::vector<Target>& storage) const;

  private:
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const;
    };

    // A local part and a domain that are compared without regard to the case of the local part.
    struct AliasKey {
        std::string local;
        std::string domain;
    };

    struct AliasView {
        std::string_view local;
        std::string_view domain;
    };

    struct AliasHash {
        using is_transparent = void;
        std::size_t operator()(const AliasKey& key) const;
        std::size_t operator()(const AliasView& key) const;
    };

    struct AliasEqual {
        using is_transparent = void;
        bool operator()(const AliasKey& a, const AliasKey& b) const;
        bool operator()(const AliasView& a, const AliasKey& b) const;
        bool operator()(const AliasKey& a, const AliasView& b) const;
    };

    struct AliasEntry {
        std::vector<std::string> written;
        std::vector<Target> targets; // after following
        bool broken = false;
    };

    using NameMap = std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>>;
    using AliasMap = std::unordered_map<AliasKey, AliasEntry, AliasHash, AliasEqual>;

    struct Expansion;

    explicit Directory(Source source);

    const Target* find_named(std::string_view local) const;
    Resolution resolve_local(std::string_view local, std::string_view domain) const;
    const Target* own(std::optional<std::size_t> index) const;
    void expand(Expansion& expansion, std::string_view written, std::size_t depth) const;
    void expand_address(Expansion& expansion, const mail::Mailbox& mailbox,
                        std::size_t depth) const;
    void expand_alias(Expansion& expansion, const AliasEntry& entry, std::size_t depth) const;

    Source source_;
    std::vector<Target> own_targets_; // one for each of source_.entities, in their order
    NameMap persons_;
    NameMap places_;
    std::unordered_map<chat::EntityId, std::size_t> ids_;
    NameMap domains_;
    AliasMap aliases_;
    std::optional<std::size_t> postmaster_;
};

} // namespace mailcast::delivery
