#include "common/net/tls.hpp"

#include <boost/asio/buffer.hpp>

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace common::net {
namespace {

using boost::asio::ssl::context;

TlsContext makeContext(context::method method) {
    auto made = std::make_shared<context>(method);
    SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(made->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    return made;
}

}  // namespace

std::expected<TlsContext, std::string> makeTlsClient(TlsClientOptions options) {
    auto made = makeContext(context::tls_client);
    boost::system::error_code error;
    made->set_verify_mode(boost::asio::ssl::verify_peer);
    made->set_default_verify_paths(error);
    if (error) return std::unexpected(fmt::format("the system's certificate store: {}", error.message()));
    if (!options.caFile.empty()) made->load_verify_file(options.caFile, error);
    if (error) return std::unexpected(fmt::format("{}: {}", options.caFile, error.message()));
    if (!options.caPem.empty()) made->add_certificate_authority(boost::asio::buffer(options.caPem), error);
    if (error) return std::unexpected(fmt::format("the certificate authority given as text: {}", error.message()));
    return made;
}

std::expected<TlsContext, std::string> makeTlsServer(std::string const& certificateFile, std::string const& keyFile) {
    auto made = makeContext(context::tls_server);
    boost::system::error_code error;
    made->use_certificate_chain_file(certificateFile, error);
    if (error) return std::unexpected(fmt::format("{}: {}", certificateFile, error.message()));
    made->use_private_key_file(keyFile, context::pem, error);
    if (error) return std::unexpected(fmt::format("{}: {}", keyFile, error.message()));
    if (SSL_CTX_check_private_key(made->native_handle()) != 1)
        return std::unexpected(fmt::format("{} is not the key of {}", keyFile, certificateFile));
    return made;
}

}  // namespace common::net
