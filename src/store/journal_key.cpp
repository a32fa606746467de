#include "store/store.h"

#include <sodium.h>

namespace mailcast::store {

JournalKey journal_key_of(std::string_view name) {
    JournalKey key{};
    crypto_generichash(key.data(), key.size(),
                       static_cast<const unsigned char*>(static_cast<const void*>(name.data())),
                       name.size(), nullptr, 0);
    return key;
}

} // namespace mailcast::store
