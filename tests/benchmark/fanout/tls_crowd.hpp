#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

/// Clients with TLS that have upgraded, read their welcome and then keep silent until this ends.
class TlsCrowd {
public:
    /// One after the other; throws when one is refused.
    TlsCrowd(std::uint16_t port, std::size_t clients);
    ~TlsCrowd();
    TlsCrowd(TlsCrowd const&) = delete;
    TlsCrowd& operator=(TlsCrowd const&) = delete;

private:
    struct Client;
    std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace bench
