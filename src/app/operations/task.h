// One request while it is carried out, and the small words that all operations share.  Of the
// files of this folder only.
#pragma once

#include "app/operations/operations.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mailcast::app {

// ~ada, *lab
std::string spelled(chat::EntityKind kind, std::string_view name);

// "person" or "place"
std::string_view kind_word(chat::EntityKind kind);

struct Operations::Task {
    Request request;
    std::function<void(Reply)> done;
    std::shared_ptr<const Configuration> configuration;
    store::Accounts accounts;
    std::shared_ptr<const delivery::Directory> directory;

    const store::Account* find(chat::EntityKind kind, std::string_view name) const {
        const delivery::Entity* entity = directory->find(kind, name);
        return entity == nullptr ? nullptr : find(entity->id);
    }

    const store::Account* find(chat::EntityId id) const {
        const auto found = std::ranges::find(accounts.accounts, id, &store::Account::id);
        return found == accounts.accounts.end() ? nullptr : &*found;
    }

    // What ENTITY names; else why there is nothing.
    std::expected<const store::Account*, Reply> entity() const;
};

} // namespace mailcast::app
