#include "delivery/directory.h"

#include "base/ascii.h"
#include "delivery/names.h"

#include <algorithm>
#include <array>

namespace mailcast::delivery {

namespace {

constexpr std::string_view postmaster_name = "postmaster";
constexpr std::string_view psyc_port = "4404";

// FNV-1a: short keys, no seed needed since names come from the operator; what a peer asks for only
// reads.
constexpr std::uint64_t hash_start = 14'695'981'039'346'656'037ULL;
constexpr std::uint64_t hash_step = 1'099'511'628'211ULL;

std::uint64_t hash_lowered(std::uint64_t hash, std::string_view text) {
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(base::to_lower(c))) * hash_step;
    }
    return hash;
}

std::size_t hash_address(std::string_view local, std::string_view domain) {
    return hash_lowered(hash_lowered(hash_start, local) * hash_step, domain);
}

// As folded(), but into memory of the caller; nullopt when it is longer than any name.
std::optional<std::string_view> folded_into(std::array<char, max_name>& memory,
                                            chat::EntityKind kind, std::string_view name) {
    std::size_t size = 0;
    for (const char c : name) {
        if (c == '.' && kind == chat::EntityKind::person) {
            continue;
        }
        if (size == memory.size()) {
            return std::nullopt;
        }
        memory[size++] = base::to_lower(c);
    }
    return std::string_view(memory.data(), size);
}

} // namespace

// One walk over aliases.  Each is entered once, so a loop ends by itself.
struct Directory::Expansion {
    std::vector<Target> targets;
    std::vector<const AliasEntry*> entered;
    bool looped = false;

    void add(const Target& target) {
        const auto same = [&](const Target& other) {
            if (target.index() != other.index()) {
                return false;
            }
            if (const auto* remote = std::get_if<RemoteTarget>(&target)) {
                return remote->uniform == std::get<RemoteTarget>(other).uniform;
            }
            return std::get<const Entity*>(target) == std::get<const Entity*>(other);
        };
        if (targets.size() < max_alias_targets && std::ranges::none_of(targets, same)) {
            targets.push_back(target);
        }
    }
};

std::size_t Directory::NameHash::operator()(std::string_view text) const {
    return hash_lowered(hash_start, text);
}

std::size_t Directory::AliasHash::operator()(const AliasKey& key) const {
    return hash_address(key.local, key.domain);
}

std::size_t Directory::AliasHash::operator()(const AliasView& key) const {
    return hash_address(key.local, key.domain);
}

bool Directory::AliasEqual::operator()(const AliasKey& a, const AliasKey& b) const {
    return a.domain == b.domain && base::iequals(a.local, b.local);
}

bool Directory::AliasEqual::operator()(const AliasView& a, const AliasKey& b) const {
    return a.domain == b.domain && base::iequals(a.local, b.local);
}

bool Directory::AliasEqual::operator()(const AliasKey& a, const AliasView& b) const {
    return (*this)(b, a);
}

std::shared_ptr<const Directory> Directory::make(Source source) {
    return std::shared_ptr<const Directory>(new Directory(std::move(source)));
}

Directory::Directory(Source source) : source_(std::move(source)) {
    domains_.emplace(source_.hostname, 0);
    for (const std::string& domain : source_.domains) {
        domains_.emplace(domain, 0);
    }

    own_targets_.reserve(source_.entities.size());
    for (std::size_t i = 0; i < source_.entities.size(); ++i) {
        Entity& entity = source_.entities[i];
        entity.name = folded(entity.kind, entity.name);
        own_targets_.emplace_back(&entity);
        (entity.kind == chat::EntityKind::person ? persons_ : places_).emplace(entity.name, i);
        ids_.emplace(entity.id, i);
    }

    // Read by find_named() below, so that the configured postmaster wins over the name.
    std::optional<EntityName> configured = parse_entity_name(source_.postmaster);
    const Target* target = nullptr;
    if (configured && configured->kind) {
        const Entity* entity = find(*configured->kind, configured->name);
        target = entity != nullptr ? own(static_cast<std::size_t>(entity - source_.entities.data()))
                                   : nullptr;
    } else if (configured) {
        target = find_named(configured->name);
    }
    if (target == nullptr) {
        target = find_named(postmaster_name);
    }
    if (target != nullptr) {
        postmaster_ = static_cast<std::size_t>(target - own_targets_.data());
    } else {
        for (std::size_t i = 0; i < source_.entities.size(); ++i) {
            const Entity& entity = source_.entities[i];
            if (entity.kind == chat::EntityKind::person &&
                (!postmaster_ || entity.id < source_.entities[*postmaster_].id)) {
                postmaster_ = i;
            }
        }
    }

    for (const Alias& alias : source_.aliases) {
        const std::size_t at = alias.address.rfind('@');
        if (at == std::string::npos) {
            continue;
        }
        const auto mailbox = mail::parse_mailbox(alias.address);
        AliasKey key = mailbox
                           ? AliasKey{mailbox->local, mailbox->domain}
                           : AliasKey{alias.address.substr(0, at), alias.address.substr(at + 1)};
        aliases_[std::move(key)].written = alias.targets;
    }
    for (auto& [key, entry] : aliases_) {
        Expansion expansion;
        expand_alias(expansion, entry, 0);
        entry.targets = std::move(expansion.targets);
        entry.broken = entry.targets.empty() && expansion.looped;
    }
}

const Target* Directory::own(std::optional<std::size_t> index) const {
    return index ? &own_targets_[*index] : nullptr;
}

bool Directory::is_our_domain(std::string_view domain) const {
    return domains_.find(domain) != domains_.end();
}

const Entity* Directory::find(chat::EntityKind kind, std::string_view name) const {
    std::array<char, max_name> memory; // NOLINT: filled by folded_into
    const auto compared = folded_into(memory, kind, name);
    if (!compared) {
        return nullptr;
    }
    const NameMap& names = kind == chat::EntityKind::person ? persons_ : places_;
    const auto found = names.find(*compared);
    return found == names.end() ? nullptr : &source_.entities[found->second];
}

const Entity* Directory::find(chat::EntityId id) const {
    const auto found = ids_.find(id);
    return found == ids_.end() ? nullptr : &source_.entities[found->second];
}

const Entity* Directory::postmaster() const {
    return postmaster_ ? &source_.entities[*postmaster_] : nullptr;
}

// "~nick" is a person, "*room" a place, a bare name the person, else the place.
const Target* Directory::find_named(std::string_view local) const {
    const Entity* entity = nullptr;
    if (local.starts_with('~')) {
        entity = find(chat::EntityKind::person, local.substr(1));
    } else if (local.starts_with('*')) {
        entity = find(chat::EntityKind::place, local.substr(1));
    } else {
        entity = find(chat::EntityKind::person, local);
        if (entity == nullptr) {
            entity = find(chat::EntityKind::place, local);
        }
    }
    if (entity == nullptr) {
        return nullptr;
    }
    return &own_targets_[static_cast<std::size_t>(entity - source_.entities.data())];
}

Resolution Directory::resolve_local(std::string_view local, std::string_view domain) const {
    const auto alias = aliases_.find(AliasView{local, domain});
    if (alias != aliases_.end()) {
        if (!alias->second.targets.empty()) {
            return {Resolution::Kind::found, alias->second.targets};
        }
        if (alias->second.broken) {
            return {Resolution::Kind::broken_alias, {}};
        }
        // An alias whose targets are all gone says no more than a name that is not there.
    }
    if (base::iequals(local, postmaster_name)) {
        const Target* target = own(postmaster_);
        if (target == nullptr) {
            return {Resolution::Kind::no_postmaster, {}};
        }
        return {Resolution::Kind::found, std::span(target, 1)};
    }
    if (alias == aliases_.end()) {
        if (const Target* target = find_named(local)) {
            return {Resolution::Kind::found, std::span(target, 1)};
        }
    }
    return {Resolution::Kind::unknown, {}};
}

bool is_postmaster(const mail::Mailbox& mailbox) {
    const std::string_view local = mailbox.local;
    return base::iequals(local.substr(0, local.find('+')), postmaster_name);
}

Resolution Directory::resolve(const mail::Mailbox& mailbox) const {
    std::string_view domain = mailbox.domain;
    if (domain.empty() && base::iequals(mailbox.local, postmaster_name)) {
        domain = source_.hostname; // RFC 5321 4.5.1: <postmaster> without a domain
    }
    if (!is_our_domain(domain)) {
        return {Resolution::Kind::not_ours, {}};
    }
    const Resolution exact = resolve_local(mailbox.local, domain);
    if (exact.kind != Resolution::Kind::unknown) {
        return exact;
    }
    const std::size_t plus = mailbox.local.find('+', 1);
    if (mailbox.local.empty() || plus == std::string::npos) {
        return exact;
    }
    return resolve_local(std::string_view(mailbox.local).substr(0, plus), domain);
}

Resolution Directory::resolve_target(std::string_view written, std::vector<Target>& storage) const {
    Expansion expansion;
    expand(expansion, written, 0);
    storage = std::move(expansion.targets);
    if (!storage.empty()) {
        return {Resolution::Kind::found, storage};
    }
    return {expansion.looped ? Resolution::Kind::broken_alias : Resolution::Kind::unknown, {}};
}

void Directory::expand(Expansion& expansion, std::string_view written, std::size_t depth) const {
    if (const auto name = parse_entity_name(written)) {
        const bool ours = name->host.empty() || (is_our_domain(base::lowered(name->host)) &&
                                                 (name->port.empty() || name->port == psyc_port));
        if (!ours) {
            expansion.add(RemoteTarget{std::string(written)});
        } else if (!name->kind) {
            if (const Target* target = find_named(name->name)) {
                expansion.add(*target);
            }
        } else if (const Entity* entity = find(*name->kind, name->name)) {
            expansion.add(entity);
        }
        return;
    }
    if (const auto mailbox = mail::parse_mailbox(written)) {
        expand_address(expansion, *mailbox, depth);
        return;
    }
    if (written.find(':') != std::string_view::npos) {
        expansion.add(RemoteTarget{std::string(written)});
    }
}

void Directory::expand_address(Expansion& expansion, const mail::Mailbox& mailbox,
                               std::size_t depth) const {
    if (!is_our_domain(mailbox.domain)) {
        expansion.add(RemoteTarget{"mailto:" + mailbox.text()});
        return;
    }
    std::string_view local = mailbox.local;
    const std::size_t plus = local.find('+', 1);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto alias = aliases_.find(AliasView{local, mailbox.domain});
        if (alias != aliases_.end()) {
            expand_alias(expansion, alias->second, depth + 1);
            return;
        }
        const Target* target =
            base::iequals(local, postmaster_name) ? own(postmaster_) : find_named(local);
        if (target != nullptr) {
            expansion.add(*target);
            return;
        }
        if (plus == std::string_view::npos) {
            return;
        }
        local = local.substr(0, plus);
    }
}

void Directory::expand_alias(Expansion& expansion, const AliasEntry& entry,
                             std::size_t depth) const {
    if (depth > max_alias_depth ||
        std::ranges::find(expansion.entered, &entry) != expansion.entered.end()) {
        expansion.looped = true;
        return;
    }
    expansion.entered.push_back(&entry);
    for (const std::string& written : entry.written) {
        expand(expansion, written, depth);
    }
}

} // namespace mailcast::delivery
