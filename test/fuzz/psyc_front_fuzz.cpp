// A whole PSYC client of a node in memory: whatever it sends, what it and another client get is whole packets, and
// nobody is made to speak who did not.  The first octet says which generation it speaks, how the rest is cut, and
// whether it is linked to a person before.
#include "front/test_node.h"
#include "psyc_sent.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace mailcast;
using front::PsycNode;
using psyc::Generation;

constexpr std::string_view nobody = "psyc://chat.example.org/~cyd"; // is not linked

// Answers come from whom was asked, and so does the echo of what was said to her.
bool is_talk(std::string_view method) {
    return (method.starts_with("_message") && !method.starts_with("_message_echo")) ||
           method.starts_with("_notice_presence");
}

void read(psyc::SentReader& reader, const std::string& octets) {
    reader.read(octets, [&octets](const psyc::Packet& packet) {
        for (const std::string_view name : {"_source", "_source_relay", "_context"}) {
            psyc::require(!is_talk(packet.method) || packet.text_of(name) != nobody,
                          "nobody speaks for others", octets);
        }
    });
}

constexpr std::string_view link_classic =
    ".\n:_target\tpsyc://chat.example.org/~ada\n:_password\tsecret\n_request_link\n.\n"
    ":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n";
constexpr std::string_view link_newer =
    "|\n:_target\tpsyc://chat.example.org/~ada\n\n:_password\tsecret\n_request_link\n|\n"
    ":_target\tpsyc://chat.example.org/@lab\n\n_request_enter\n|\n";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const bool newer = (data[0] & 1) != 0;
    const bool linked = (data[0] & 2) != 0;
    const std::size_t piece = 1 + (data[0] >> 2U) * 16U;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);

    PsycNode node;
    node.backing.passwords[front::cyd] = "that nobody says";
    node.mail(front::ada, "A subject", "some words\n.\n|\nand more");
    auto other = node.in_lab("bob");
    auto client = node.connect();
    psyc::SentReader others(Generation::classic);
    psyc::SentReader own(newer ? Generation::v1 : Generation::classic);
    other->output.take();
    read(own,
         node.say(*client, linked ? (newer ? link_newer : link_classic) : (newer ? "|\n" : ".\n")));
    for (std::size_t at = 0; at < octets.size() && !client->output.closed; at += piece) {
        node.now += std::chrono::milliseconds(300);
        read(own, node.say(*client, octets.substr(at, piece)));
        client->session.tick(node.now);
        client->front->tick(node.now, at % 2 == 0);
        node.backing.settle();
        read(own, client->output.take());
        read(others, other->output.take());
    }
    if (client->output.closed) {
        client->front->disconnected();
    } else {
        node.publish(node.mail_note({front::ada, front::lab}, "Another", "after all"));
        node.backing.settle();
        read(own, client->output.take());
    }
    node.now += std::chrono::minutes(10);
    other->front->tick(node.now, true);
    node.backing.settle();
    read(others, other->output.take());
    return 0;
}
