#pragma once

#include <boost/asio/ssl/context.hpp>

#include <expected>
#include <memory>
#include <string>

namespace common::net {

/// Shared by all connections of a role; a connection keeps the one it began with, so a server's can be replaced.
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

struct TlsClientOptions {
    std::string caFile;  ///< PEM file trusted besides the system's store; empty = none
    std::string caPem;   ///< the same as text
};

/// TLS 1.2 or newer, peer verified against the system's store. The host name is set and checked per connection.
/// The error is a fragment that names the file at fault.
std::expected<TlsContext, std::string> makeTlsClient(TlsClientOptions options = {});

/// TLS 1.2 or newer with the certificate chain and key of these PEM files.
std::expected<TlsContext, std::string> makeTlsServer(std::string const& certificateFile, std::string const& keyFile);

}  // namespace common::net
