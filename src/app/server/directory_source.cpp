#include "app/server/directory_source.h"

namespace mailcast::app {

std::shared_ptr<const delivery::Directory> make_directory(const Configuration& configuration,
                                                          const store::Accounts& accounts) {
    delivery::Directory::Source source;
    source.hostname = configuration.hostname;
    source.domains = configuration.domains;
    source.postmaster = configuration.postmaster;
    source.entities.reserve(accounts.accounts.size());
    for (const store::Account& account : accounts.accounts) {
        source.entities.push_back(
            {account.id, account.kind, account.name, account.display, account.rules});
    }
    source.aliases.reserve(accounts.aliases.size());
    for (const store::Alias& alias : accounts.aliases) {
        source.aliases.push_back({alias.address, alias.targets});
    }
    return delivery::Directory::make(std::move(source));
}

} // namespace mailcast::app
