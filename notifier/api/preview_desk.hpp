#pragma once

#include "common/core/error.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace notifier {

/// Hands clients' previews to ingestion, through the database, and its answers back. Network thread; the store thread
/// must outlive it.
class PreviewDesk {
public:
    struct Limits {
        std::size_t waitingMax = 64;  ///< of all clients
        std::size_t waitingPerAccountMax = 4;
        common::DurationMs waitMs = 10'000;      ///< then 1501: ingestion has too much to do
        common::DurationMs lifeSignMs = 10'000;  ///< older: ingestion is down, 1501 at once
    };
    /// JSON text of `result`; exactly once, on the network thread.
    using Done = std::function<void(common::Result<std::string>)>;

    PreviewDesk(common::Clock const& clock, common::StoreThread& store) : PreviewDesk(clock, store, Limits()) {}
    PreviewDesk(common::Clock const& clock, common::StoreThread& store, Limits limits)
        : clock_(clock), store_(store), limits_(limits) {}

    /// Nobody waits for what an earlier notifier asked.
    void start();
    /// `account`: the public id of who asks, over whatever connections. `asked` and `until` of the question are set
    /// here.
    void ask(std::string account, common::PreviewQuestion question, Done done);
    /// After a ring of the bell, and from time to time.
    void look();
    /// Answers all that wait with 1501.
    void stop();

private:
    struct Waiting {
        std::string account;
        common::TimeMs untilMono = 0;
        Done done;
    };

    void close(std::int64_t id, common::Result<std::string> answer);

    common::Clock const& clock_;
    common::StoreThread& store_;
    Limits limits_;
    std::map<std::int64_t, Waiting> waiting_;
    std::map<std::string, std::size_t> askers_;  ///< by account; also of those whose question is just being stored
    std::size_t asked_ = 0;
    bool looking_ = false;
    bool lookAgain_ = false;
    bool stopped_ = false;
};

}  // namespace notifier
