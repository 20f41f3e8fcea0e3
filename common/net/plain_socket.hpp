#pragma once

#include "common/net/asio_types.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace common::net {

/// A connected TCP socket that never waits, straight on the kernel: no operation is set up for a read or a write and
/// nothing is allocated. SocketPoll tells when to try again. Owns its descriptor.
class PlainSocket {
public:
    struct Done {
        boost::system::error_code error;  ///< would_block: nothing can be done now; eof: the peer has closed
        std::size_t bytes = 0;
    };
    static constexpr std::size_t kPartsMax = 64;

    PlainSocket() = default;
    /// Takes over a descriptor in non-blocking mode.
    explicit PlainSocket(int descriptor) : descriptor_(descriptor) {}
    PlainSocket(PlainSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, kNone)) {}
    PlainSocket& operator=(PlainSocket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~PlainSocket();

    int descriptor() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, kNone); }

    Done receive(asio::mutable_buffer into);
    /// Takes as much as fits of all parts (at most kPartsMax) together, in one call.
    Done send(std::span<asio::const_buffer const> parts);
    /// The peer reads to the end and then sees that there is no more.
    void endSending();
    /// Ends both directions at once.
    void close();
    /// As close, but what is queued in the kernel does not go out any more.
    void reset();

private:
    static constexpr int kNone = -1;
    int descriptor_ = kNone;
};

}  // namespace common::net
