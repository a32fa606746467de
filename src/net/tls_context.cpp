#include "net/tls_context.h"

#include <fmt/core.h>
#include <openssl/ssl.h>

#include <string_view>

namespace mailcast::net {

std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string>
load_certificate(const std::string& certificate_file, const std::string& key_file) {
    using boost::asio::ssl::context;
    auto made = std::make_shared<context>(context::tls_server);
    boost::system::error_code error;
    const auto failed = [&error](std::string_view what, const std::string& file) {
        return std::unexpected(fmt::format("{} '{}': {}", what, file, error.message()));
    };
    made->set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 |
                          context::no_tlsv1 | context::no_tlsv1_1 | context::single_dh_use,
                      error);
    // An idle circuit must not hold TLS's record buffers.
    ::SSL_CTX_set_mode(made->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    made->use_certificate_chain_file(certificate_file, error);
    if (error) {
        return failed("certificate", certificate_file);
    }
    made->use_private_key_file(key_file, context::pem, error);
    if (error) {
        return failed("key", key_file);
    }
    if (::SSL_CTX_check_private_key(made->native_handle()) != 1) {
        return std::unexpected(fmt::format("key '{}' does not belong to certificate '{}'", key_file,
                                           certificate_file));
    }
    return made;
}

} // namespace mailcast::net
