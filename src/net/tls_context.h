// Server certificates.  Loaded when the configuration is (re)loaded; circuits keep the context they
// began with.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <expected>
#include <memory>
#include <string>

namespace mailcast::net {

// TLS 1.2 and 1.3.  The error names the file and what to do.
std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string>
load_certificate(const std::string& certificate_file, const std::string& key_file);

// For circuits that we open: verifies by the certificates in `authorities_file`, or the system's when it is "".
// `certificate_file` and `key_file` say who we are to those who ask; "" for nothing.
std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string>
load_authorities(const std::string& authorities_file, const std::string& certificate_file,
                 const std::string& key_file);

// Peers of `context`, which is a server's, may show who they are; whether that was verified each circuit asks
// itself.  The error names the file.
std::expected<void, std::string> ask_for_certificates(boost::asio::ssl::context& context,
                                                      const std::string& authorities_file);

} // namespace mailcast::net
