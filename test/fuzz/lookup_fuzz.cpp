// The two services that a mail server asks, over any octets: smtp::Socketmap and smtp::PolicyService.  The first
// octet chooses the service, the second how the input is cut.
// Holds them to: the same requests and answers however the input is cut; one answer each; no answer can be taken
// for two.
#include "smtp/policy_request.h"
#include "smtp/socketmap.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mailcast;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

// The whole conversation, with what was asked; the text of answers is what came in, which is the worst there is.
std::string lookups(std::string_view input, std::size_t step) {
    smtp::Socketmap service;
    std::string said;
    while (!input.empty() && !service.broken()) {
        std::string_view piece = input.substr(0, step);
        input.remove_prefix(piece.size());
        while (const auto query = service.next(piece)) {
            require(query->map.size() + query->key.size() <= smtp::Socketmap::max_query);
            require(query->map.find(' ') == std::string_view::npos);
            said.append(query->map).append("|").append(query->key).append("\n");
            service.answer(
                {.result = smtp::SocketmapAnswer::Result::ok, .text = std::string(query->key)});
        }
        require(piece.empty() || service.broken());
    }
    return said + service.take_output() + (service.broken() ? "!" : service.idle() ? "." : "");
}

std::string policies(std::string_view input, std::size_t step) {
    smtp::PolicyService service;
    std::string said;
    std::size_t asked = 0;
    while (!input.empty() && !service.broken()) {
        std::string_view piece = input.substr(0, step);
        input.remove_prefix(piece.size());
        while (const smtp::PolicyRequest* request = service.next(piece)) {
            ++asked;
            said += request->sender + "|" + request->recipient + "\n";
            service.answer(
                {.kind = smtp::PolicyAction::Kind::reject, .text = request->recipient + "\n\n"});
        }
        require(piece.empty() || service.broken());
    }
    const std::string output = service.take_output();
    std::size_t answers = 0;
    for (std::size_t at = output.find("\n\n"); at != std::string::npos;
         at = output.find("\n\n", at + 2)) {
        ++answers;
    }
    require(answers == asked);
    return said + output + (service.broken() ? "!" : service.idle() ? "." : "");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string text(data + 2, data + size);
    const std::size_t step = std::max<std::size_t>(data[1], 1);
    if ((data[0] & 1U) == 0) {
        require(lookups(text, text.size() + 1) == lookups(text, step));
    } else {
        require(policies(text, text.size() + 1) == policies(text, step));
    }
    return 0;
}
