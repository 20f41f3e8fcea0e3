#include "tests/benchmark/fanout/tls_crowd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace bench {

struct TlsCrowd::Client {
    struct Freed {
        void operator()(SSL* connection) const { SSL_free(connection); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    Client(SSL_CTX* context, std::uint16_t port)
        : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), ssl(SSL_new(context)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        constexpr std::string_view kRequest =
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        if (connect(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
            SSL_set_fd(ssl.get(), socket) != 1 || SSL_connect(ssl.get()) != 1 ||
            SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size())) <= 0)
            throw std::runtime_error("a client with TLS was not let in");
        std::string got;
        std::array<char, 4'096> space{};
        while (got.find("welcome") == std::string::npos) {
            auto const bytes = SSL_read(ssl.get(), space.data(), static_cast<int>(space.size()));
            if (bytes <= 0) throw std::runtime_error("a client with TLS was not welcomed");
            got.append(space.data(), static_cast<std::size_t>(bytes));
        }
    }
    ~Client() { close(socket); }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    int socket;
    std::unique_ptr<SSL, Freed> ssl;
};

TlsCrowd::TlsCrowd(std::uint16_t port, std::size_t clients) {
    std::unique_ptr<SSL_CTX, Client::Freed> const context(SSL_CTX_new(TLS_client_method()));
    for (std::size_t i = 0; i < clients; ++i)
        clients_.push_back(std::make_unique<Client>(context.get(), port));
}

TlsCrowd::~TlsCrowd() = default;

}  // namespace bench
