#pragma once

#include "common/runtime/clock.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/protocol/limits.hpp"
#include "notifier/protocol/reply_order.hpp"
#include "notifier/session/delivery.hpp"
#include "notifier/session/hub.hpp"
#include "notifier/session/outbox.hpp"
#include "notifier/session/price_slots.hpp"
#include "notifier/session/session_metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// The socket behind a session, as the session sees it. Network thread.
class SessionPort {
public:
    virtual ~SessionPort() = default;
    virtual void wakeWriter() = 0;  ///< something was queued
    virtual void wakeReader() = 0;  ///< wantsInput() may have become true
    virtual void wakeTimer() = 0;   ///< deadline() may have come nearer
    /// Closes the socket, by a reset when what is queued in the kernel shall not go out any more. Comes last.
    virtual void finish(bool reset) = 0;
};

/// Reads an account's events in (after, upTo] for a replay; nothing when the store failed. Calls back on the network
/// thread.
using ReadEvents = std::function<void(common::AccountId account, Delivery::Range range, std::int64_t limit,
                                      std::function<void(std::optional<std::vector<common::Event>>)> done)>;

struct SessionDeps {
    CommandHandler& handler;
    Hub& hub;
    ReadEvents const& readEvents;
    common::Clock const& clock;
    ServerFacts const& facts;
    SessionMetrics& metrics;
};

/// One WebSocket client, everything but its socket: frames and time in, frames and a deadline out (spec section 3).
/// Lives on the network thread; the commands under way hold it weakly. Finished when it has called port.finish().
class Session final : public HubMember, public std::enable_shared_from_this<Session> {
public:
    struct Limits {
        CommandBucket::Limits commands;
        Outbox::Limits outbox;
        MisusePolicy::Limits misuse;
        std::size_t commandsUnderWayMax = 16;       ///< more wait in the socket
        std::size_t pacedBytesMax = 256 * 1024;     ///< with more replies unread nothing further is read or replayed
        std::int64_t pageEvents = 256;              ///< of one store read
        common::DurationMs pageRetryMs = 250;       ///< when a read failed, most likely because very many wait for one
        common::DurationMs pageFailingMs = 10'000;  ///< then the connection is given up
        common::DurationMs holdMs = 1'000;
        common::DurationMs authMs = 10'000;
        common::DurationMs silenceMs = 20'000;  ///< then a ping
        common::DurationMs pongMs = 10'000;     ///< then it is dead
        common::DurationMs closeMs = 5'000;     ///< for the peer's half of the close, then a reset
    };

    /// `deps` and `limits` are of all sessions and outlive them.
    Session(std::uint64_t number, SessionDeps const& deps, Limits const& limits, std::shared_ptr<Client> client,
            SessionPort& port);

    /// Queues the answer to the upgrade and the welcome, and becomes known to the hub.
    void start(std::string upgradeAnswer, Greeting const& greeting);

    // From the socket.
    void onText(std::string_view text);
    void onPing(std::string_view payload);
    void onClose(std::uint16_t code);
    /// Bytes came, whatever they mean.
    void onHeard();
    void onWritten();
    void onDeadline();
    /// The socket is gone.
    void onLost();

    /// Breaks the protocol or a limit, or a planned stop: queues the close frame behind what is queued.
    void close(common::CloseCode code) { close(code, limits_.closeMs); }
    /// `goodbye`, the answers to what was read, then close 1012.
    void goodbye(std::string_view reason, common::DurationMs reconnectInMs, common::DurationMs closeMs);

    /// False while more input would only pile up.
    bool wantsInput() const;
    /// Frames are no longer looked at; bytes are read only to see the end.
    bool ending() const { return state_ != State::Open; }
    bool finished() const { return state_ == State::Finished; }
    /// Monotonic milliseconds at which onDeadline() is due.
    std::int64_t deadline() const;
    Outbox& outbox() { return outbox_; }
    std::shared_ptr<Client> const& client() const { return client_; }

    // From the hub.
    void onEvent(LiveEvent& event) override;
    void onPush(Frame const& frame) override;
    void onPrice(common::Symbol const& symbol, Frame const& frame) override;

private:
    enum class State : std::uint8_t {
        Open,
        Closing,  ///< our close frame is queued or sent, the peer's is awaited
        Echoing,  ///< the peer's came, ours is on its way
        Finished
    };
    struct Answer {
        std::string frame;
        CommandOutcome outcome;
        bool endsHold = false;  ///< the hold waited for this one
    };

    std::int64_t nowMs() const { return deps_.clock.monotonicMs(); }
    void execute(ReplyOrder<Answer>::Slot slot, Command command);
    void settle(ReplyOrder<Answer>::Slot slot, Answer answer);
    void emit(Answer answer);
    void apply(SessionEffect const& effect);
    void apply(WatchChange const& change);
    void beginHold(std::int64_t seq);
    void endHold();
    void page();
    void pageFailed();
    void onPage(std::uint64_t generation, Delivery::Range range, std::optional<std::vector<common::Event>> events);
    void flushPrices();
    void checkSilence(std::int64_t now);
    void send(Frame frame);
    void sendLive(Frame const& frame);
    void close(common::CloseCode code, common::DurationMs withinMs);
    void finish(bool reset);

    std::uint64_t number_;
    SessionDeps const& deps_;
    Limits const& limits_;
    std::shared_ptr<Client> client_;
    SessionPort& port_;

    State state_ = State::Open;
    bool attached_ = false;  ///< the hub knows our account
    Outbox outbox_;
    Delivery delivery_;
    ReplyOrder<Answer> replies_;
    CommandBucket bucket_;
    MisusePolicy misuse_;
    common::DurationMs priceIntervalMs_ = 1'000;
    PriceSlots pricesDue_;  ///< wait for the interval to pass

    // Monotonic milliseconds; nothing = not running.
    std::int64_t heardMs_;
    std::optional<std::int64_t> holdUntilMs_;
    std::optional<std::int64_t> authUntilMs_;
    std::optional<std::int64_t> pongUntilMs_;
    std::optional<std::int64_t> closeUntilMs_;
    std::optional<std::int64_t> pageAgainMs_;      ///< no page is asked for before
    std::optional<std::int64_t> failingUntilMs_;   ///< no page could be read of late
    std::optional<common::DurationMs> goodbyeMs_;  ///< said; closes within this once all is answered
    std::int64_t beatMs_;
    std::int64_t pricesMs_ = 0;  ///< not before
};

}  // namespace notifier
