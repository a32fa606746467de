// What one LMTP or SMTP listener is set to: immutable, shared by its circuits; a reload of the
// configuration makes a new one for the circuits to come.
#pragma once

#include "base/address_set.h"
#include "mail/envelope.h"
#include "smtp/session.h"

#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mailcast::net {

enum class TlsMode { none, starttls, implicit };

struct MailDoor {
    std::string name;         // "lmtp 127.0.0.1:2424", for the log
    smtp::Options options;    // as for an untrusted peer without TLS
    base::AddressSet trusted; // whose XFORWARD is believed
    TlsMode tls = TlsMode::none;
    std::shared_ptr<boost::asio::ssl::context> certificate; // null without TLS
};

} // namespace mailcast::net
