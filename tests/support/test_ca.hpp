#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace support {

struct TestCertificate {
    std::string certificatePem;
    std::string keyPem;
    /// For a server that shows this certificate.
    std::shared_ptr<boost::asio::ssl::context> serverContext() const;
};

/// A certificate authority that lives as long as a test, with keys made on the spot.
class TestCa {
public:
    TestCa();
    ~TestCa();
    TestCa(TestCa const&) = delete;
    TestCa& operator=(TestCa const&) = delete;

    std::string const& pem() const { return pem_; }
    /// `names` as OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`. Valid from `fromS` to `toS` seconds from now.
    TestCertificate issue(std::vector<std::string> const& names, long fromS = -3'600, long toS = 3'600) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::string pem_;
};

}  // namespace support
