#pragma once

#include "examples/replay/protocol/control.hpp"
#include "examples/replay/protocol/outbox.hpp"
#include "examples/replay/protocol/stream_hub.hpp"
#include "examples/replay/rest/http_reply.hpp"
#include "examples/replay/rules/rules.hpp"
#include "examples/replay/server/net.hpp"
#include "examples/replay/server/transport.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace replay {

/// A request as it came off the wire.
struct HttpRequest {
    std::string method;
    std::string target;
    std::string body;
    bool microseconds = false;
    bool isUpgrade = false;
    std::string webSocketKey;
    bool keepAlive = true;
};

class Connection;

/// What a connection needs from the server that owns it.
class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;
    virtual TimeMs now() const = 0;
    virtual RuleLimits const& rules() const = 0;
    virtual Violations& violations() = 0;
    virtual StreamHub& hub() = 0;
    virtual HttpReply answer(HttpRequest const& request, std::string const& address) = 0;
    /// Delay of REST answers and of SUBSCRIBE's acknowledgement.
    virtual DurationMs replyDelay(HttpRequest const& request) const = 0;
    virtual DurationMs ackDelay() const = 0;
    enum class Admission : std::uint8_t { Accept, Reset, TooMany };
    virtual Admission admit(std::string const& address) = 0;
    /// A socket took bytes: playing that waited for readers goes on.
    virtual void drained() = 0;
};

/// One TCP connection: HTTP requests, then perhaps a WebSocket. Lives on the network thread; the server owns it by
/// shared pointer until `run` ends. All faults end in closing the transport, after which `run` returns.
class Connection : public Subscriber, public std::enable_shared_from_this<Connection> {
public:
    struct Limits {
        std::size_t headBytesMax = 32U << 10U;
        std::size_t bodyBytesMax = 4U << 20U;
        std::size_t queueBytesMax = 64U << 20U;  ///< a reader that is further behind is cut
        DurationMs idleMs = 60'000;              ///< HTTP connections without a request
        DurationMs closeMs = 2'000;              ///< from the close frame to the reset
    };

    Connection(ConnectionHost& host, std::unique_ptr<Transport> transport, Executor executor, std::uint64_t id,
               std::string address, Outbox::Limits outbox);
    Task<void> run();

    bool isCombined() const override { return control_.isCombined(); }
    bool isMicroseconds() const override { return control_.isMicroseconds(); }
    void deliver(std::string_view symbol, std::string_view payload) override;

    bool isWebSocket() const { return isWebSocket_; }
    std::uint64_t id() const { return id_; }
    std::string const& address() const { return address_; }
    std::size_t streamCount() const { return control_.streams().size(); }
    std::uint64_t framesReceived() const { return framesReceived_; }
    std::uint64_t framesSent() const { return framesSent_; }
    std::size_t queuedBytes() const { return outbox_.bytes(); }

    /// Pings, deadlines, end of life. Called about every 100 ms.
    void tick(TimeMs now);
    /// Text frame outside of any stream: notices and garbage.
    void notice(std::string_view text);
    void rawBytes(std::string_view bytes);
    void closeWith(std::uint16_t code, std::string_view reason);
    void reset();
    /// Data frames (of one symbol, if named) are lost until then; pings and replies go on.
    void stall(std::string const& symbol, TimeMs until);

private:
    Task<void> serve();
    Task<std::optional<HttpRequest>> readRequest();
    Task<bool> upgrade(HttpRequest const& request);
    Task<void> readFrames();
    Task<void> handle(FrameReader::Message message);
    Task<void> writeLoop();
    Task<void> pause(DurationMs ms);
    void queue(Opcode opcode, std::string_view payload);
    void wake();
    bool takeFrame();

    ConnectionHost& host_;
    std::unique_ptr<Transport> transport_;
    Executor executor_;
    std::uint64_t id_;
    std::string address_;
    Limits limits_;
    ControlSession control_;
    Outbox outbox_;
    FrameReader reader_;
    RollingLimit frameRate_;
    std::optional<KeepAlive> keepAlive_;
    Timer wakeTimer_;
    std::string input_;
    TimeMs openedAt_;
    TimeMs lastRequestAt_;
    TimeMs closingSince_ = 0;
    std::map<std::string, TimeMs, std::less<>> stalls_;  ///< by symbol, empty = all; until when
    std::uint64_t framesReceived_ = 0;
    std::uint64_t framesSent_ = 0;
    bool isWebSocket_ = false;
    bool isAnswering_ = false;
    bool isOpen_ = true;
};

}  // namespace replay
