// The session without a socket, in virtual time.

#include "notifier/session/session.hpp"

#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace notifier {
namespace {

constexpr common::AccountId kAnna{1};

/// Answers when told to.
struct HandlerFake final : CommandHandler {
    struct Call {
        std::shared_ptr<Client> client;
        Command command;
        Done done;
    };
    void admit(std::optional<std::string>, Admitted) override { FAIL(); }
    void execute(std::shared_ptr<Client> client, Command command, Done done) override {
        calls.push_back({std::move(client), std::move(command), std::move(done)});
    }
    void answer(CommandOutcome outcome = {}) {
        auto call = std::move(calls.front());
        calls.pop_front();
        if (!outcome.error && outcome.result.empty()) outcome.result = "{}";
        call.done(std::move(outcome));
    }
    void answer(SessionEffect effect) {
        CommandOutcome outcome;
        outcome.effect = std::move(effect);
        answer(std::move(outcome));
    }
    std::deque<Call> calls;
};

struct PortFake final : SessionPort {
    void wakeWriter() override {}
    void wakeReader() override {}
    void wakeTimer() override {}
    void finish(bool reset) override {
        finished = true;
        wasReset = reset;
    }
    bool finished = false;
    bool wasReset = false;
};

common::Event event(std::int64_t seq, common::TimeMs committed = 0) {
    common::Event event;
    event.account = kAnna;
    event.seq = seq;
    event.committed = committed;
    common::Notification fired;
    fired.alertPublicId = "al_1";
    fired.symbol = "BTCUSDT";
    fired.fire = seq;
    event.body = fired;
    return event;
}

struct SessionTest : ::testing::Test {
    SessionTest() {
        TailBatch alive;
        alive.lifeSign = clock.wallMs() + 3'600'000;
        hub.deliver(alive, clock.wallMs());
    }

    void open(AuthKind auth = AuthKind::Session, std::int64_t seq = 0) {
        auto const client = std::make_shared<Client>();
        client->auth = auth;
        if (auth == AuthKind::Session) client->account = kAnna;
        Greeting greeting;
        greeting.auth = auth;
        greeting.seq = seq;
        session = std::make_shared<Session>(1, deps, limits, client, port);
        session->start("HTTP/1.1 101\r\n\r\n", greeting);
        EXPECT_EQ(types(), (std::vector<std::string>{"http", "welcome"}));
    }

    /// Writes out all that is queued: the `type` of pushes, `re:` and the method of replies, `close` and its code.
    std::vector<std::string> types() {
        std::vector<std::string> found;
        while (true) {
            auto const batch = session->outbox().take();
            if (batch.empty()) break;
            for (auto const& frame : batch)
                found.push_back(typeOf(*frame));
            session->onWritten();
        }
        return found;
    }
    static std::string typeOf(std::string const& wire) {
        if (wire.starts_with("HTTP")) return "http";
        auto const opcode = static_cast<unsigned char>(wire[0]) & 0x0F;
        auto const at = [&](std::size_t i) { return static_cast<unsigned char>(wire[i]); };
        if (opcode == 8) return "close " + std::to_string(wire.size() < 4 ? 1005 : at(2) << 8 | at(3));
        if (opcode == 9) return "ping";
        if (opcode == 10) return "pong";
        auto const value = *common::json::parse(std::string_view(wire).substr(wire.find('{')));
        if (auto const* const type = value.find("type")) {
            auto const* const seq = type->text() == "notification" ? value.find("seq") : nullptr;
            auto const* const replay = value.find("replay");
            return type->text() + (seq ? " " + seq->text() : "") + (replay ? " replay" : "");
        }
        auto const* const error = value.find("error");
        return "re:" + value.find("method")->text() + (error ? " " + error->find("code")->text() : "");
    }
    void commit(std::int64_t seq) {
        stored.push_back(event(seq, clock.wallMs()));
        TailBatch batch;
        batch.events.push_back(stored.back());
        hub.deliver(batch, clock.wallMs());
    }
    /// Lets time pass, as the timer would, in steps of its deadlines.
    void pass(common::DurationMs ms) {
        auto const end = clock.monotonicMs() + ms;
        while (!port.finished && session->deadline() <= end) {
            clock.advance(std::max<std::int64_t>(0, session->deadline() - clock.monotonicMs()));
            session->onDeadline();
        }
        clock.advance(end - clock.monotonicMs());
    }
    void say(std::string_view text) {
        session->onHeard();
        session->onText(text);
    }

    support::ManualClock clock;
    HandlerFake handler;
    PortFake port;
    std::vector<common::Event> stored;
    std::vector<std::function<void()>> reads;  ///< page reads that wait, when they are told to
    bool readsWait = false;
    bool readsFail = false;
    ReadEvents readEvents = [this](common::AccountId, Delivery::Range range, std::int64_t limit, auto done) {
        auto read = [this, range, limit, done = std::move(done)] {
            if (readsFail) return done(std::nullopt);
            std::vector<common::Event> page;
            for (auto const& row : stored)
                if (row.seq > range.after && row.seq <= range.upTo && std::ssize(page) < limit) page.push_back(row);
            done(std::move(page));
        };
        if (readsWait)
            reads.push_back(std::move(read));
        else
            read();
    };
    ServerFacts facts{.epoch = "e", .heartbeatMs = 600'000};
    common::Metrics metrics;
    SessionMetrics counts{metrics};
    std::vector<std::string> calls;
    Hub hub{"e",
            {.accountCame = {},
             .accountLeft = [this](auto) { calls.emplace_back("left"); },
             .watchBegan = {},
             .watchEnded = {},
             .eventSent = {},
             .delivered = {}}};
    Session::Limits limits;
    SessionDeps deps{handler, hub, readEvents, clock, facts, counts};
    std::shared_ptr<Session> session;
};

using Types = std::vector<std::string>;

TEST_F(SessionTest, Page_StoreHasNoTime_IsReadLater) {
    open();
    commit(1);
    readsFail = true;
    pass(3'000);
    commit(2);
    EXPECT_EQ(types(), Types{});
    readsFail = false;
    pass(250);
    EXPECT_EQ(types(), (Types{"notification 1", "notification 2"}));
    commit(3);
    EXPECT_EQ(types(), Types{"notification 3"});
}

TEST_F(SessionTest, Page_StoreFailsForLong_EndsTheConnection) {
    open();
    commit(1);
    readsFail = true;
    pass(10'999);
    EXPECT_EQ(types(), Types{});
    pass(251);
    EXPECT_EQ(types(), Types{"close 1011"});
}

TEST_F(SessionTest, Hold_WithoutCommand_EndsAfterOneSecond) {
    open();
    commit(1);
    pass(999);
    EXPECT_EQ(types(), Types{});
    pass(1);
    EXPECT_EQ(types(), Types{"notification 1"});
    commit(2);
    EXPECT_EQ(types(), Types{"notification 2"});
}

TEST_F(SessionTest, Hold_FirstCommand_EndsItWhenRead) {
    open();
    commit(1);
    say(R"({"method":"list"})");
    EXPECT_EQ(types(), Types{"notification 1"});
    handler.answer();
    EXPECT_EQ(types(), Types{"re:list"});
}

TEST_F(SessionTest, Hold_Resume_WaitsForItsReplyThenReplays) {
    for (int seq = 1; seq <= 3; ++seq)
        stored.push_back(event(seq));
    open(AuthKind::Session, 3);
    say(R"({"method":"resume","params":{"epoch":"e","after":1}})");
    pass(5'000);
    commit(4);
    EXPECT_EQ(types(), Types{});
    handler.answer(ResumeFrom{true, 1, 3});
    EXPECT_EQ(types(), (Types{"re:resume", "notification 2 replay", "notification 3 replay", "notification 4"}));
    commit(5);
    EXPECT_EQ(types(), Types{"notification 5"});
}

TEST_F(SessionTest, Hold_ResumeThatFails_GoesLiveAfterTheWelcome) {
    open();
    commit(1);
    say(R"({"method":"resume"})");
    CommandOutcome failure;
    failure.error = common::Error{common::ErrorCode::MissingField, "epoch", "epoch"};
    handler.answer(std::move(failure));
    EXPECT_EQ(types(), (Types{"re:resume 1101", "notification 1"}));
}

TEST_F(SessionTest, Auth_Success_HoldsAgainUnderTheNewAccount) {
    open(AuthKind::Anonymous);
    say(R"({"method":"auth","session":"ses_x"})");
    handler.calls.front().client->account = kAnna;
    handler.answer(Identified{0});
    commit(1);
    EXPECT_EQ(types(), Types{"re:auth"});
    say(R"({"method":"ping"})");
    EXPECT_EQ(types(), Types{"notification 1"});
}

TEST_F(SessionTest, AuthRequired_NoSuccessInTenSeconds_Closes4501) {
    open(AuthKind::Required);
    pass(9'999);
    EXPECT_EQ(types(), Types{});
    pass(1);
    EXPECT_EQ(types(), Types{"close 4501"});
}

TEST_F(SessionTest, Replies_AnsweredInAnyOrder_KeepTheOrderOfRequests) {
    open();
    say(R"({"method":"list"})");
    say("nonsense");
    say(R"({"method":"ping"})");
    EXPECT_EQ(types(), Types{});
    std::swap(handler.calls[0], handler.calls[1]);
    handler.answer();
    EXPECT_EQ(types(), Types{});
    handler.answer();
    EXPECT_EQ(types(), (Types{"re:list", "re: 1001", "re:ping"}));
}

TEST_F(SessionTest, Announcement_OfOwnCommand_ComesBeforeItsReply) {
    open();
    say(R"({"method":"pause","params":{"alert_id":"al_1"}})");
    CommandOutcome outcome;
    outcome.announcements.push_back({kAnna, R"({"type":"alert_state"})"});
    outcome.effect = Silenced{{{"al_1", 1}}};
    handler.answer(std::move(outcome));
    EXPECT_EQ(types(), (Types{"alert_state", "re:pause"}));
}

TEST_F(SessionTest, Silenced_DuringAReplay_SkipsWhatWasFiredBefore) {
    for (int seq = 1; seq <= 3; ++seq)
        stored.push_back(event(seq));
    open(AuthKind::Session, 3);
    readsWait = true;
    say(R"({"method":"resume","params":{"epoch":"e","after":0}})");
    handler.answer(ResumeFrom{true, 0, 3});
    say(R"({"method":"pause","params":{"alert_id":"al_1"}})");
    handler.answer(Silenced{{{"al_1", 1}}});
    EXPECT_EQ(types(), (Types{"re:resume", "re:pause"}));
    reads.front()();
    EXPECT_EQ(types(), Types{});
    commit(4);  // after a rearm
    EXPECT_EQ(types(), Types{"notification 4"});
}

TEST_F(SessionTest, AccountStored_WhatFiredUnseen_IsShown) {
    open(AuthKind::Anonymous);
    say(R"({"symbol":"BTCUSDT","threshold":"1"})");
    commit(1);  // the tail was faster than the reply
    handler.calls.front().client->account = kAnna;
    handler.answer(AccountStored{});
    EXPECT_EQ(types(), (Types{"re:subscribe", "notification 1"}));
    commit(2);
    EXPECT_EQ(types(), Types{"notification 2"});
}

TEST_F(SessionTest, ClientGone_ItsCommandStillConcernsOthers) {
    open(AuthKind::Anonymous);
    say(R"({"symbol":"BTCUSDT","threshold":"1"})");
    session->onLost();
    EXPECT_TRUE(port.finished);
    handler.calls.front().client->account = kAnna;
    handler.answer(AccountStored{});
    EXPECT_EQ(calls, Types{"left"});
}

TEST_F(SessionTest, Silence_TwentySeconds_PingsThenGivesUp) {
    open();
    pass(19'999);
    EXPECT_EQ(types(), Types{});
    pass(1);
    EXPECT_EQ(types(), Types{"ping"});
    pass(9'000);
    session->onHeard();  // the pong
    pass(19'999);
    EXPECT_EQ(types(), Types{});
    pass(1);
    EXPECT_EQ(types(), Types{"ping"});
    pass(10'000);
    EXPECT_EQ(types(), Types{"close 4009"});
    pass(4'999);
    EXPECT_FALSE(port.finished);
    pass(1);
    EXPECT_TRUE(port.finished);
    EXPECT_TRUE(port.wasReset);
}

TEST_F(SessionTest, WallClock_Jumping_MovesNoDeadline) {
    open();
    clock.jumpWall(3'600'000);
    pass(19'999);
    EXPECT_EQ(types(), Types{});
    clock.jumpWall(-7'200'000);
    pass(1);
    EXPECT_EQ(types(), Types{"ping"});
}

TEST_F(SessionTest, Heartbeat_EveryInterval) {
    facts.heartbeatMs = 5'000;
    open();
    pass(10'000);
    EXPECT_EQ(types(), (Types{"heartbeat", "heartbeat"}));
}

TEST_F(SessionTest, TooSlow_QueueIsDroppedAndTheReasonSent) {
    limits.outbox.liveBytesMax = 3'000;
    open();
    pass(1'000);
    commit(1);
    auto const writing = session->outbox().take();
    ASSERT_EQ(writing.size(), 1U);
    for (std::int64_t seq = 2; seq <= 20; ++seq)
        commit(seq);
    EXPECT_TRUE(session->ending());
    session->onWritten();
    EXPECT_EQ(types(), Types{"close 4008"});
    pass(5'000);
    EXPECT_TRUE(port.wasReset);
}

TEST_F(SessionTest, Replay_IsPagedByReadingAndNeverSlow) {
    limits.outbox.liveBytesMax = 3'000;
    limits.pacedBytesMax = 4'000;
    limits.pageEvents = 4;
    for (int seq = 1; seq <= 100; ++seq)
        stored.push_back(event(seq));
    open(AuthKind::Session, 100);
    say(R"({"method":"resume","params":{"epoch":"e","after":0}})");
    handler.answer(ResumeFrom{true, 0, 100});
    for (std::int64_t seq = 101; seq <= 130; ++seq)
        commit(seq);
    EXPECT_LT(session->outbox().bytes(), 8'000U);
    EXPECT_FALSE(session->wantsInput());
    auto const shown = types();
    ASSERT_EQ(shown.size(), 131U);
    EXPECT_EQ(shown[100], "notification 100 replay");
    EXPECT_EQ(shown[130], "notification 130");
}

TEST_F(SessionTest, Input_PausesWhileTooManyCommandsAreUnderWay) {
    open();
    for (std::size_t i = 0; i < limits.commandsUnderWayMax; ++i) {
        EXPECT_TRUE(session->wantsInput());
        say(R"({"method":"list"})");
    }
    EXPECT_FALSE(session->wantsInput());
    handler.answer();
    EXPECT_TRUE(session->wantsInput());
}

TEST_F(SessionTest, Prices_WithinTheInterval_AreConflated) {
    open();
    say(R"({"method":"watch","params":{"symbols":["BTCUSDT"]}})");
    handler.answer(WatchChange{true, {"BTCUSDT"}, 250});
    types();
    int sent = 0;
    for (int i = 0; i < 100; ++i) {
        TailBatch batch;
        batch.prices.push_back({"BTCUSDT", *common::ExactDecimal::parse("1.00"), i, clock.wallMs(), i + 1});
        hub.deliver(batch, clock.wallMs());
        pass(10);
        sent += static_cast<int>(std::ranges::count(types(), "price"));
    }
    EXPECT_EQ(sent, 5);  // the first at once, the last as the second ends
}

TEST_F(SessionTest, Goodbye_AnswersWhatWasReadFirst) {
    open();
    say(R"({"method":"list"})");
    session->goodbye("shutdown", 1'000, 2'000);
    EXPECT_EQ(types(), Types{"goodbye"});
    EXPECT_FALSE(session->wantsInput());
    handler.answer();
    EXPECT_EQ(types(), (Types{"re:list", "close 1012"}));
    session->onClose(1012);
    EXPECT_TRUE(port.finished);
    EXPECT_FALSE(port.wasReset);
}

TEST_F(SessionTest, PeerCloses_IsEchoedAndFinishedWhenWritten) {
    open();
    session->onClose(4321);
    EXPECT_FALSE(port.finished);
    EXPECT_EQ(types(), Types{"close 4321"});
    EXPECT_TRUE(port.finished);
}

TEST_F(SessionTest, Rate_PastTheBucket_RefusesWithoutExecuting) {
    limits.commands = {.burst = 2, .perSecond = 1};
    open();
    for (int i = 0; i < 3; ++i)
        say(R"({"method":"ping"})");
    EXPECT_EQ(handler.calls.size(), 2U);
    handler.answer();
    handler.answer();
    EXPECT_EQ(types(), (Types{"re:ping", "re:ping", "re:ping 1301"}));
    pass(1'000);
    say(R"({"method":"ping"})");
    EXPECT_EQ(handler.calls.size(), 1U);
}

}  // namespace
}  // namespace notifier
