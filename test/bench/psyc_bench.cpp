// How fast packets are read and rendered, in both generations.
#include "psyc/parser.h"
#include "psyc/renderer.h"
#include "psyc/state.h"
#include "psyc/uniform.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace mailcast::psyc {
namespace {

constexpr std::array chat_variables{Variable{"_context", "psyc://example.org/@lab"},
                                    Variable{"_source_relay", "psyc://example.net/~bea"},
                                    Variable{"_nick", "bea"}, Variable{"_nick_place", "lab"}};

std::string text_of(std::size_t size) {
    std::string text;
    while (text.size() < size) {
        text += "The quick brown fox jumps over the lazy dog, seventy octets to a line.\n";
    }
    text.resize(size);
    return text;
}

enum class Shape : std::int64_t { chat, mail, megabyte };

std::string packet_of(Generation generation, Shape shape) {
    std::string out;
    if (shape == Shape::mail) {
        const std::string content = text_of(5000);
        const std::array variables{Variable{"_source", "psyc://example.org/~ada"},
                                   Variable{"_target", "psyc://client.example.net:-40112/"},
                                   Variable{"_source_relay", "mailto:carol@example.com"},
                                   Variable{"_nick", "carol@example.com"},
                                   Variable{"_nick_target", "~ada"},
                                   Variable{"_subject", "Minutes of the meeting"},
                                   Variable{"_content", content},
                                   Variable{"_host_source", "mx.example.com"},
                                   Variable{"_host_target", "example.org"}};
        append_packet(out, generation, variables, "_notice_email_delivered",
                      "([_nick] to [_nick_target]) [_subject]\n[_content]");
        return out;
    }
    const std::string body =
        shape == Shape::chat ? "hi all, how are you today?" : text_of(1'000'000);
    append_packet(out, generation, chat_variables, "_message_public", body);
    return out;
}

void set_arguments(benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgNames({"v1", "shape"});
    for (const std::int64_t generation : {0, 1}) {
        for (const std::int64_t shape : {0, 1, 2}) {
            benchmark->Args({generation, shape});
        }
    }
}

Generation generation_of(const benchmark::State& state) {
    return state.range(0) == 0 ? Generation::classic : Generation::v1;
}

void report(benchmark::State& state, std::size_t packets, std::size_t octets) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(packets));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(octets));
}

// Many packets in one read, as on a busy circuit.
void parse_from_input(benchmark::State& state) {
    const Generation generation = generation_of(state);
    const std::string one = packet_of(generation, static_cast<Shape>(state.range(1)));
    const std::size_t packets = one.size() < 10'000 ? 64 : 1;
    std::string octets;
    for (std::size_t i = 0; i < packets; ++i) {
        octets += one;
    }
    Parser parser(generation);
    for (auto _ : state) {
        std::string_view input = octets;
        std::size_t read = 0;
        for (;;) {
            const auto packet = parser.next(input);
            if (!packet || !*packet) {
                break;
            }
            benchmark::DoNotOptimize((*packet)->body.data());
            ++read;
        }
        if (read != packets) {
            std::abort();
        }
    }
    report(state, packets, octets.size());
}

BENCHMARK(parse_from_input)->Apply(set_arguments);

// One packet a read, then idle: what a quiet circuit pays.
void parse_one_and_idle(benchmark::State& state) {
    const Generation generation = generation_of(state);
    const std::string octets = packet_of(generation, static_cast<Shape>(state.range(1)));
    Parser parser(generation);
    for (auto _ : state) {
        std::string_view input = octets;
        benchmark::DoNotOptimize(parser.next(input));
        benchmark::DoNotOptimize(parser.next(input));
    }
    report(state, 1, octets.size());
}

BENCHMARK(parse_one_and_idle)->Apply(set_arguments);

// Reads of 16 KiB: what the buffer costs.
void parse_in_reads(benchmark::State& state) {
    const Generation generation = generation_of(state);
    const std::string octets = packet_of(generation, static_cast<Shape>(state.range(1)));
    Parser parser(generation);
    for (auto _ : state) {
        for (std::size_t at = 0; at < octets.size(); at += 16384) {
            std::string_view input = std::string_view(octets).substr(at, 16384);
            benchmark::DoNotOptimize(parser.next(input));
        }
    }
    report(state, 1, octets.size());
}

BENCHMARK(parse_in_reads)->Apply(set_arguments);

void render(benchmark::State& state) {
    const Generation generation = generation_of(state);
    const std::string body = state.range(1) == 0 ? "hi all, how are you today?"
                                                 : text_of(state.range(1) == 1 ? 5000 : 1'000'000);
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_packet(out, generation, chat_variables, "_message_public", body);
        benchmark::DoNotOptimize(out.data());
    }
    report(state, 1, out.size());
}

BENCHMARK(render)->Apply(set_arguments);

// The head of one receiver before a shared tail.
void render_head(benchmark::State& state) {
    const std::array variables{Variable{"_source", "psyc://example.org/~ada"},
                               Variable{"_target", "psyc://client.example.net:-40112/"}};
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_head(out, Generation::classic, variables);
        benchmark::DoNotOptimize(out.data());
    }
    report(state, 1, out.size());
}

BENCHMARK(render_head);

void normalise_uniform(benchmark::State& state) {
    const std::string_view text = "psyc://Example.org:4404/~Ada";
    for (auto _ : state) {
        benchmark::DoNotOptimize(normalised_uniform(text));
    }
    report(state, 1, text.size());
}

BENCHMARK(normalise_uniform);

} // namespace
} // namespace mailcast::psyc

BENCHMARK_MAIN();
