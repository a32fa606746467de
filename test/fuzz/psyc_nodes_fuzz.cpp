// Another node that says whatever it likes, on a circuit that it opened or that we opened to hand over a mail: what
// it hears is whole packets, it speaks for nobody but itself, and each recipient of the mail gets one answer.  The
// first octet says which circuit, which generation, and how the rest is cut.
#include "front/psyc/node_address.h"
#include "front/psyc/test_site.h"
#include "psyc_sent.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailcast;
using front::test::End;
using front::test::Site;
using psyc::Generation;

using psyc::require;

void check_sent(psyc::SentReader& reader, End& end) {
    reader.read(std::exchange(end.sent, {}), [](const psyc::Packet&) {});
}

// "psyc://b.example/~x _message": by its name or its address, both of which are its own.
void check_speaker(const std::string& heard) {
    const std::string uniform = heard.substr(0, heard.find(' '));
    const std::string host = front::host_in(uniform);
    require(host == "b.example" || host == "127.0.0.3", "a node speaks for itself", heard);
}

std::shared_ptr<const chat::Note> test_mail() {
    auto note = std::make_shared<chat::Note>();
    note->kind = chat::NoteKind::mail;
    note->time = base::from_unix_ms(1795435200000);
    note->source = "mailto:bea@example.net";
    note->source_name = "Bea";
    note->subject = "hello";
    note->text = "line one\n.\n|\nline two";
    note->badge = "external";
    note->mail.envelope_from = "bea@example.net";
    note->mail.message_id = "1@example.net";
    return note;
}

const std::vector<std::string> targets = {"psyc://b.example/~p1", "psyc://b.example/~p2",
                                          "psyc://b.example/@lab"};

constexpr std::string_view greeting_classic =
    ".\n:_source\tpsyc://b.example/\n\n:_implementation\tpsyced/0.99\n"
    "_notice_circuit_established\nHello\n.\n";
constexpr std::string_view greeting_newer =
    "|\n:_source\tpsyc://b.example/\n:_target\tpsyc://a.example/\n\n_request_circuit\n|\n"
    "\n:_list_understand_modules\t| _state| _context| _mail\n_request_features\n|\n";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const bool newer = (data[0] & 1) != 0;
    const bool greeted = (data[0] & 2) != 0;
    const bool dialled = (data[0] & 4) != 0;
    const std::size_t piece = 1 + (data[0] >> 3U) * 32U;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Generation generation = newer ? Generation::v1 : Generation::classic;

    int answers = 0;
    {
        Site site("a.example");
        site.nodes.hand_over(
            {.note = test_mail(), .targets = targets, .visible = {true, true, false}, .once = "k1"},
            [&answers](const std::vector<mail::Status>& statuses) {
                ++answers;
                require(statuses.size() == targets.size(), "one status for each recipient");
            });
        site.settle();
        const auto end = site.begin(dialled ? "psyc://b.example/" : "", "127.0.0.3");
        if (dialled) {
            end->peer->open(generation, site.now);
        }
        psyc::SentReader reader(generation);
        check_sent(reader, *end);
        const auto say = [&](std::string_view text) {
            end->session->receive(text, site.now);
            site.settle();
            check_sent(reader, *end);
        };
        say(greeted ? (newer ? greeting_newer : greeting_classic) : (newer ? "|\n" : ".\n"));
        for (std::size_t at = 0; at < octets.size() && !end->closed; at += piece) {
            say(octets.substr(at, piece));
            if (at % 3 == 0) {
                site.inside.store_all(at % 2 == 0);
            }
            site.tick(std::chrono::seconds(1));
            end->session->tick(site.now);
            end->peer->tick(site.now);
            site.settle();
            check_sent(reader, *end);
        }
        end->peer->disconnected("the end");
        site.inside.store_all();
        for (const std::string& heard : site.inside.packets) {
            check_speaker(heard);
        }
        for (const std::string& heard : site.inside.casts) {
            check_speaker(heard);
        }
        for (int minute = 0; minute < 60 && answers == 0; ++minute) {
            site.tick(std::chrono::minutes(1));
            site.settle();
            site.nodes.dial_failed("psyc://b.example/", "no answer");
        }
    }
    require(answers == 1, "a mail is answered once");
    return 0;
}
