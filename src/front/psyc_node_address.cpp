#include "front/psyc_node_address.h"

#include "base/ascii.h"
#include "psyc/uniform.h"

namespace mailcast::front {

std::optional<PsycNodeAddress> node_of(std::string_view text) {
    const auto uniform = psyc::parse_uniform(text);
    if (!uniform || uniform->kind == psyc::UniformKind::foreign || !uniform->connect_port() ||
        uniform->transport == 'd' || uniform->transport == 'g') {
        return std::nullopt;
    }
    psyc::Uniform root = *uniform;
    root.resource = {};
    root.channel = {};
    return PsycNodeAddress{.root = root.normalised(),
                           .host = base::lowered(uniform->host),
                           .port = static_cast<std::uint16_t>(uniform->port),
                           .tls = uniform->transport == 's'};
}

} // namespace mailcast::front
