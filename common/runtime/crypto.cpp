#include "common/runtime/crypto.hpp"

#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace common {
namespace {

constexpr std::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kIdBytes = 16;

unsigned char const* bytes(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

}  // namespace

std::string randomBytes(std::size_t size) {
    std::string result(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(result.data()), static_cast<int>(size)) != 1)
        throw std::runtime_error("the system's random generator failed");
    return result;
}

std::string randomId(std::string_view prefix) {
    std::string id(prefix);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (char const c : randomBytes(kIdBytes)) {
        pending = (pending << 8) | static_cast<std::uint8_t>(c);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            id += kBase32[(pending >> bits) & 31];
        }
    }
    // 128 bits are 25 letters of 5 bits and 3 bits over.
    id += kBase32[(pending << (5 - bits)) & 31];
    return id;
}

Sha256Digest sha256(std::string_view data) {
    Sha256Digest digest{};
    if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    return digest;
}

std::string sha256Hex(std::string_view data) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (auto const byte : sha256(data)) {
        text += kHex[byte >> 4];
        text += kHex[byte & 15];
    }
    return text;
}

Sha256Digest hmacSha256(std::string_view key, std::string_view data) {
    Sha256Digest digest{};
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(data), data.size(), digest.data(),
             nullptr) == nullptr)
        throw std::runtime_error("HMAC-SHA-256 failed");
    return digest;
}

std::string_view bytesOf(Sha256Digest const& digest) {
    return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}

std::string base64(std::string_view data) {
    std::string text((data.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with NUL
    auto const size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes(data), static_cast<int>(data.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> decodeBase64(std::string_view text) {
    if (text.size() % 4 != 0) return {};
    std::string data(text.size() / 4 * 3, '\0');
    auto const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()), bytes(text), static_cast<int>(text.size()));
    if (size < 0) return {};
    data.resize(static_cast<std::size_t>(size));
    for (auto end = text.size(); end > 0 && text[end - 1] == '=' && text.size() - end < 2; --end)
        data.pop_back();
    // OpenSSL skips blanks around the text and ignores stray bits; what does not read back the same is refused.
    if (base64(data) != text) return {};
    return data;
}

bool equalSecrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace common
