#include "tests/support/test_ca.hpp"

#include <boost/asio/buffer.hpp>

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace support {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Key makeKey() {
    Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    if (!key) throw std::runtime_error("no key");
    return key;
}

void addExtension(X509& certificate, X509& issuer, int kind, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) throw std::runtime_error("bad extension " + value);
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Unsigned; the subject is `name`.
Certificate makeCertificate(EVP_PKEY& key, std::string const& name, long fromS, long toS) {
    static long serial = 1;
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), fromS);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), toS);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
    return certificate;
}

std::string text(BIO& bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pemOf(X509& certificate) {
    Bio const bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(bio.get(), &certificate);
    return text(*bio);
}

std::string pemOf(EVP_PKEY& key) {
    Bio const bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return text(*bio);
}

}  // namespace

std::shared_ptr<boost::asio::ssl::context> TestCertificate::serverContext() const {
    using boost::asio::ssl::context;
    auto made = std::make_shared<context>(context::tls_server);
    made->use_certificate_chain(boost::asio::buffer(certificatePem));
    made->use_private_key(boost::asio::buffer(keyPem), context::pem);
    return made;
}

struct TestCa::Impl {
    Key key = makeKey();
    Certificate certificate = makeCertificate(*key, "tickbell test authority", -3'600, 86'400);
};

TestCa::TestCa() : impl_(std::make_unique<Impl>()) {
    auto& certificate = *impl_->certificate;
    X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate));
    addExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    addExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
    X509_sign(&certificate, impl_->key.get(), EVP_sha256());
    pem_ = pemOf(certificate);
}

TestCa::~TestCa() = default;

TestCertificate TestCa::issue(std::vector<std::string> const& names, long fromS, long toS) const {
    auto const key = makeKey();
    auto const certificate = makeCertificate(*key, "tickbell test peer", fromS, toS);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(impl_->certificate.get()));
    std::string all;
    for (auto const& name : names)
        all += (all.empty() ? "" : ",") + name;
    addExtension(*certificate, *impl_->certificate, NID_subject_alt_name, all);
    X509_sign(certificate.get(), impl_->key.get(), EVP_sha256());
    return {pemOf(*certificate), pemOf(*key)};
}

}  // namespace support
