// How the process starts, ends, crashes and keeps its house.

#include "tests/system/notifier/notifier_fixture.hpp"

#include <signal.h>

#include <filesystem>
#include <fstream>

namespace notifier::test {
namespace {

TEST_F(NotifierTest, Sigterm_ConnectedClients_AreToldAndItEndsInTime) {
    start();
    auto const key = addKey("poller");
    WsTestClient client(port_);
    client.push("welcome");
    auto const id = subscribe(client);
    RawClient keptAlive(port_);
    keptAlive.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    keptAlive.readUntil("ok");
    RawClient mute(port_);
    mute.send(support::upgradeRequest());
    mute.readUntil("welcome");
    RawClient poll(port_);
    poll.send("GET /api/v1/notifications?wait=60s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + key + "\r\n\r\n");
    client.ask(R"({"method":"list"})");

    auto const began = std::chrono::steady_clock::now();
    client.send(R"({"method":"list","id":"last"})");
    process_->signal(SIGTERM);
    auto const goodbye = client.push("goodbye");
    EXPECT_GE(number(goodbye, "reconnect_in_ms"), 0);
    EXPECT_EQ(client.closeCode(), 1012);
    EXPECT_NE(poll.readAll().find(R"("items":[])"), std::string::npos) << "a long poll is answered early";
    EXPECT_EQ(process_->waitForExit(6s), 0);
    EXPECT_LE(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "tickbell.db-wal") &&
                 std::filesystem::file_size(directory_.path() / "tickbell.db-wal") > 0);
}

TEST_F(NotifierTest, Sigterm_Twice_EndsAtOnceWith130) {
    start();
    RawClient mute(port_);  // keeps the first signal waiting
    mute.send(support::upgradeRequest());
    mute.readUntil("welcome");
    process_->signal(SIGTERM);
    process_->waitForLine("stopping");
    process_->signal(SIGTERM);
    EXPECT_EQ(process_->waitForExit(1s), 130);
}

TEST_F(NotifierTest, Kill_AndRestart_SessionResumesEverything) {
    start();
    std::string session;
    std::string epoch;
    std::string id;
    {
        WsTestClient client(port_);
        auto const welcome = client.push("welcome");
        session = text(welcome, "session");
        epoch = text(welcome, "epoch");
        id = subscribe(client);
        ingestion_->fire(id, 1, "70001.00");
        client.push("notification");
        kill();
    }
    ingestion_->fire(id, 2, "70002.00", 2);
    start();
    WsTestClient client(port_, bearer(session));
    EXPECT_EQ(text(client.push("welcome"), "epoch"), epoch);
    auto const reply = client.ask(R"({"method":"resume","params":{"epoch":")" + epoch + R"(","after":1}})");
    EXPECT_EQ(number(result(reply), "replaying"), 2);
    ingestion_->fire(id, 3, "70003.00");
    for (int seq = 2; seq <= 4; ++seq)
        EXPECT_EQ(number(client.push("notification"), "seq"), seq);
}

TEST_F(NotifierTest, Second_OnOneDatabase_WaitsAndTakesOver) {
    start();
    auto const url = databaseUrl();
    support::ChildProcess second({TICKBELL_NOTIFIER, "--database", url, "--listen", "127.0.0.1:0"});
    EXPECT_TRUE(second.waitForLine("waiting for the other notifier"));
    EXPECT_FALSE(second.waitForLine("listening", 0ms));
    EXPECT_EQ(stop(), 0);
    EXPECT_TRUE(second.waitForLine("listening"));
    second.signal(SIGTERM);
    EXPECT_EQ(second.waitForExit(), 0);
}

TEST_F(NotifierTest, Ready_OnlyOnceASymbolListIsStored) {
    support::TempDirectory empty;
    auto const url = "sqlite:" + (empty.path() / "other.db").string();
    support::ChildProcess process({TICKBELL_NOTIFIER, "--database", url, "--listen", "127.0.0.1:0"});
    port_ = portOf(process);
    EXPECT_TRUE(get("/healthz").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 503"));
    PlayedIngestion(url).listSymbols({"BTCUSDT"});
    auto const end = std::chrono::steady_clock::now() + 5s;
    while (!get("/readyz").starts_with("HTTP/1.1 200"))
        ASSERT_LT(std::chrono::steady_clock::now(), end);
}

TEST_F(NotifierTest, IngestionDown_IsTold) {
    ingestion_->lifeSign(1'000);
    start();
    WsTestClient client(port_);
    auto const feed = client.push("feed");
    EXPECT_EQ(text(feed, "state"), "stale");
    EXPECT_EQ(text(feed, "reason"), "ingestion_down");
    ingestion_->lifeSign(4'000'000'000'000);
    EXPECT_EQ(text(client.push("feed"), "state"), "live");
}

TEST_F(NotifierTest, AnonymousAccount_LeftAlone_IsRemovedAfterItsTime) {
    start({"--anonymous-ttl", "1s"});
    std::string session;
    {
        WsTestClient client(port_);
        session = text(client.push("welcome"), "session");
        subscribe(client);
        client.close();
    }
    WsTestClient stays(port_);
    auto const kept = text(stays.push("welcome"), "session");
    subscribe(stays);
    // Looking in does not count as being there: each look is over before the account could be.
    auto const end = std::chrono::steady_clock::now() + 10s;
    auto const isGone = [&] {
        WsTestClient client(port_);
        return errorCode(client.ask(R"({"method":"auth","session":")" + session + R"("})")) == 1202;
    };
    std::optional<WsTestClient> waiting;
    bool gone = false;
    while (!gone && std::chrono::steady_clock::now() < end) {
        EXPECT_FALSE(stays.maybePush("nothing", 1'500ms));
        gone = isGone();
    }
    EXPECT_TRUE(gone);
    EXPECT_EQ(number(result(stays.ask(R"({"method":"list"})")), "total"), 1);
}

TEST_F(NotifierTest, Retention_OldEvents_AreTooOldToResume) {
    start({"--retention", "500ms"});
    WsTestClient client(port_);
    auto const welcome = client.push("welcome");
    auto const id = subscribe(client);
    ingestion_->fire(id, 1, "70001.00", 3);
    client.push("notification");
    auto const resume = R"({"method":"resume","params":{"epoch":")" + text(welcome, "epoch") + R"(","after":0}})";
    auto const end = std::chrono::steady_clock::now() + 10s;
    auto reply = result(client.ask(resume));
    while (reply.find("recovered")->boolean()) {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        EXPECT_FALSE(client.maybePush("nothing", 100ms));
        reply = result(client.ask(resume));
    }
    EXPECT_EQ(text(reply, "reason"), "too_old");
    ingestion_->fire(id, 10, "70001.00");
    while (number(client.push("notification"), "seq") < 4) {
    }
}

TEST_F(NotifierTest, Start_WithMistakes_SaysSoAndUsesItsOwnExitCode) {
    EXPECT_EQ(command({"--nonsense"}).exit, 2);
    EXPECT_EQ(command({"--listen", "nowhere"}).exit, 2);
    EXPECT_EQ(command({"--tls-key", "a.pem"}).exit, 2);
    EXPECT_EQ(command({"--allowed-origins", "example.org"}).exit, 2);
    EXPECT_EQ(command({"--check-config"}).exit, 0);
    EXPECT_EQ(support::runProgram({TICKBELL_NOTIFIER, "--check-config", "--database", "mysql://x"}).exit, 2);
    start();
    EXPECT_EQ(command({"key", "revoke", "nobody"}).exit, 1);

    auto const broken = directory_.path() / "broken.db";
    std::ofstream(broken) << std::string(8'192, 'x');
    auto const done = support::runProgram({TICKBELL_NOTIFIER, "--database", "sqlite:" + broken.string()});
    EXPECT_EQ(done.exit, 3) << done.output;
}

TEST_F(NotifierTest, Metrics_TellTheConfiguredLimits) {
    start({"--limit-alerts", "7", "--limit-commands", "30", "--limit-connections", "400", "--connections-per-address",
           "8"});
    auto const metrics = get("/metrics");
    for (auto const* const line :
         {R"(tickbell_limit{limit="alerts_per_account"} 7)", R"(tickbell_limit{limit="commands_per_second"} 30)",
          R"(tickbell_limit{limit="connections"} 400)", R"(tickbell_limit{limit="connections_per_address"} 8)"})
        EXPECT_NE(metrics.find(line), std::string::npos) << line;
}

TEST_F(NotifierTest, PortTaken_EndsWithOne) {
    start();
    auto const url = "sqlite:" + (directory_.path() / "other.db").string();
    auto const done =
        support::runProgram({TICKBELL_NOTIFIER, "--database", url, "--listen", "127.0.0.1:" + std::to_string(port_)});
    EXPECT_EQ(done.exit, 1);
    EXPECT_NE(done.output.find("cannot listen"), std::string::npos);
}

TEST_F(NotifierTest, BackupAndRestore_ChangeTheEpochAndKeepTheAlerts) {
    start();
    std::string session;
    std::string epoch;
    {
        WsTestClient client(port_);
        auto const welcome = client.push("welcome");
        session = text(welcome, "session");
        epoch = text(welcome, "epoch");
        subscribe(client);
    }
    auto const file = (directory_.path() / "backup.db").string();
    EXPECT_EQ(command({"backup", file}).exit, 0);
    EXPECT_NE(command({"backup", file}).exit, 0);
    EXPECT_EQ(command({"verify"}).exit, 0);
    EXPECT_EQ(stop(), 0);
    ingestion_.reset();
    auto const restored = command({"restore", file});
    EXPECT_EQ(restored.exit, 0) << restored.output;
    start();
    WsTestClient client(port_, bearer(session));
    EXPECT_NE(text(client.push("welcome"), "epoch"), epoch);
    auto const reply = client.ask(R"({"method":"resume","params":{"epoch":")" + epoch + R"(","after":0}})");
    EXPECT_EQ(text(result(reply), "reason"), "epoch_changed");
    EXPECT_EQ(number(result(client.ask(R"({"method":"list"})")), "total"), 1);
}

TEST_F(NotifierTest, Dashboard_Directory_IsServedAndNothingElse) {
    auto const pages = directory_.path() / "pages";
    std::filesystem::create_directories(pages / "js");
    std::ofstream(pages / "index.html") << "<h1>tickbell</h1>";
    std::ofstream(pages / "js" / "app.js") << "1;";
    std::filesystem::create_directories(pages / "assets");
    std::ofstream(pages / "assets" / "app-1a2b.js") << "2;";
    std::ofstream(pages / ".secret") << "no";
    std::filesystem::create_symlink("/etc/passwd", pages / "link");
    start({"--dashboard", pages.string()});
    auto const index = get("/");
    EXPECT_TRUE(index.starts_with("HTTP/1.1 200"));
    EXPECT_NE(index.find("<h1>tickbell</h1>"), std::string::npos);
    auto const policy = index.substr(index.find("Content-Security-Policy"));
    EXPECT_TRUE(policy.find("default-src 'none'") < policy.find('\n'));
    EXPECT_EQ(policy.find("unsafe-"), std::string::npos);
    EXPECT_NE(policy.find("connect-src 'self' ws://localhost wss://localhost;"), std::string::npos) << policy;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_NE(index.find("X-Content-Type-Options: nosniff"), std::string::npos);
    EXPECT_NE(get("/js/app.js?v=1").find("text/javascript"), std::string::npos);
    EXPECT_NE(index.find("Cache-Control: no-cache"), std::string::npos);
    EXPECT_NE(get("/assets/app-1a2b.js").find("Cache-Control: public, max-age=31536000, immutable"), std::string::npos);
    for (auto const* path : {"/.secret", "/link", "/../tickbell.db", "/%2e%2e/tickbell.db", "/js/", "//etc/passwd"})
        EXPECT_TRUE(get(path).starts_with("HTTP/1.1 404")) << path;
    auto const at = index.find("ETag: ") + 6;
    auto const tag = index.substr(at, index.find('\r', at) - at);
    auto const held = get("/", "If-None-Match: \"other\", W/" + tag + "\r\n");
    EXPECT_TRUE(held.starts_with("HTTP/1.1 304")) << held;
    EXPECT_EQ(held.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(held.ends_with("\r\n\r\n")) << held;
    EXPECT_TRUE(get("/js/app.js", "If-None-Match: " + tag + "\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(get("/version").find("\"protocol\":1") != std::string::npos);
}

}  // namespace
}  // namespace notifier::test
