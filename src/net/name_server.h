// What is asked of DNS.  The system's own blocks: only the Resolver's threads call it.  RFC 2782 (SRV).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailcast::net {

class NameServer {
  public:
    struct Service { // one SRV record
        std::uint16_t priority = 0;
        std::uint16_t weight = 0;
        std::uint16_t port = 0;
        std::string host;

        bool operator==(const Service&) const = default;
    };

    virtual ~NameServer() = default;

    // Numeric addresses; empty when the name has none, nullopt when nobody could be asked.  Any thread.
    virtual std::optional<std::vector<std::string>> addresses(const std::string& host) = 0;

    // `name` as "_psyc._tcp.example.org"; empty when there is no such record.  Any thread.
    virtual std::optional<std::vector<Service>> services(const std::string& name) = 0;
};

// getaddrinfo, and the system's stub resolver for SRV.
class SystemNameServer : public NameServer {
  public:
    std::optional<std::vector<std::string>> addresses(const std::string& host) override;
    std::optional<std::vector<Service>> services(const std::string& name) override;
};

} // namespace mailcast::net
