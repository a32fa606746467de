#include "psyc_round_trip.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mailcast::psyc;
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    check_generation(Generation::classic, octets);
    check_rendering(Generation::classic, octets);
    return 0;
}
