#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// `size` bytes from the system's secure generator. Throws std::runtime_error when it fails: no secret may be made
/// then.
std::string randomBytes(std::size_t size);

/// `prefix` and 26 letters and digits that cannot be confused when read aloud (Crockford's base 32, lower case): 128
/// random bits, so ids cannot be guessed and serve as secrets.
std::string randomId(std::string_view prefix);

Sha256Digest sha256(std::string_view data);
std::string sha256Hex(std::string_view data);
Sha256Digest hmacSha256(std::string_view key, std::string_view data);
/// The digest's bytes as text, for base64 and comparison.
std::string_view bytesOf(Sha256Digest const& digest);

/// Standard alphabet with padding (RFC 4648 section 4).
std::string base64(std::string_view data);
/// Nothing for anything base64() would not write: wrong length, foreign characters, stray bits.
std::optional<std::string> decodeBase64(std::string_view text);

/// Takes the same time wherever the texts differ; their lengths are no secret.
bool equalSecrets(std::string_view a, std::string_view b);

}  // namespace common
