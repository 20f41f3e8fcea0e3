// The notifier's own sessions, hub and sockets without a database: each client is a connection of one account, and a
// client's `ping` with the id "PENDING BYTES" announces so many messages of this size to all of them at once.
#include "common/net/tls.hpp"
#include "common/runtime/descriptors.hpp"
#include "common/runtime/log.hpp"
#include "notifier/session/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace notifier;

constexpr common::AccountId kAccount{1};

class Handler final : public CommandHandler {
public:
    Handler(boost::asio::io_context& io, Hub& hub) : io_(io), hub_(hub) {}

    void admit(std::optional<std::string>, Admitted done) override {
        Admission admission;
        admission.client = std::make_shared<Client>();
        admission.client->account = kAccount;
        admission.client->accountPublicId = admission.greeting.accountPublicId = "acc_0123456789abcdefghij";
        admission.client->sessionSecret = admission.greeting.sessionSecret =
            "ses_0123456789abcdefghij0123456789abcdefghij012";
        done(std::move(admission));
    }
    void execute(std::shared_ptr<Client>, Command command, Done done) override {
        int pending = 0;
        std::size_t bytes = 0;
        if (std::sscanf(command.idJson.c_str(), "\"%d %zu\"", &pending, &bytes) == 2)
            boost::asio::post(io_, [this, pending, bytes] { broadcast(pending, bytes); });
        CommandOutcome outcome;
        outcome.result = "{}";
        done(std::move(outcome));
    }

private:
    void broadcast(int pending, std::size_t bytes) {
        std::string text = R"({"type":"bench","pad":")";
        text.resize(bytes - 2, 'x');
        text += "\"}";
        for (int i = 0; i < pending; ++i)
            hub_.announce(kAccount, textFrame(text));
    }

    boost::asio::io_context& io_;
    Hub& hub_;
};

}  // namespace

int main(int argc, char** argv) {
    common::log::configure(common::log::Level::Warn, common::log::Format::Text);
    common::takeAllDescriptors();
    boost::asio::io_context io(1);
    common::SystemClock clock;
    common::Metrics metrics;
    SessionMetrics counts(metrics);
    ServerFacts const facts{.epoch = "ep_0123456789abcdef", .heartbeatMs = 3'600'000};
    Hub hub(facts.epoch, {});
    TailBatch alive;
    alive.lifeSign = clock.wallMs() + facts.heartbeatMs;
    hub.deliver(alive, clock.wallMs());
    Handler handler(io, hub);
    ReadEvents const readEvents = [](common::AccountId, Delivery::Range, std::int64_t, auto done) {
        done(std::vector<common::Event>{});
    };
    ServerOptions options;
    if (argc == 3) {
        auto tls = common::net::makeTlsServer(argv[1], argv[2]);
        if (!tls) return 1;
        options.tls = std::move(*tls);
    }
    Server server(io, std::move(options), {handler, hub, readEvents, clock, facts, counts},
                  [](HttpRequest, auto respond) { respond(problem(404, "Not Found", "nothing is here")); });
    auto const port = server.listen({"127.0.0.1", 0});
    if (!port) return 1;
    std::fprintf(stderr, "listening port=%d\n", *port);
    io.run();
}
