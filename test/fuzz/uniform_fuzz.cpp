#include "psyc/uniform.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mailcast::psyc;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto uniform = parse_uniform(text)) {
        const std::string normal = uniform->normalised();
        const auto again = parse_uniform(normal);
        // The default port of a transport may make it longer than what is read.
        require(again.has_value() || normal.size() > longest_uniform,
                "the normal form is a uniform");
        if (again) {
            require(again->normalised() == normal, "the normal form is its own normal form");
            require(again->kind == uniform->kind, "the kind stays");
            require(again->connect_port() == uniform->connect_port(), "the port stays");
        }
        (void)uniform->name();
        (void)HostNames({"example.org"}).owns(*uniform);
    }
    if (const auto address = uniform_of_address(text)) {
        require(parse_uniform(*address).has_value() || address->size() > longest_uniform,
                "an address becomes a uniform");
    }
    if (is_legal_name(text)) {
        const auto person = parse_uniform(person_uniform("example.org", text));
        require(person && person->kind == UniformKind::person, "a legal nick makes a person");
    }
    return 0;
}
