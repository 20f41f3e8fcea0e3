#pragma once

#include "notifier/session/session.hpp"
#include "tests/simulation/sim_world.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simulation {

/// What the database holds of accounts' durable events, written from the words of spec sections 2 and 7: it survives
/// every crash of the notifier, and only a restore of a backup takes anything back.
struct EventBook {
    std::string epoch = "epoch 1";
    std::vector<common::Event> rows;  ///< in order of commit

    std::int64_t newestSeq(common::AccountId account) const;
    static bool isPushed(common::Event const& event);
};

/// The notifier without sockets and store thread: real sessions and a real hub, a tail that looks when it is rung or
/// polled, and answers that take their time. A crash takes all of it but the book.
class SimNotifier {
public:
    /// A client's end of a connection.
    struct Wire {
        std::function<void(std::string const& frame)> received;  ///< JSON text
        std::function<void()> lost;
    };
    struct Delays {
        std::int64_t storeMaxMs = 20;      ///< of one piece of work of the store thread
        std::int64_t ringMaxMs = 5;        ///< until a commit is looked at
        int lostRingPercent = 20;          ///< found by the poll instead
        std::size_t liveBytesMax = 6'000;  ///< of a client that does not read
    };

    SimNotifier(World& world, EventBook& book, Delays delays);
    ~SimNotifier();

    /// Connects as this account; the welcome comes later. The number names the connection.
    std::uint64_t connect(common::AccountId account, Wire wire);
    void send(std::uint64_t connection, std::string text);
    /// The client takes what waits for it, as much as one write brings.
    void read(std::uint64_t connection);
    void drop(std::uint64_t connection);
    /// Rings for what was committed.
    void rung();

private:
    class Handler;
    struct Connection;

    void later(std::int64_t maxMs, std::function<void()> what);
    /// Work of the store thread, in order; the tail is read before its answer is given, as the service does.
    void inStore(std::function<void()> work);
    void readTail();
    void poll();
    Connection* find(std::uint64_t connection);

    World& world_;
    EventBook& book_;
    Delays delays_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::int64_t storeFreeAtUs_ = 0;
    std::size_t tailAt_;
    notifier::ServerFacts facts_;
    common::Metrics metrics_;
    notifier::SessionMetrics sessionMetrics_{metrics_};
    notifier::Hub hub_;
    notifier::ReadEvents readEvents_;
    std::unique_ptr<Handler> handler_;
    notifier::SessionDeps deps_;
    notifier::Session::Limits limits_;
    std::deque<std::unique_ptr<Connection>> connections_;
};

}  // namespace simulation
