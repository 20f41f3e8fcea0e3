#include "notifier/delivery/webhook_sender.hpp"

#include "common/net/connector.hpp"
#include "notifier/delivery/rules/signature.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

namespace net = common::net;
using net::NetErrorKind;

common::IpAddress valueOf(boost::asio::ip::address const& address) {
    if (address.is_v4()) return common::IpAddress::fromBytes(address.to_v4().to_bytes());
    return common::IpAddress::fromBytes(address.to_v6().to_bytes());
}

/// For the endpoint's owner. The details of most kinds name addresses, which are nobody's business.
std::string reasonOf(net::NetError const& error) {
    switch (error.kind) {
        case NetErrorKind::Resolve:
            return "the host does not resolve";
        case NetErrorKind::Connect:
            return "no connection";
        case NetErrorKind::Tls:
            return fmt::format("TLS failed: {}", error.detail);
        case NetErrorKind::Timeout:
            return "no answer in time";
        case NetErrorKind::TooBig:
            return "the answer's head is too long";
        case NetErrorKind::Closed:
            return "the connection ended before the answer";
        case NetErrorKind::Aborted:
            return "this server is stopping";
        case NetErrorKind::Protocol:
        case NetErrorKind::Refused:
            break;
    }
    return "the answer is not HTTP";
}

common::DurationMs left(net::Cutoff const& cutoff) {
    auto const time = cutoff.deadline() - std::chrono::steady_clock::now();
    return std::max<common::DurationMs>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count(), 1);
}

}  // namespace

std::shared_ptr<net::Cutoff> WebhookSender::begin() {
    auto cutoff = net::Cutoff::start(deps_.io, limits_.deadlineMs);
    running_.insert(cutoff);
    if (closed_) cutoff->abort();
    return cutoff;
}

void WebhookSender::end(std::shared_ptr<net::Cutoff> const& cutoff) {
    cutoff->finish();
    running_.erase(cutoff);
}

boost::asio::awaitable<std::expected<WebhookSender::Target, std::string>> WebhookSender::approach(
    std::string url, std::shared_ptr<net::Cutoff> cutoff) {
    auto parsed = AddressGuard::parse(url);
    if (!parsed) co_return std::unexpected(std::move(parsed.error()));
    auto addresses = co_await net::resolveUnder(deps_.io, parsed->host, parsed->port, cutoff);
    if (!addresses) co_return std::unexpected(reasonOf(addresses.error()));
    std::vector<common::IpAddress> judged;
    for (auto const& endpoint : *addresses)
        judged.push_back(valueOf(endpoint.address()));
    if (auto refusal = guard_.refusal(*parsed, judged)) co_return std::unexpected(std::move(*refusal));
    co_return Target{std::move(*parsed), std::move(*addresses)};
}

boost::asio::awaitable<common::Result<void>> WebhookSender::check(std::string url) {
    auto const cutoff = begin();
    auto const target = co_await approach(std::move(url), cutoff);
    end(cutoff);
    if (!target) co_return common::fail(common::ErrorCode::BadValue, "\"url\": " + target.error(), "url");
    co_return common::Result<void>{};
}

boost::asio::awaitable<Attempt> WebhookSender::send(common::Webhook webhook, std::string id, Message message) {
    auto const began = deps_.clock.monotonicMs();
    auto const cutoff = begin();
    auto attempt = co_await post(std::move(webhook), std::move(id), std::move(message), cutoff);
    end(cutoff);
    attempt.endedAt = deps_.clock.wallMs();
    attempt.latency = deps_.clock.monotonicMs() - began;
    co_return attempt;
}

boost::asio::awaitable<Attempt> WebhookSender::post(common::Webhook webhook, std::string id, Message message,
                                                    std::shared_ptr<net::Cutoff> cutoff) {
    Attempt attempt;
    auto target = co_await approach(webhook.url, cutoff);
    if (!target) {
        attempt.error = std::move(target.error());
        co_return attempt;
    }
    auto content = renderMessage(webhook.format, target->url, message);
    auto const now = deps_.clock.wallMs();
    net::HttpHeaders headers = std::move(content.headers);
    headers.emplace_back("webhook-id", id);
    headers.emplace_back("webhook-timestamp", std::to_string(now / 1000));
    headers.emplace_back("webhook-signature", webhookSignatures(webhook, id, now, content.body));

    net::HttpClientOptions options;
    options.deadlineMs = left(*cutoff);
    options.headBytesMax = limits_.headBytesMax;
    options.bodyBytesMax = limits_.bodyBytesMax;
    options.longBodyIsDropped = true;
    options.connectTo = std::move(target->addresses);
    net::HttpClient client(deps_.io, deps_.tls, target->url, std::move(options));
    cutoff->onFire([&client] { client.close(); });
    auto const answer = co_await client.post(target->url.target, std::move(content.body),
                                             std::move(content.contentType), std::move(headers));
    cutoff->onFire({});
    if (!answer) {
        // Which of the two deadlines came first says nothing; that one came does.
        attempt.error = reasonOf(cutoff->fired() ? cutoff->failure(NetErrorKind::Aborted, "").error() : answer.error());
        co_return attempt;
    }
    attempt.status = answer->status;
    attempt.retryAfter = retryAfterOf(answer->header("Retry-After"), deps_.clock.wallMs());
    co_return attempt;
}

void WebhookSender::close() {
    closed_ = true;
    auto const running = running_;
    for (auto const& cutoff : running)
        cutoff->abort();
}

}  // namespace notifier
