// Runs every dialogue script against smtp::Session in memory: whole, octet by octet, and cut at every place.
#include "memory_peer.h"
#include "script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mailcast::dialogue {
namespace {

constexpr std::size_t longest_cut_everywhere =
    2000; // octets of input; longer ones are cut at some places

smtp::Options options_of(const Script& script) {
    smtp::Options options;
    options.hostname = "chat.example.org";
    options.dialect =
        script.option("dialect", "lmtp") == "smtp" ? smtp::Dialect::smtp : smtp::Dialect::lmtp;
    options.external = {.message_size = std::stoull(script.option("size", "25000000")),
                        .recipients = std::stoull(script.option("recipients", "1000"))};
    options.internal = options.external;
    options.errors_in_a_row = std::stoi(script.option("errors", "20"));
    options.command_line = std::stoull(script.option("line", "12288"));
    options.xforward = script.option("xforward", "no") == "yes";
    options.starttls = script.option("starttls", "no") == "yes";
    options.authentication = script.option("auth", "no") != "no";
    options.authentication_required = script.option("auth", "no") == "required";
    options.dsn = script.option("dsn", "no") == "yes";
    options.reject_bare_lf = script.option("bare-line-ends", "refuse") == "refuse";
    return options;
}

// Hands the octets of one send to the peer; the second argument is where they stand in the whole input.
using Feed = std::function<void(MemoryPeer&, std::string_view, std::size_t)>;

std::string take_line(std::string& written) {
    const std::size_t end = written.find("\r\n");
    if (end == std::string::npos) {
        return "(nothing)";
    }
    std::string line = written.substr(0, end);
    written.erase(0, end + 2);
    return line;
}

// One run of the script; expectations are those of gtest.  Gives the transcript.
std::string play(const Script& script, const std::string& name, const Feed& feed) {
    const smtp::Options options = options_of(script);
    MemoryPeer peer(options);
    std::string to_send;
    std::string written;
    std::size_t sent = 0;
    std::size_t mails_seen = 0;
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        const Step& step = script.steps[i];
        SCOPED_TRACE(name + ':' + std::to_string(step.number));
        if (step.kind == Step::Kind::send) {
            to_send += step.text;
            continue;
        }
        if (!to_send.empty()) {
            EXPECT_EQ(written, "") << "the server said what no step names";
            written.clear();
            feed(peer, to_send, sent);
            sent += to_send.size();
            to_send.clear();
        }
        written += peer.take_written();
        switch (step.kind) {
        case Step::Kind::line:
            EXPECT_EQ(take_line(written), step.text);
            break;
        case Step::Kind::match: {
            const std::string line = take_line(written);
            EXPECT_TRUE(std::regex_match(line, step.pattern)) << line;
            break;
        }
        case Step::Kind::closed:
            EXPECT_EQ(written, "");
            EXPECT_TRUE(peer.closed());
            break;
        case Step::Kind::mail:
            EXPECT_LT(mails_seen, peer.mails().size());
            if (mails_seen < peer.mails().size()) {
                EXPECT_EQ(peer.mails()[mails_seen], step.text);
            }
            ++mails_seen;
            break;
        case Step::Kind::mails:
            EXPECT_EQ(std::to_string(peer.mails().size()), step.text);
            break;
        case Step::Kind::send:
            break;
        }
    }
    EXPECT_EQ(to_send, "") << name << ": the script ends with a send";
    EXPECT_EQ(written, "") << name << ": the server said what no step names";
    return peer.transcript();
}

std::size_t octets_sent(const Script& script) {
    std::size_t octets = 0;
    for (const Step& step : script.steps) {
        octets += step.kind == Step::Kind::send ? step.text.size() : 0;
    }
    return octets;
}

class Dialogue : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Dialogue, runs_the_same_however_it_is_cut) {
    const Script script = read_script(GetParam());
    const std::string name = GetParam().filename().string();
    const std::string whole =
        play(script, name,
             [](MemoryPeer& peer, std::string_view octets, std::size_t) { peer.receive(octets); });
    if (HasFailure() || script.option("cuts", "yes") == "no") {
        return;
    }
    const std::string by_octet = play(script, name + " octet by octet",
                                      [](MemoryPeer& peer, std::string_view octets, std::size_t) {
                                          for (const char octet : octets) {
                                              peer.receive({&octet, 1});
                                          }
                                      });
    ASSERT_EQ(by_octet, whole);

    const std::size_t size = octets_sent(script);
    const std::size_t stride = 1 + size / longest_cut_everywhere * 97;
    for (std::size_t cut = 1; cut < size; cut += stride) {
        const std::string at_cut =
            play(script, name + " cut at " + std::to_string(cut),
                 [cut](MemoryPeer& peer, std::string_view octets, std::size_t start) {
                     const std::size_t here =
                         cut > start ? std::min(cut - start, octets.size()) : 0;
                     if (here > 0) {
                         peer.receive(octets.substr(0, here));
                     }
                     if (here < octets.size()) {
                         peer.receive(octets.substr(here));
                     }
                 });
        ASSERT_EQ(at_cut, whole) << "cut at " << cut;
    }
}

std::vector<std::filesystem::path> all_scripts() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(MAILCAST_SOURCE_DIR "/test/dialogue")) {
        if (entry.path().extension() == ".dialogue") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& info) {
    std::string name = info.param.stem().string();
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Scripts, Dialogue, testing::ValuesIn(all_scripts()), test_name);

} // namespace
} // namespace mailcast::dialogue
