// A whole PSYC client of a node in memory: whatever it sends, what it and another client get is whole packets, and
// nobody is made to speak who did not.  The first octet says which generation it speaks, how the rest is cut, and
// whether it is linked to a person before.
#include "front/test_node.h"
#include "psyc/parser.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mailcast;
using front::PsycNode;
using psyc::Generation;

void require(bool holds, const char* what, std::string_view octets) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n%.*s\n", what, static_cast<int>(octets.size()),
                     octets.data());
        std::abort();
    }
}

// Reads what a client gets.
class Reader {
  public:
    Reader(Generation generation, std::string_view nobody) : parser_(generation), nobody_(nobody) {}

    void read(std::string octets) {
        std::string_view input = octets;
        for (;;) {
            const auto packet = parser_.next(input);
            require(packet.has_value(), "what is sent is packets", octets);
            if (!*packet) {
                break;
            }
            if (is_talk((*packet)->method)) {
                for (const std::string_view name : {"_source", "_source_relay", "_context"}) {
                    require((*packet)->text_of(name) != nobody_, "nobody speaks for others",
                            octets);
                }
            }
        }
        require(!parser_.is_inside_packet(), "packets are sent whole", octets);
    }

  private:
    // Answers come from whom was asked, and so does the echo of what was said to her.
    static bool is_talk(std::string_view method) {
        return (method.starts_with("_message") && !method.starts_with("_message_echo")) ||
               method.starts_with("_notice_presence");
    }

    psyc::Parser parser_;
    std::string nobody_;
};

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
    const std::string_view nobody = "psyc://chat.example.org/~cyd";
    Reader others(Generation::classic, nobody);
    Reader own(newer ? Generation::v1 : Generation::classic, nobody);
    other->output.take();
    own.read(
        node.say(*client, linked ? (newer ? link_newer : link_classic) : (newer ? "|\n" : ".\n")));
    for (std::size_t at = 0; at < octets.size() && !client->output.closed; at += piece) {
        node.now += std::chrono::milliseconds(300);
        own.read(node.say(*client, octets.substr(at, piece)));
        client->session.tick(node.now);
        client->front->tick(node.now, at % 2 == 0);
        node.backing.settle();
        own.read(client->output.take());
        others.read(other->output.take());
    }
    if (client->output.closed) {
        client->front->disconnected();
    } else {
        node.publish(node.mail_note({front::ada, front::lab}, "Another", "after all"));
        node.backing.settle();
        own.read(client->output.take());
    }
    node.now += std::chrono::minutes(10);
    other->front->tick(node.now, true);
    node.backing.settle();
    others.read(other->output.take());
    return 0;
}
