#pragma once

#include "common/core/error.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/accounts.hpp"
#include "notifier/api/alert_commands.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/api/preview_desk.hpp"
#include "notifier/api/store_failures.hpp"
#include "notifier/api/symbol_directory.hpp"
#include "notifier/protocol/limits.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace notifier {

/// Carries commands out on the store thread. Network thread; outlives what it has given to the store thread.
class StoreCommandHandler final : public CommandHandler {
public:
    struct Deps {
        common::Clock const& clock;
        common::StoreThread& store;
        SymbolDirectory const& symbols;
    };
    struct Options {
        ServerFacts facts = {};
        bool authRequired = false;
        std::size_t watchedSymbolsMax = 256;  ///< per connection
        /// Of all an account's connections together: opening more of them does not help beyond that.
        CommandBucket::Limits accountPace = {.burst = 500, .perSecond = 100};
    };

    StoreCommandHandler(Deps deps, Options options)
        : deps_(deps), options_(std::move(options)), pace_(options_.accountPace) {}

    void admit(std::optional<std::string> secret, Admitted done) override;
    void execute(std::shared_ptr<Client> client, Command command, Done done) override;

    /// Where previews wait for ingestion.
    PreviewDesk& previews() { return previews_; }

private:
    using Work = std::function<common::Result<CommandOutcome>(common::Database&)>;
    using Find = std::optional<Holder> (*)(common::Database&, std::string_view hash);

    void authenticate(std::shared_ptr<Client> client, Command const& command, Done done);
    void startJob(std::shared_ptr<Client> client, Command const& command, Done done);
    common::Result<SubscribeRequest> prepareSubscribe(Command const& command) const;
    void preview(std::shared_ptr<Client> client, Command const& command, Done done);
    common::Result<CommandOutcome> watch(Client& client, Command const& command) const;
    common::Result<CommandOutcome> unwatch(Client& client, Command const& command) const;
    /// What the job answers goes to `done`, as does the reason why it could not be made.
    template <class Request, class Job>
    void run(bool writes, std::shared_ptr<Client> client, common::Result<Request> request, Job job, Done done);
    void queue(bool writes, std::shared_ptr<Client> client, Work work, Done done);

    Deps deps_;
    Options options_;
    Pace<common::AccountId> pace_;
    StoreFailures storeFailures_{deps_.clock};
    PreviewDesk previews_{deps_.clock, deps_.store};
};

}  // namespace notifier
