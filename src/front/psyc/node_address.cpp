#include "front/psyc/node_address.h"

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

std::string root_in(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    if (!parsed) {
        return {};
    }
    const auto slash = uniform.find('/', std::string_view("psyc://").size());
    return psyc::normalised_uniform(uniform.substr(0, slash)).value_or("");
}

std::string host_in(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed ? base::lowered(parsed->host) : std::string();
}

bool is_root_uniform(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed && parsed->kind == psyc::UniformKind::root;
}

} // namespace mailcast::front
