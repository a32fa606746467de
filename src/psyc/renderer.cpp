#include "psyc/renderer.h"

#include "psyc/keyword.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace mailcast::psyc {

namespace {

// Values above this are written with their length, so that a reader need not search their end.
constexpr std::size_t longest_simple_value = 4096;

// Two sinks with one shape: everything is written twice, first only to count the octets.
class Counter {
  public:
    void put(std::string_view text) { size_ += text.size(); }

    void put(char) { ++size_; }

    std::size_t size() const { return size_; }

  private:
    std::size_t size_ = 0;
};

class Writer {
  public:
    explicit Writer(char* at) : at_(at) {}

    void put(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }

    void put(char c) { *at_++ = c; }

  private:
    char* at_; // there is room for all that was counted
};

template <typename Sink>
void put_number(Sink& sink, std::size_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    sink.put(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

// `text` with every line feed written as `replacement`.
template <typename Sink>
void put_lines(Sink& sink, std::string_view text, std::string_view replacement) {
    for (;;) {
        const std::size_t line_feed = text.find('\n');
        sink.put(text.substr(0, line_feed));
        if (line_feed == std::string_view::npos) {
            return;
        }
        sink.put(replacement);
        text.remove_prefix(line_feed + 1);
    }
}

// --- classic
// --------------------------------------------------------------------------------------

// A body line that is exactly "." gets a space behind it.
template <typename Sink>
void put_dotted_body(Sink& sink, std::string_view body) {
    std::size_t written = 0;
    const auto protect = [&](std::size_t behind_dot) {
        sink.put(body.substr(written, behind_dot - written));
        sink.put(' ');
        written = behind_dot;
    };
    if (body == "." || body.starts_with(".\n")) {
        protect(1);
    }
    for (std::size_t at = body.find("\n."); at != std::string_view::npos;
         at = body.find("\n.", at + 1)) {
        if (at + 2 == body.size() || body[at + 2] == '\n') {
            protect(at + 2);
        }
    }
    sink.put(body.substr(written));
}

template <typename Sink>
void put_classic_line(Sink& sink, Operator operation, std::string_view name,
                      std::string_view value) {
    sink.put(static_cast<char>(operation));
    sink.put(name);
    sink.put('\t');
    put_lines(sink, value, "\n\t");
    sink.put('\n');
}

template <typename Sink>
void put_classic_variable(Sink& sink, const Variable& variable) {
    if (!variable.is_list) {
        put_classic_line(sink, Operator::set, variable.name, variable.value);
        return;
    }
    std::string_view name = variable.name;
    for (const std::string_view element : variable.elements) {
        sink.put(':');
        sink.put(name);
        sink.put('\t');
        put_lines(sink, element, " ");
        sink.put('\n');
        name = {};
    }
    if (variable.elements.empty()) {
        put_classic_line(sink, Operator::set, name, {});
    }
}

// --- 1.0
// ------------------------------------------------------------------------------------------

template <typename Sink>
void put_list(Sink& sink, std::span<const std::string_view> elements) {
    for (const std::string_view element : elements) {
        sink.put('|');
        if (element.find('|') != std::string_view::npos) {
            put_number(sink, element.size());
        }
        sink.put(' ');
        sink.put(element);
    }
}

template <typename Sink>
void put_routing_line(Sink& sink, Operator operation, std::string_view name,
                      std::string_view value) {
    sink.put(static_cast<char>(operation));
    sink.put(name);
    sink.put('\t');
    put_lines(sink, value, " ");
    sink.put('\n');
}

bool is_simple(std::string_view value) {
    return value.size() <= longest_simple_value && value.find('\n') == std::string_view::npos;
}

template <typename Sink>
void put_entity_line(Sink& sink, Operator operation, std::string_view name,
                     std::string_view value) {
    sink.put(static_cast<char>(operation));
    sink.put(name);
    if (!is_simple(value)) {
        sink.put(' ');
        put_number(sink, value.size());
    }
    sink.put('\t');
    sink.put(value);
    sink.put('\n');
}

template <typename Sink>
void put_v1_variable(Sink& sink, const Variable& variable, Layer layer) {
    if (!variable.is_list) {
        if (layer == Layer::routing) {
            put_routing_line(sink, Operator::set, variable.name, variable.value);
        } else {
            put_entity_line(sink, Operator::set, variable.name, variable.value);
        }
        return;
    }
    if (layer == Layer::routing) {
        // No list is a routing variable; an empty value is all that can be said.
        put_routing_line(sink, Operator::set, variable.name, {});
        return;
    }
    Counter size;
    put_list(size, variable.elements);
    const bool simple =
        size.size() <= longest_simple_value && std::ranges::all_of(variable.elements, is_simple);
    sink.put(':');
    sink.put(variable.name);
    if (!simple) {
        sink.put(' ');
        put_number(sink, size.size());
    }
    sink.put('\t');
    put_list(sink, variable.elements);
    sink.put('\n');
}

template <typename Sink>
void put_method_and_body(Sink& sink, std::string_view method, std::string_view body) {
    sink.put(method);
    sink.put('\n');
    if (!body.empty()) {
        sink.put(body);
        sink.put('\n');
    }
}

// "LF content" needs the length of what put_content() will write.
template <typename Sink, typename PutContent>
void put_v1_content(Sink& sink, const PutContent& put_content) {
    Counter size;
    put_content(size);
    if (size.size() != 0) {
        put_number(sink, size.size());
        sink.put('\n');
        put_content(sink);
    }
    sink.put("|\n");
}

// --- both
// -----------------------------------------------------------------------------------------

// A degree without a digit costs the whole packet at a classic receiver.
bool is_refused_degree(std::string_view name, std::string_view value) {
    return is_a(name, "_degree") && (value.empty() || !base::is_digit(value.front()));
}

bool is_sendable(Generation generation, const Variable& variable) {
    if (!is_keyword(variable.name) || is_private(variable.name)) {
        return false;
    }
    if (generation == Generation::v1) {
        return true;
    }
    const bool has_elements = variable.is_list && !variable.elements.empty();
    const std::string_view first_line = has_elements ? variable.elements.front() : variable.value;
    return variable.name != "_length" && !is_refused_degree(variable.name, first_line);
}

template <typename Sink>
void put_variables(Sink& sink, Generation generation, std::span<const Variable> variables,
                   Layer layer) {
    for (const Variable& variable : variables) {
        const bool routing = is_routing_name(variable.name, generation);
        if (routing != (layer == Layer::routing) || !is_sendable(generation, variable)) {
            continue;
        }
        if (generation == Generation::classic) {
            put_classic_variable(sink, variable);
        } else {
            put_v1_variable(sink, variable, layer);
        }
    }
}

template <typename Sink>
void put_tail(Sink& sink, Generation generation, std::span<const Variable> variables,
              std::string_view method, std::string_view body) {
    if (!is_sendable_method(generation, method)) {
        method = {};
    }
    if (generation == Generation::v1) {
        put_v1_content(sink, [&](auto& content) {
            put_variables(content, generation, variables, Layer::entity);
            if (!method.empty()) {
                put_method_and_body(content, method, body);
            }
        });
        return;
    }
    sink.put('\n');
    put_variables(sink, generation, variables, Layer::entity);
    if (!method.empty()) {
        sink.put(method);
        sink.put('\n');
        if (!body.empty()) {
            put_dotted_body(sink, body);
            sink.put('\n');
        }
    }
    sink.put(".\n");
}

template <typename Sink>
void put_read_classic(Sink& sink, const Packet& packet) {
    for (const Modifier& modifier : packet.modifiers) {
        put_classic_line(sink, modifier.operation, modifier.name, modifier.value);
    }
    if (!packet.method.empty()) {
        sink.put(packet.method);
        sink.put('\n');
        if (!packet.body.empty()) {
            put_dotted_body(sink, packet.body);
            sink.put('\n');
        }
    }
    sink.put(".\n");
}

template <typename Sink>
void put_read_v1(Sink& sink, const Packet& packet) {
    for (const Modifier& modifier : packet.modifiers) {
        if (modifier.layer == Layer::routing) {
            put_routing_line(sink, modifier.operation, modifier.name, modifier.value);
        }
    }
    put_v1_content(sink, [&](auto& content) {
        if (packet.resets_state) {
            content.put("=\n");
        }
        if (packet.asks_for_state) {
            content.put("?\n");
        }
        for (const Modifier& modifier : packet.modifiers) {
            if (modifier.layer == Layer::entity) {
                put_entity_line(content, modifier.operation, modifier.name, modifier.value);
            }
        }
        if (!packet.method.empty()) {
            put_method_and_body(content, packet.method, packet.body);
        }
    });
}

// Counts, makes room, writes.
template <typename Put>
void append_exactly(std::string& out, const Put& put) {
    Counter size;
    put(size);
    const std::size_t wanted = out.size() + size.size();
    if (wanted > out.capacity()) {
        // Into an empty string to the octet; where packets are collected, growing by halves wins.
        out.reserve(out.empty() ? wanted : std::max(wanted, out.capacity() + out.capacity() / 2));
    }
    const std::size_t before = out.size();
    out.resize_and_overwrite(wanted, [&](char* begin, std::size_t size_now) {
        Writer writer(begin + before);
        put(writer);
        return size_now;
    });
}

} // namespace

bool is_sendable_method(Generation generation, std::string_view method) {
    if (!is_keyword(method) || is_private(method)) {
        return false;
    }
    return generation == Generation::v1 || (method.starts_with('_') && !is_a(method, "_data"));
}

void append_head(std::string& out, Generation generation, std::span<const Variable> variables) {
    append_exactly(out,
                   [&](auto& sink) { put_variables(sink, generation, variables, Layer::routing); });
}

void append_tail(std::string& out, Generation generation, std::span<const Variable> variables,
                 std::string_view method, std::string_view body) {
    append_exactly(out, [&](auto& sink) { put_tail(sink, generation, variables, method, body); });
}

std::shared_ptr<const std::string> render_tail(Generation generation,
                                               std::span<const Variable> variables,
                                               std::string_view method, std::string_view body) {
    std::string tail;
    append_tail(tail, generation, variables, method, body);
    return std::make_shared<const std::string>(std::move(tail));
}

void append_packet(std::string& out, Generation generation, std::span<const Variable> variables,
                   std::string_view method, std::string_view body) {
    append_exactly(out, [&](auto& sink) {
        put_variables(sink, generation, variables, Layer::routing);
        put_tail(sink, generation, variables, method, body);
    });
}

void append_packet(std::string& out, const Packet& packet) {
    append_exactly(out, [&](auto& sink) {
        if (packet.generation == Generation::classic) {
            put_read_classic(sink, packet);
        } else {
            put_read_v1(sink, packet);
        }
    });
}

std::string render_error(Generation generation, Error error) {
    std::string out;
    append_packet(out, generation, {}, method_name(error, generation), description(error));
    return out;
}

} // namespace mailcast::psyc
