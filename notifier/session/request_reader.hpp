#pragma once

#include "notifier/api/http.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace notifier {

/// Beast's parser of requests (RFC 9112), writing straight into what the handlers take. Its limits are set by the
/// parser's own header_limit() and body_limit().
class RequestReader final : public boost::beast::http::basic_parser<true> {
public:
    /// Empty where it has not been read yet; `client` and `viaProxy` are not set here.
    HttpRequest& request() { return request_; }

private:
    using Error = boost::system::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb method, Text methodText, Text target, int version,
                         Error& error) override;
    void on_response_impl(int code, Text reason, int version, Error& error) override;
    void on_field_impl(boost::beast::http::field name, Text nameText, Text value, Error& error) override;
    void on_header_impl(Error& error) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const& bytes, Error& error) override;
    std::size_t on_body_impl(Text body, Error& error) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, Error& error) override;
    void on_finish_impl(Error& error) override;

    HttpRequest request_;
};

}  // namespace notifier
