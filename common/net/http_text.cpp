#include "common/net/http_text.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>

namespace common::net {
namespace {

namespace http = boost::beast::http;

constexpr std::int64_t kRetryAfterMaxS = 86'400;

bool isTokenCharacter(char c) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<DurationMs> retryAfterMs(std::string_view header) {
    std::int64_t seconds = 0;
    auto const* const end = header.data() + header.size();
    auto const [stop, error] = std::from_chars(header.data(), end, seconds);
    if (error != std::errc{} || stop != end || seconds < 0 || seconds > kRetryAfterMaxS) return {};
    return seconds * 1000;
}

bool isHeader(std::string_view name, std::string_view value) {
    auto const allowed = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); };
    return !name.empty() && std::ranges::all_of(name, isTokenCharacter) && std::ranges::all_of(value, allowed);
}

bool isTarget(std::string_view text) {
    return text.starts_with('/') && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

NetErrorKind readErrorKind(boost::system::error_code error) {
    if (error == http::error::header_limit || error == http::error::body_limit || error == http::error::buffer_overflow)
        return NetErrorKind::TooBig;
    static auto const& category = http::make_error_code(http::error::end_of_stream).category();
    bool const ended = error == http::error::end_of_stream || error == http::error::partial_message;
    return error.category() == category && !ended ? NetErrorKind::Protocol : NetErrorKind::Closed;
}

}  // namespace common::net
