#include "psyc/state.h"

#include "psyc/keyword.h"
#include "psyc/list.h"

#include <algorithm>

namespace mailcast::psyc {

namespace {

// Of all variables; an element of a list is one, too.  Every packet is given out with all of the state, so the state
// bounds what a packet costs: few octets must not make much work.
constexpr std::size_t most_values = 512;

bool is_persistent(Operator operation) {
    return operation == Operator::assign || operation == Operator::augment ||
           operation == Operator::diminish;
}

// A list of the typed form, every element with its own type.
std::string written(const std::vector<ListElement>& elements) {
    std::string out;
    for (const ListElement& element : elements) {
        out += '|';
        if (!element.type.empty()) {
            out += '=';
            out += element.type;
        }
        if (element.value.find('|') != std::string_view::npos) {
            out += element.type.empty() ? "" : ":";
            out += std::to_string(element.value.size());
        }
        out += ' ';
        out += element.value;
    }
    return out;
}

} // namespace

bool StateScope::belongs(const Modifier& modifier) const {
    return scope_ == Scope::all || (modifier.layer == Layer::routing) == (scope_ == Scope::routing);
}

StateScope::Variable* StateScope::find(std::string_view name) {
    const auto found = std::ranges::find(variables_, name, &Variable::name);
    return found == variables_.end() ? nullptr : &*found;
}

void StateScope::forget(std::string_view name) {
    std::erase_if(variables_, [&](const Variable& variable) { return variable.name == name; });
}

void StateScope::assign(const Modifier& modifier, std::string_view name) {
    if (modifier.value.empty()) {
        forget(name);
        return;
    }
    Variable* variable = find(name);
    if (variable == nullptr) {
        variable = &variables_.emplace_back(std::string(name), modifier.layer);
    }
    variable->lines.assign(1, std::string(modifier.value));
}

void StateScope::append_element(std::string_view name, std::string_view value) {
    if (Variable* variable = find(name)) {
        variable->lines.emplace_back(value);
    }
}

void StateScope::augment(const Modifier& modifier, std::string_view name, Generation generation) {
    if (!is_a(name, "_list")) {
        return;
    }
    Variable* variable = find(name);
    if (variable == nullptr) {
        assign(modifier, name);
    } else if (generation == Generation::classic) {
        variable->lines.emplace_back(modifier.value);
    } else {
        auto elements = parse_list(variable->lines.front());
        const auto added = parse_list(modifier.value);
        if (elements && added) {
            elements->insert(elements->end(), added->begin(), added->end());
            variable->lines.front() = written(*elements);
        }
    }
}

void StateScope::diminish(const Modifier& modifier, std::string_view name, Generation generation) {
    if (modifier.value.empty()) {
        forget(name);
        return;
    }
    Variable* variable = find(name);
    if (variable == nullptr || !is_a(name, "_list")) {
        return;
    }
    bool empty = false;
    if (generation == Generation::classic) {
        std::erase(variable->lines, modifier.value);
        empty = variable->lines.empty();
    } else {
        auto elements = parse_list(variable->lines.front());
        const auto removed = parse_list(modifier.value);
        if (!elements || !removed) {
            return;
        }
        std::erase_if(*elements, [&](const ListElement& element) {
            return std::ranges::find(*removed, element.value, &ListElement::value) !=
                   removed->end();
        });
        empty = elements->empty();
        variable->lines.front() = written(*elements);
    }
    if (empty) {
        forget(name);
    }
}

std::size_t StateScope::Variable::octets() const {
    std::size_t total = name.size();
    for (const std::string& line : lines) {
        total += line.size() + 1; // an empty line costs memory, too
    }
    return total;
}

void StateScope::clear() {
    variables_.clear();
    octets_ = 0;
}

void StateScope::change(Operator operation, const Modifier& modifier, std::string_view name,
                        Generation generation) {
    const Variable* before = find(name);
    octets_ -= before == nullptr ? 0 : before->octets();
    switch (operation) {
    case Operator::assign:
        if (modifier.continues_list()) {
            append_element(name, modifier.value);
        } else {
            assign(modifier, name);
        }
        break;
    case Operator::augment:
        augment(modifier, name, generation);
        break;
    case Operator::diminish:
        diminish(modifier, name, generation);
        break;
    default:
        break;
    }
    const Variable* after = find(name);
    octets_ += after == nullptr ? 0 : after->octets();
}

bool StateScope::is_within_limits(std::string_view changed) {
    std::size_t values = 0;
    for (const Variable& variable : variables_) {
        values += variable.lines.size();
    }
    const Variable* variable = find(changed);
    return variables_.size() <= limits_.variables && octets_ <= limits_.octets &&
           values <= most_values &&
           (variable == nullptr || variable->lines.size() <= limits_.elements);
}

// False when a limit was reached.
bool StateScope::change_all(const Packet& packet) {
    std::string_view name;
    Operator head = Operator::set;
    std::size_t changes = 0;
    for (const Modifier& modifier : packet.modifiers) {
        Operator operation = modifier.operation;
        if (!modifier.continues_list()) {
            name = modifier.name;
            head = operation;
        } else if (operation == Operator::set || operation == Operator::assign) {
            // "+" and "-" without a name speak of the variable before; ":" and "=" go on with its list.
            operation = head;
        }
        if (!is_persistent(operation) || !belongs(modifier)) {
            continue;
        }
        change(operation, modifier, name, packet.generation);
        if (++changes > limits_.changes || !is_within_limits(name)) {
            return false;
        }
    }
    return true;
}

std::expected<Packet, Error> StateScope::apply(const Packet& packet) {
    if (packet.is_empty()) {
        return packet; // a greeting or a ping, and one with variables would be none any more
    }
    if (packet.resets_state && scope_ != Scope::routing) {
        clear();
    }
    const bool changes = std::ranges::any_of(packet.modifiers, [this](const Modifier& modifier) {
        return is_persistent(modifier.operation) && belongs(modifier);
    });
    if (!changes && variables_.empty()) {
        return packet;
    }
    if (!change_all(packet)) {
        return std::unexpected(Error::state_too_large);
    }
    merged_.clear();
    bool keeps = true; // whether the elements that follow belong to a variable that was kept
    for (const Modifier& modifier : packet.modifiers) {
        const bool persistent = is_persistent(modifier.operation) && belongs(modifier);
        if (!modifier.continues_list()) {
            keeps = !persistent;
        }
        if (keeps && !persistent) {
            merged_.push_back(modifier);
        }
    }
    const std::size_t own = merged_.size();
    for (const Variable& variable : variables_) {
        const auto is_same = [&](const Modifier& modifier) {
            return modifier.operation == Operator::set && modifier.name == variable.name;
        };
        if (std::any_of(merged_.begin(), merged_.begin() + static_cast<std::ptrdiff_t>(own),
                        is_same)) {
            continue;
        }
        std::string_view name = variable.name;
        for (const std::string& line : variable.lines) {
            merged_.push_back({Operator::set, variable.layer, name, line});
            name = {};
        }
    }
    Packet result = packet;
    result.modifiers = merged_;
    return result;
}

} // namespace mailcast::psyc
