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

} // namespace mailcast::net
