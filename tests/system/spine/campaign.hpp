#pragma once

#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/comparison.hpp"
#include "tests/system/spine/stack.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace spine {

/// A client that outlives its connections: comes back with its session, resumes behind its last `seq`, drops repeats.
class Subscriber {
public:
    explicit Subscriber(Stack& stack) : stack_(stack) { connect(); }

    /// Connects until someone answers; goes on where it stopped.
    void connect();
    /// Sends until somebody has answered: the command must be repeatable.
    support::Value command(std::string const& request);
    /// Takes what has come; true if anything new did within the limit.
    bool pump(std::chrono::milliseconds limit);

    /// The connection of the moment.
    support::WsTestClient& client() { return *client_; }
    std::string const& session() const { return session_; }
    std::string const& epoch() const { return epoch_; }
    std::int64_t lastSeq() const { return lastSeq_; }
    std::vector<support::Value> const& seen() const { return seen_; }
    int repeats() const { return repeats_; }

private:
    Stack& stack_;
    std::unique_ptr<support::WsTestClient> client_;
    std::string session_;
    std::string epoch_;
    bool stored_ = false;
    std::int64_t lastSeq_ = 0;
    int repeats_ = 0;
    std::vector<support::Value> seen_;
};

/// Alerts of all kinds on a market that goes on, while something is done to the programs. In the end everything that
/// was acknowledged must be there, and must have fired as the oracle says: nothing lost, nothing twice.
class Campaign {
public:
    /// The stack's exchange plays a synthetic market of these symbols. At most `alertsMax` alerts are asked for.
    Campaign(Stack& stack, std::vector<std::string> const& symbols, std::uint64_t seed, int alertsMax);

    Subscriber& subscriber() { return subscriber_; }
    /// Adds alerts; each must be acknowledged, if need be after coming back.
    void subscribe(int count);
    /// Asks for one alert more on the connection of the moment: 0 when it was acknowledged, else the error's code.
    std::int64_t trySubscribe();
    /// Removes one of the alerts by chance.
    void unsubscribeOne(std::uint64_t dice);
    /// Takes what comes for so long.
    void pumpFor(std::chrono::milliseconds time);
    /// How many were acknowledged.
    std::size_t acknowledged() const { return acknowledged_.size(); }
    /// Waits until all are armed and everything that must come has come, then compares. Prints what it compared.
    void settleAndCompare();

private:
    void awaitArmed();
    std::size_t sortNotifications();

    Stack& stack_;
    Tapes tapes_;
    Subscriber subscriber_;
    std::vector<Asked> alerts_;
    std::size_t next_ = 0;
    std::set<std::string> acknowledged_;  ///< keys
    std::set<std::string> removed_;       ///< keys
    std::map<std::string, Asked*> byId_;
    std::map<std::string, std::vector<std::string>> found_;
};

}  // namespace spine
