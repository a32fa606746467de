#include "chat/relations.h"

namespace mailcast::chat {

void Relations::set(const std::vector<Relation>& all) {
    by_entity_.clear();
    by_subject_.clear();
    for (const Relation& relation : all) {
        add(relation);
    }
}

void Relations::keep(const std::unordered_set<EntityId>& entities) {
    std::erase_if(by_entity_,
                  [&entities](const auto& entry) { return !entities.contains(entry.first.first); });
    for (auto& [subject, holders] : by_subject_) {
        std::erase_if(holders, [&entities](EntityId id) { return !entities.contains(id); });
    }
    std::erase_if(by_subject_, [](const auto& entry) { return entry.second.empty(); });
}

bool Relations::add(const Relation& relation) {
    if (relation.subject.size() > longest_relation || relation.value.size() > longest_relation) {
        return false;
    }
    Subjects& subjects = by_entity_[{relation.entity, relation.kind}];
    if (subjects.size() >= most_relations && !subjects.contains(relation.subject)) {
        return false;
    }
    subjects.insert_or_assign(relation.subject, relation.value);
    by_subject_[{.kind = relation.kind, .subject = relation.subject}].insert(relation.entity);
    return true;
}

bool Relations::remove(EntityId entity, RelationKind kind, std::string_view subject) {
    const auto found = by_entity_.find({entity, kind});
    if (found == by_entity_.end()) {
        return false;
    }
    const auto at = found->second.find(subject);
    if (at == found->second.end()) {
        return false;
    }
    const auto holders = by_subject_.find({.kind = kind, .subject = std::string(subject)});
    if (holders != by_subject_.end()) {
        holders->second.erase(entity);
        if (holders->second.empty()) {
            by_subject_.erase(holders);
        }
    }
    found->second.erase(at);
    if (found->second.empty()) {
        by_entity_.erase(found);
    }
    return true;
}

const std::string* Relations::find(EntityId entity, RelationKind kind,
                                   std::string_view subject) const {
    const Subjects& subjects = of(entity, kind);
    const auto found = subjects.find(subject);
    return found == subjects.end() ? nullptr : &found->second;
}

const Relations::Subjects& Relations::of(EntityId entity, RelationKind kind) const {
    static const Subjects none;
    const auto found = by_entity_.find({entity, kind});
    return found == by_entity_.end() ? none : found->second;
}

std::vector<EntityId> Relations::with(RelationKind kind, std::string_view subject) const {
    const auto found = by_subject_.find({.kind = kind, .subject = std::string(subject)});
    if (found == by_subject_.end()) {
        return {};
    }
    return {found->second.begin(), found->second.end()};
}

std::vector<std::string> Relations::subjects(RelationKind kind) const {
    std::vector<std::string> found;
    for (auto at = by_subject_.lower_bound({.kind = kind, .subject = {}});
         at != by_subject_.end() && at->first.kind == kind; ++at) {
        found.push_back(at->first.subject);
    }
    return found;
}

} // namespace mailcast::chat
