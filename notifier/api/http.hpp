#pragma once

#include "common/core/error.hpp"
#include "common/runtime/address.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notifier {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A request as read from the socket: the head is well-formed, its meaning not yet judged.
struct HttpRequest {
    std::string method;
    std::string target;  ///< as sent: path and query
    int version = 11;    ///< 10 or 11
    HttpHeaders headers;
    std::string body;
    common::IpAddress client;  ///< who asks; behind a trusted proxy the address that it names
    bool viaProxy = false;     ///< a forwarding header stands in it, trusted or not

    /// The target without its query.
    std::string_view path() const;
    /// What stands behind the `?`; empty without one.
    std::string_view query() const;
    /// The first header of this name in any case; empty when absent.
    std::string_view header(std::string_view name) const;
    std::size_t headerCount(std::string_view name) const;
    /// The elements of a comma-separated header, over all its lines, without blanks around them.
    std::vector<std::string_view> elements(std::string_view name) const;
    /// One of them is this token, in any case.
    bool hasToken(std::string_view name, std::string_view token) const;
    /// From this machine itself, not through a proxy on it.
    bool local() const { return client.isLoopback() && !viaProxy; }
};

/// Equal in any case of the letters that ASCII has.
bool sameWord(std::string_view a, std::string_view b);

struct Client;

/// The answer goes on as an event stream (`text/event-stream`, WHATWG HTML section 9.2): the account's durable events
/// after this one, stored ones first.
struct EventStream {
    std::shared_ptr<Client> client;
    std::int64_t after = 0;
    std::string greeting;  ///< the first event, as text of the stream; empty for none
};

/// The rest of a body that is made while it is sent: a long answer takes the memory of a piece, however slowly its
/// reader reads. Network thread.
class BodyPieces {
public:
    virtual ~BodyPieces() = default;
    /// Calls `done` once, not from inside: the next piece, an empty one at the end, or nothing when there is no going
    /// on. Not before `done` of the piece before.
    virtual void next(std::function<void(std::optional<std::string>)> done) = 0;
};

struct HttpResponse {
    int status = 200;
    std::string contentType = "application/json";
    std::string body = {};
    HttpHeaders headers = {};  ///< besides those that every answer has
    std::optional<EventStream> events = {};
    std::shared_ptr<BodyPieces> rest = {};  ///< what follows `body`; null for nothing
};

/// `application/problem+json` (RFC 9457) for what fails before any command is known.
HttpResponse problem(int status, std::string_view title, std::string_view detail, HttpHeaders headers = {});
/// The standard's words for a status that we send.
std::string_view statusText(int status);

/// As above, of an error of the table (common/core/error.hpp): with its code, name, field and whether to try again.
HttpResponse problem(common::Error const& error);

/// The key of `Authorization: Bearer KEY`: nothing without the header, an empty text for any other content.
std::optional<std::string> bearerSecret(HttpRequest const& request);

/// Answers everything that is not a WebSocket upgrade: root pages, REST, dashboard. Network thread; calls `done`
/// exactly once, maybe at once.
using HttpHandler = std::function<void(HttpRequest request, std::function<void(HttpResponse)> done)>;

}  // namespace notifier
