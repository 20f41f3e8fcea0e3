#include "notifier/session/request_reader.hpp"

#include <string>
#include <utility>

namespace notifier {
namespace {

constexpr std::size_t kUsualHeaders = 16;

/// A server has to take a whole URL as well (RFC 9112 section 3.2.2); whose it is, Host says.
std::string_view originForm(std::string_view target) {
    if (!target.starts_with("http://") && !target.starts_with("https://")) return target;
    auto const path = target.find('/', target.find("//") + 2);
    return path == target.npos ? "/" : target.substr(path);
}

}  // namespace

void RequestReader::on_request_impl(boost::beast::http::verb, Text methodText, Text target, int version, Error&) {
    request_.method = std::string_view(methodText);
    request_.target = originForm(target);
    request_.version = version;
    request_.headers.reserve(kUsualHeaders);
}

void RequestReader::on_response_impl(int, Text, int, Error&) {}

void RequestReader::on_field_impl(boost::beast::http::field, Text nameText, Text value, Error&) {
    request_.headers.emplace_back(std::string_view(nameText), std::string_view(value));
}

void RequestReader::on_header_impl(Error&) {}

void RequestReader::on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) {}

std::size_t RequestReader::on_body_impl(Text body, Error&) {
    request_.body += std::string_view(body);
    return body.size();
}

void RequestReader::on_chunk_header_impl(std::uint64_t, Text, Error&) {}

std::size_t RequestReader::on_chunk_body_impl(std::uint64_t, Text body, Error&) {
    request_.body += std::string_view(body);
    return body.size();
}

void RequestReader::on_finish_impl(Error&) {}

}  // namespace notifier
