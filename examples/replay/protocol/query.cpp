#include "examples/replay/protocol/query.hpp"

#include <algorithm>
#include <charconv>

namespace replay {

std::string percentDecode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        auto const hex = text.substr(i + 1 <= text.size() ? i + 1 : text.size(), 2);
        auto const* const end = hex.data() + hex.size();
        if (text[i] == '%' && hex.size() == 2 && std::from_chars(hex.data(), end, value, 16).ptr == end) {
            decoded.push_back(static_cast<char>(value));
            i += 2;
        } else {
            decoded.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return decoded;
}

Query Query::parse(std::string_view target) {
    Query query;
    auto const mark = target.find('?');
    query.path_ = target.substr(0, mark);
    auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    while (!rest.empty()) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        auto const equals = std::min(pair.find('='), pair.size());
        auto const value = pair.substr(std::min(equals + 1, pair.size()));
        query.parameters_.emplace_back(percentDecode(pair.substr(0, equals)), percentDecode(value));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
    auto const found = std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
    if (found == parameters_.end()) return {};
    return found->second;
}

}  // namespace replay
