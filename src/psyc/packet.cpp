#include "psyc/packet.h"

namespace mailcast::psyc {

const Modifier* Packet::find(std::string_view name) const {
    if (name.empty()) {
        return nullptr;
    }
    for (std::size_t i = modifiers.size(); i-- > 0;) {
        const Modifier& modifier = modifiers[i];
        if (modifier.name == name &&
            (modifier.operation == Operator::set || modifier.operation == Operator::assign)) {
            return &modifier;
        }
    }
    return nullptr;
}

std::optional<std::string_view> Packet::value_of(std::string_view name) const {
    const Modifier* found = find(name);
    return found == nullptr ? std::nullopt : std::optional{found->value};
}

std::string_view Packet::text_of(std::string_view name) const {
    const Modifier* found = find(name);
    return found == nullptr ? std::string_view{} : found->value;
}

} // namespace mailcast::psyc
