#include "tests/system/delivery/delivery_fixture.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace notifier::test {

std::string memberText(Value const& object, std::string_view name) {
    auto const* const found = object.find(name);
    if (!found) return "(none)";
    if (found->isNull()) return "null";
    if (found->isBool()) return found->boolean() ? "true" : "false";
    return found->text();
}

std::string RestAnswer::member(std::string_view name) const {
    return memberText(body, name);
}

void DeliveryTest::SetUp() {
    NotifierTest::SetUp();
    key_ = addKey("owner");
}

void DeliveryTest::serve(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--webhook-allow", "127.0.0.0/8,::1", "--limit-commands", "1000"});
    start(std::move(arguments));
    if (alertId_.empty()) alertId_ = addAlert("70000");
}

void DeliveryTest::serveTrusting(support::TestCa const& ca) {
    auto const file = directory_.path() / "ca.pem";
    std::ofstream(file) << ca.pem();
    // OpenSSL's own way to another certificate store; what the notifier trusts is no option of it.
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    serve();
    ::unsetenv("SSL_CERT_FILE");
}

RestAnswer DeliveryTest::rest(std::string const& method, std::string const& path, std::string const& body,
                              std::string const& secret) const {
    RawClient client(port_);
    client.send(
        method + " /api/v1" + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " +
        (secret.empty() ? key_ : secret) +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    auto const all = client.readAll(20s);
    auto const end = all.find("\r\n\r\n");
    if (end == std::string::npos) throw std::runtime_error("no answer to " + method + " " + path);
    RestAnswer answer;
    answer.head = all.substr(0, end);
    answer.status = std::stoi(answer.head.substr(9));
    if (auto parsed = common::json::parse(all.substr(end + 4))) answer.body = std::move(*parsed);
    return answer;
}

RestAnswer DeliveryTest::addWebhook(std::string const& url, std::string const& more) const {
    auto answer = rest("POST", "/webhooks", R"({"url":")" + url + "\"" + more + "}");
    if (answer.status != 201) throw std::runtime_error("not created: " + answer.member("detail"));
    return answer;
}

std::string DeliveryTest::addAlert(std::string const& threshold, std::string const& more) const {
    auto const answer = rest("POST", "/alerts", R"({"symbol":"BTCUSDT","threshold":")" + threshold + "\"" + more + "}");
    if (answer.status != 201) throw std::runtime_error("no alert: " + answer.member("detail"));
    return answer.member("id");
}

void DeliveryTest::fire(int times) {
    ingestion_->fire(alertId_, trade_, "70000.01", times);
    trade_ += times;
}

void DeliveryTest::fire(std::string const& alertId) {
    ingestion_->fire(alertId, trade_++, "70000.01");
}

std::vector<Value> DeliveryTest::deliveries(std::string const& webhookId) const {
    return rest("GET", "/webhooks/" + webhookId + "/deliveries").body.find("items")->items();
}

Value DeliveryTest::delivery(std::string const& webhookId, std::string const& state,
                             std::chrono::milliseconds limit) const {
    Value found;
    eventually(
        [&] {
            auto const all = deliveries(webhookId);
            if (all.empty() || memberText(all.front(), "state") != state) return false;
            found = all.front();
            return true;
        },
        limit);
    return found;
}

void eventually(std::function<bool()> const& isSo, std::chrono::milliseconds limit) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!isSo()) {
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it did not become so in time");
        std::this_thread::yield();
    }
}

bool isSigned(SinkRequest const& request, std::string const& secret) {
    if (!secret.starts_with("whsec_")) return false;
    std::string key(secret.size(), '\0');
    auto const* const text = reinterpret_cast<unsigned char const*>(secret.data()) + 6;
    auto const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), text, static_cast<int>(secret.size() - 6));
    auto const padding = secret.ends_with("==") ? 2 : secret.ends_with("=") ? 1 : 0;
    auto const content = request.header("webhook-id") + "." + request.header("webhook-timestamp") + "." + request.body;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digestSize = 0;
    HMAC(EVP_sha256(), key.data(), size - padding, reinterpret_cast<unsigned char const*>(content.data()),
         content.size(), digest, &digestSize);
    unsigned char encoded[2 * EVP_MAX_MD_SIZE];
    EVP_EncodeBlock(encoded, digest, static_cast<int>(digestSize));
    auto const wanted = std::string("v1,") + reinterpret_cast<char const*>(encoded);
    auto const all = " " + request.header("webhook-signature") + " ";
    return all.find(" " + wanted + " ") != std::string::npos;
}

}  // namespace notifier::test
