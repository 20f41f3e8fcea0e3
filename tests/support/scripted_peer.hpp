#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace support {

using Socket = boost::asio::ip::tcp::socket;

/// A server on loopback that does to each connection what its script says, then closes it. A script that a closed
/// socket ends is over, without a word.
class ScriptedPeer {
public:
    using Script = std::function<boost::asio::awaitable<void>(Socket& socket)>;

    ScriptedPeer(boost::asio::io_context& io, Script script);
    ~ScriptedPeer();
    ScriptedPeer(ScriptedPeer const&) = delete;
    ScriptedPeer& operator=(ScriptedPeer const&) = delete;

    std::uint16_t port() const;
    int accepted() const;
    /// Scripts that have not ended yet.
    int running() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Up to the blank line that ends an HTTP head, inclusive; what follows in the same read is put into `rest`.
boost::asio::awaitable<std::string> readHead(Socket& socket, std::string& rest);
boost::asio::awaitable<void> writeText(Socket& socket, std::string text);
/// Reads until the other side closes, and answers how much that was.
boost::asio::awaitable<std::size_t> drain(Socket& socket);
/// Closes so that the other side gets a reset.
void reset(Socket& socket);

/// The answer that accepts the upgrade asked for by `head`.
std::string upgradeAnswer(std::string const& head);
/// Takes the first whole frame of a client, unmasked, off the front of `bytes`; nothing while it is incomplete. Short
/// frames only (up to 65,535 bytes).
std::optional<std::string> takeClientFrame(std::string& bytes);
/// One frame as a server sends it; `first` is the byte of flags and opcode.
std::string serverFrame(unsigned first, std::string const& payload);

}  // namespace support
