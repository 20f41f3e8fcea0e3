#pragma once

#include "common/core/json.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

using namespace std::chrono_literals;
using common::json::Value;

/// The server answered the upgrade with something else, or not at all.
class UpgradeRefused : public std::runtime_error {
public:
    UpgradeRefused(int status, std::string const& body) : std::runtime_error(body), status_(status) {}
    int status() const { return status_; }

private:
    int status_;  ///< 0 = the connection broke
};

/// A plain WebSocket client for tests: each call blocks until it has what it waits for or its deadline passes. Built on
/// Beast, so that what our own code writes is read by someone else's. One thread.
class WsTestClient {
public:
    struct Options {
        std::string target = "/ws";
        std::vector<std::pair<std::string, std::string>> headers = {};
        int receiveBufferBytes = 0;  ///< of the socket; 0 = the system's own
    };

    /// Connects to 127.0.0.1. Throws UpgradeRefused.
    explicit WsTestClient(std::uint16_t port) : WsTestClient(port, Options{}) {}
    WsTestClient(std::uint16_t port, Options const& options);
    ~WsTestClient();
    WsTestClient(WsTestClient&&) noexcept;

    void send(std::string_view text);
    void sendBinary(std::string_view bytes);
    void ping();
    /// The next text frame; nothing when the connection ended or the limit passed.
    std::optional<std::string> receive(std::chrono::milliseconds limit = 5s);

    /// Sends and waits for the next reply. Pushes that come before it are kept for push().
    Value ask(std::string_view request, std::chrono::milliseconds limit = 5s);
    /// The next reply to something that was sent; throws when none comes.
    Value reply(std::chrono::milliseconds limit = 5s);
    /// The oldest push of this type not yet asked for, kept or awaited; throws when none comes.
    Value push(std::string_view type, std::chrono::milliseconds limit = 5s);
    /// As push, or nothing: for what must not come. The limit is how long it could.
    std::optional<Value> maybePush(std::string_view type, std::chrono::milliseconds limit);
    /// All frames that came, in order, pushes and replies; for tests that judge the order.
    std::vector<std::string> const& seen() const;

    /// Reads and drops until the connection has ended: the close code, 1006 for a lost connection. Throws when it goes
    /// on past the limit.
    std::uint16_t closeCode(std::chrono::milliseconds limit = 10s);
    void close(std::uint16_t code = 1000);
    /// Drops the connection without a word.
    void abort();

private:
    struct Impl;
    std::optional<Value> take(std::function<bool(Value const&)> const& wanted, std::chrono::milliseconds limit);

    std::unique_ptr<Impl> impl_;
    std::deque<Value> kept_;
};

/// Text of a member, or its number's digits; empty when absent.
std::string text(Value const& object, std::string_view member);
/// An integer member; throws when it is none.
std::int64_t number(Value const& object, std::string_view member);

}  // namespace support
