// Uniforms: the addresses of everything in PSYC.  Parsing gives views into the text; building and
// normalising give strings.  Pure; any thread.
//
//   psyc://host[:[-]port[transport]][/[~person|@place|$service|object][#channel]]
//
// libpsyc's rules: host of letters, digits, "." and "-"; a ":" needs a port, but for the transports "s"
// (TLS, then 9404) and "g", where it may be left out.  A negative port is the peer port of a circuit: that
// address is reached over this circuit only.  user:password@host, which psyced also reads, is refused.
// Uniforms are compared in their normal form: lower case (psyced lower-cases them, too), the root with
// its slash, no default port, no slashes at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

constexpr std::size_t longest_uniform = 1024; // octets
constexpr std::size_t longest_name = 64;      // octets of a nick or the name of a room
constexpr int default_port = 4404;
constexpr int default_tls_port = 9404;

enum class UniformKind : unsigned char {
    root,     // the node itself
    person,   // ~
    place,    // @
    service,  // $
    object,   // a resource without a mark
    location, // negative port: a client at the other end of a circuit
    foreign,  // another scheme
};

struct Uniform {
    std::string_view scheme; // as written
    std::string_view host;   // as written; of foreign ones the best guess, "" for none
    std::string_view
        resource; // with its mark, without slashes at the ends; foreign: all behind the ":"
    std::string_view channel; // without "#"
    int port = 0;             // 0 when none is given
    char transport = '\0';    // lower case; '\0' when none is given
    UniformKind kind = UniformKind::root;

    // The resource without its mark.
    std::string_view name() const;

    // The port to connect to: the given one or the default; none of a location or a foreign uniform.
    std::optional<std::uint16_t> connect_port() const;

    std::string normalised() const;
};

std::optional<Uniform> parse_uniform(std::string_view text);

// The normal form of `text`, none when it is no uniform.
std::optional<std::string> normalised_uniform(std::string_view text);

// `authority` is the host, with ":port" when that is not the default.
std::string root_uniform(std::string_view authority);
std::string person_uniform(std::string_view authority, std::string_view nick);
std::string place_uniform(std::string_view authority, std::string_view name);
std::string location_uniform(std::string_view host, std::uint16_t peer_port);

// "*lab@host" and "#lab@host" are places, "~ada@host" is a person, "$x@host" a service, "ada@host" without a
// mark nothing: it may be an address of another protocol.
std::optional<std::string> uniform_of_address(std::string_view address);

// Nicks and names of rooms: A-Z a-z 0-9 _ - = +, the first none of = - 0-9.  There is no escaping.
bool is_legal_name(std::string_view name);

// The names under which this node is known.  Immutable once made; then any thread.
class HostNames {
  public:
    explicit HostNames(const std::vector<std::string>& names);

    // Without regard to case.
    bool contains(std::string_view host) const;

    // An entity of this node: our host, and no location of somebody who is connected to us.
    bool owns(const Uniform& uniform) const;

  private:
    std::vector<std::string> names_; // lower case
};

} // namespace mailcast::psyc
