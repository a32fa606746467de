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

namespace {

std::expected<void, std::string> trust(boost::asio::ssl::context& context,
                                       const std::string& authorities_file) {
    boost::system::error_code error;
    if (authorities_file.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.load_verify_file(authorities_file, error);
    }
    if (error) {
        return std::unexpected(fmt::format(
            "certificates of authorities '{}': {}",
            authorities_file.empty() ? "of the system" : authorities_file, error.message()));
    }
    return {};
}

} // namespace

std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string>
load_authorities(const std::string& authorities_file, const std::string& certificate_file,
                 const std::string& key_file) {
    using boost::asio::ssl::context;
    auto made = std::make_shared<context>(context::tls_client);
    boost::system::error_code error;
    made->set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 |
                          context::no_tlsv1 | context::no_tlsv1_1,
                      error);
    ::SSL_CTX_set_mode(made->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    if (auto trusted = trust(*made, authorities_file); !trusted) {
        return std::unexpected(trusted.error());
    }
    if (!certificate_file.empty()) {
        made->use_certificate_chain_file(certificate_file, error);
        if (!error) {
            made->use_private_key_file(key_file, context::pem, error);
        }
        if (error) {
            return std::unexpected(
                fmt::format("certificate '{}': {}", certificate_file, error.message()));
        }
    }
    return made;
}

std::expected<void, std::string> ask_for_certificates(boost::asio::ssl::context& context,
                                                      const std::string& authorities_file) {
    if (auto trusted = trust(context, authorities_file); !trusted) {
        return trusted;
    }
    // Clients show none, and a bad one only counts as none: the result stays with the circuit.
    ::SSL_CTX_set_verify(context.native_handle(), SSL_VERIFY_PEER,
                         [](int, X509_STORE_CTX*) { return 1; });
    constexpr std::string_view id = "mailcast";
    ::SSL_CTX_set_session_id_context(
        context.native_handle(),
        static_cast<const unsigned char*>(static_cast<const void*>(id.data())),
        static_cast<unsigned>(id.size()));
    return {};
}

} // namespace mailcast::net
