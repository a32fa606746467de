// From listeners of the configuration to what net opens: addresses, doors, certificates.
#pragma once

#include "app/configuration/configuration.h"
#include "net/intake/mail_door.h"
#include "net/irc_circuit.h"
#include "net/listener.h"
#include "net/lookups.h"
#include "net/psyc_circuit.h"

#include <expected>
#include <memory>
#include <string>

namespace mailcast::app {

net::ListenAddress listen_address(const Listener& listener);

// The error names the listener and the file that is wrong.
std::expected<std::shared_ptr<const net::MailDoor>, std::string>
make_mail_door(const Configuration& configuration, const Listener& listener);

std::expected<std::shared_ptr<const net::PsycDoor>, std::string>
make_psyc_door(const Configuration& configuration, const Listener& listener);

std::expected<std::shared_ptr<const net::IrcDoor>, std::string>
make_irc_door(const Listener& listener);

std::shared_ptr<const net::LookupDoor> make_lookup_door(const Configuration& configuration,
                                                        const Listener& listener);

} // namespace mailcast::app
