#include "tests/simulation/sim_notifier.hpp"

#include "common/core/json.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace simulation {
namespace {

/// Of a frame as a server sends it, without a mask.
std::string payloadOf(std::string const& frame) {
    constexpr unsigned kShort = 126, kLong = 127;
    auto const length = static_cast<unsigned char>(frame[1]);
    return frame.substr(length < kShort ? 2 : length < kLong ? 4 : 10);
}

}  // namespace

std::int64_t EventBook::newestSeq(common::AccountId account) const {
    std::int64_t newest = 0;
    for (auto const& row : rows)
        if (row.account == account) newest = row.seq;
    return newest;
}

bool EventBook::isPushed(common::Event const& event) {
    auto const& channels = std::get<common::Notification>(event.body).channels;
    return !channels || std::ranges::find(*channels, "push") != channels->end();
}

struct SimNotifier::Connection final : notifier::SessionPort {
    explicit Connection(SimNotifier& owner) : notifier(owner) {}

    void wakeWriter() override {}
    void wakeReader() override {}
    void wakeTimer() override {
        if (!std::exchange(timed, true)) tick();
    }
    void finish(bool) override {
        gone = true;
        notifier.later(2, [wire = wire] { wire.lost(); });
    }
    void tick() {
        if (gone) return;
        if (session->deadline() <= notifier.world_.monotonicMs()) session->onDeadline();
        if (gone) return;
        auto const wait = std::clamp<std::int64_t>(session->deadline() - notifier.world_.monotonicMs(), 1, 1'000);
        notifier.world_.inMs(wait, [this, alive = notifier.alive_] {
            if (*alive) tick();
        });
    }

    SimNotifier& notifier;
    std::uint64_t number = 0;
    Wire wire;
    std::shared_ptr<notifier::Session> session;
    bool timed = false;
    bool gone = false;
};

/// Answers `resume` as spec section 3 says; nothing else is asked.
class SimNotifier::Handler final : public notifier::CommandHandler {
public:
    explicit Handler(SimNotifier& owner) : notifier_(owner) {}
    void admit(std::optional<std::string>, Admitted) override {}
    void execute(std::shared_ptr<notifier::Client> client, notifier::Command command, Done done) override {
        notifier_.inStore([this, client = std::move(client), command = std::move(command), done = std::move(done)] {
            auto const& book = notifier_.book_;
            auto const upTo = book.newestSeq(*client->account);
            auto const after = command.params.find("after")->integer().value_or(0);
            notifier::CommandOutcome outcome;
            if (command.params.find("epoch")->text() != book.epoch)
                outcome.result = fmt::format(R"({{"recovered":false,"up_to":{},"epoch":"{}"}})", upTo, book.epoch);
            else
                outcome.result = fmt::format(R"({{"recovered":true,"up_to":{}}})", upTo);
            bool const recovered = outcome.result.find("true") != std::string::npos;
            outcome.effect = notifier::ResumeFrom{recovered, recovered ? after : upTo, upTo};
            notifier_.readTail();
            done(std::move(outcome));
        });
    }

private:
    SimNotifier& notifier_;
};

SimNotifier::SimNotifier(World& world, EventBook& book, Delays delays)
    : world_(world),
      book_(book),
      delays_(delays),
      tailAt_(book.rows.size()),
      facts_{.epoch = book.epoch, .heartbeatMs = 600'000},
      hub_(book.epoch, {}),
      readEvents_([this](common::AccountId account, notifier::Delivery::Range range, std::int64_t limit, auto done) {
          inStore([this, account, range, limit, done = std::move(done)] {
              // What is read belongs to this moment, what is answered to a later one.
              std::vector<common::Event> page;
              for (auto const& row : book_.rows)
                  if (row.account == account && row.seq > range.after && row.seq <= range.upTo &&
                      std::ssize(page) < limit)
                      page.push_back(row);
              later(delays_.storeMaxMs, [this, done, page = std::move(page)] {
                  readTail();
                  done(page);
              });
          });
      }),
      handler_(std::make_unique<Handler>(*this)),
      deps_{*handler_, hub_, readEvents_, world_, facts_, sessionMetrics_} {
    limits_.pageEvents = 7;
    limits_.outbox.liveBytesMax = delays_.liveBytesMax;
    poll();
}

SimNotifier::~SimNotifier() {
    *alive_ = false;
    for (auto const& connection : connections_)
        if (!connection->gone) world_.inMs(world_.random(0, 50), [wire = connection->wire] { wire.lost(); });
}

void SimNotifier::later(std::int64_t maxMs, std::function<void()> what) {
    world_.in(world_.random(0, maxMs * 1'000), [what = std::move(what), alive = alive_] {
        if (*alive) what();
    });
}

void SimNotifier::inStore(std::function<void()> work) {
    storeFreeAtUs_ = std::max(storeFreeAtUs_, world_.monotonicUs()) + world_.random(50, delays_.storeMaxMs * 1'000);
    world_.in(storeFreeAtUs_ - world_.monotonicUs(), [work = std::move(work), alive = alive_] {
        if (*alive) work();
    });
}

void SimNotifier::readTail() {
    notifier::TailBatch batch;
    batch.lifeSign = world_.wallMs();
    for (; tailAt_ < book_.rows.size(); ++tailAt_)
        batch.events.push_back(book_.rows[tailAt_]);
    if (!batch.events.empty()) hub_.deliver(batch, world_.wallMs());
}

void SimNotifier::rung() {
    if (!world_.chance(delays_.lostRingPercent)) later(delays_.ringMaxMs, [this] { readTail(); });
}

void SimNotifier::poll() {
    readTail();
    world_.inMs(500, [this, alive = alive_] {
        if (*alive) poll();
    });
}

SimNotifier::Connection* SimNotifier::find(std::uint64_t connection) {
    auto const found =
        std::ranges::find_if(connections_, [&](auto const& row) { return row->number == connection && !row->gone; });
    return found == connections_.end() || !(*found)->session ? nullptr : found->get();
}

std::uint64_t SimNotifier::connect(common::AccountId account, Wire wire) {
    auto& connection = *connections_.emplace_back(std::make_unique<Connection>(*this));
    connection.number = connections_.size();
    connection.wire = std::move(wire);
    inStore([this, account, &connection] {
        auto const seq = book_.newestSeq(account);
        later(delays_.storeMaxMs, [this, account, seq, &connection] {
            if (connection.gone) return;
            auto const client = std::make_shared<notifier::Client>();
            notifier::Greeting greeting;
            client->auth = greeting.auth = notifier::AuthKind::Session;
            client->account = account;
            greeting.accountPublicId = fmt::format("acc_{}", account.value);
            greeting.seq = seq;
            connection.session =
                std::make_shared<notifier::Session>(connection.number, deps_, limits_, client, connection);
            connection.session->start("HTTP/1.1 101\r\n\r\n", greeting);
            connection.wakeTimer();
        });
    });
    return connection.number;
}

void SimNotifier::send(std::uint64_t number, std::string text) {
    later(2, [this, number, text = std::move(text)] {
        auto* const connection = find(number);
        if (connection == nullptr) return;
        connection->session->onHeard();
        connection->session->onText(text);
    });
}

void SimNotifier::read(std::uint64_t number) {
    auto* const connection = find(number);
    if (connection == nullptr || connection->session->finished()) return;
    auto const batch = connection->session->outbox().take();
    if (batch.empty()) return;
    for (auto const& frame : batch) {
        if (frame->starts_with("HTTP")) continue;
        auto const opcode = static_cast<unsigned char>((*frame)[0]) & 0x0F;
        constexpr unsigned kText = 1, kClose = 8;
        if (opcode == kClose) {
            connection->gone = true;
            connection->session->onLost();
            return connection->wire.lost();
        }
        if (opcode == kText) connection->wire.received(payloadOf(*frame));
    }
    connection->session->onHeard();
    connection->session->onWritten();
}

void SimNotifier::drop(std::uint64_t number) {
    auto* const connection = find(number);
    if (connection == nullptr) return;
    connection->gone = true;
    connection->session->onLost();
}

}  // namespace simulation
