#include "common/net/ws_upgrade.hpp"

#include "common/net/http_text.hpp"
#include "common/net/ws_frames.hpp"
#include "common/runtime/crypto.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

namespace common::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t kHeadBytesMax = 16'384;
constexpr std::size_t kKeyBytes = 16;

std::string problemOf(http::response_header<> const& answer, std::string const& key) {
    if (!beast::iequals(answer[http::field::upgrade], "websocket")) return "answer without Upgrade: websocket";
    if (!http::token_list{answer[http::field::connection]}.exists("upgrade"))
        return "answer without Connection: upgrade";
    if (answer[http::field::sec_websocket_accept] != wsAcceptText(key)) return "wrong Sec-WebSocket-Accept";
    if (answer.count(http::field::sec_websocket_extensions) > 0) return "extension that was not asked for";
    return {};
}

NetError refusal(http::response_header<> const& answer) {
    auto const retryAfter = answer[http::field::retry_after];
    return {NetErrorKind::Refused, fmt::format("HTTP status {}", answer.result_int()),
            static_cast<int>(answer.result_int()), retryAfterMs({retryAfter.data(), retryAfter.size()})};
}

}  // namespace

asio::awaitable<NetResult<std::string>> upgrade(std::shared_ptr<ByteStream> stream, Url url,
                                                std::vector<std::pair<std::string, std::string>> headers,
                                                std::shared_ptr<Cutoff> cutoff) {
    auto const key = base64(randomBytes(kKeyBytes));
    http::request<http::empty_body> request{http::verb::get, url.target, 11};
    request.set(http::field::host, url.authority());
    request.set(http::field::user_agent, kUserAgent);
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, key);
    for (auto const& [name, value] : headers) {
        if (!isHeader(name, value)) co_return cutoff->failure(NetErrorKind::Protocol, "header that cannot be sent");
        request.set(name, value);
    }
    auto const [writeError, written] = co_await http::async_write(*stream, request, kNoThrow);
    if (writeError) co_return cutoff->failure(NetErrorKind::Closed, writeError.message());

    beast::flat_buffer buffer;
    http::response_parser<http::empty_body> parser;
    parser.header_limit(kHeadBytesMax);
    auto const [readError, headBytes] = co_await http::async_read_header(*stream, buffer, parser, kNoThrow);
    if (readError) co_return cutoff->failure(readErrorKind(readError), readError.message());
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Aborted, "");

    auto const& answer = parser.get();
    if (answer.result() != http::status::switching_protocols) co_return std::unexpected(refusal(answer));
    if (auto problem = problemOf(answer, key); !problem.empty())
        co_return cutoff->failure(NetErrorKind::Protocol, std::move(problem));
    auto const rest = buffer.data();
    co_return std::string(static_cast<char const*>(rest.data()), rest.size());
}

}  // namespace common::net
