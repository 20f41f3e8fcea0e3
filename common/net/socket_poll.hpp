#pragma once

#include "common/net/asio_types.hpp"

#include <memory>

namespace common::net {

/// Tells which of many sockets can be read or written: one epoll set of their own under the loop's. A socket is
/// registered once, for both directions and edge-triggered, so that a read or a write that has to wait costs neither a
/// call of the kernel nor memory of an operation. On the io_context's thread.
class SocketPoll {
public:
    /// Whoever owns a socket. What is told is an edge: it comes once, until a read or write has met would_block.
    class Watcher {
    public:
        struct Ready {
            bool readable;
            bool writable;
            bool ended;  ///< the peer has closed or the connection broke: read until it shows
        };
        virtual void onReady(Ready ready) = 0;

    protected:
        ~Watcher() = default;

    private:
        friend class SocketPoll;
        bool watched_ = false;
    };

    explicit SocketPoll(asio::io_context& io);
    ~SocketPoll();
    SocketPoll(SocketPoll const&) = delete;
    SocketPoll& operator=(SocketPoll const&) = delete;

    /// False when the kernel refuses (memory, max_user_watches). What is ready by now is told, too.
    [[nodiscard]] bool add(int socket, Watcher& watcher);
    /// The socket lives on elsewhere; nothing is told any more.
    void remove(int socket, Watcher& watcher);
    /// As remove, for a socket that is closed now. Nothing happens when it is not watched.
    void forget(Watcher& watcher);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace common::net
