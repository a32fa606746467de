// Persistent variables: what "=", "+" and "-" left behind for later packets of the same scope.
// One StateScope per circuit and direction (classic: all variables; 1.0: those of routing) and one per
// context (1.0: the entity variables).  Bounded.  Owned and called by one thread.
//
// What the receiver of a packet sees is the persistent state with the packet's own ":" variables on
// top.  Only _list* variables can be augmented and diminished; for others "-" with a value and "+"
// are dropped, as the protocol obliges a final recipient to.
#pragma once

#include "psyc/error.h"
#include "psyc/packet.h"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

struct StateLimits {
    std::size_t variables = 64;
    std::size_t octets = 64U << 10; // of all names and values
    std::size_t elements = 404;     // of one list
    std::size_t changes = 256;      // made by one packet
};

// Which variables of a packet belong to a scope.
enum class Scope : unsigned char { all, routing, entity };

class StateScope {
  public:
    explicit StateScope(Scope scope, StateLimits limits = {}) : scope_(scope), limits_(limits) {}

    // Changes the state as the packet says, and gives the packet as its receiver shall see it: with
    // the persistent variables, and without "=", "+" and "-" where they belong to this scope.  The
    // result's modifiers are views into this object and into those of `packet`: they hold until the
    // next call and as long as `packet` does.
    // Errors: state_too_large; the state is then of no use, close the circuit.
    std::expected<Packet, Error> apply(const Packet& packet);

    void clear();

    std::size_t variables() const { return variables_.size(); }

    // Octets of all names and values.
    std::size_t octets() const { return octets_; }

  private:
    struct Variable {
        std::string name;
        Layer layer = Layer::entity;
        std::vector<std::string> lines; // classic: one per element of a list; 1.0: always one

        std::size_t octets() const;
    };

    bool belongs(const Modifier& modifier) const;
    Variable* find(std::string_view name);
    void forget(std::string_view name);
    void assign(const Modifier& modifier, std::string_view name);
    void append_element(std::string_view name, std::string_view value);
    void augment(const Modifier& modifier, std::string_view name, Generation generation);
    void diminish(const Modifier& modifier, std::string_view name, Generation generation);
    void change(Operator operation, const Modifier& modifier, std::string_view name,
                Generation generation);
    bool change_all(const Packet& packet);
    bool is_within_limits(std::string_view changed);

    Scope scope_;
    StateLimits limits_;
    std::vector<Variable> variables_;
    std::size_t octets_ = 0;       // of all variables
    std::vector<Modifier> merged_; // of the packet given out last
};

} // namespace mailcast::psyc
