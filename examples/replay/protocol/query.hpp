#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace replay {

/// A request target taken apart: path and decoded parameters, in order.
class Query {
public:
    /// Tolerates broken escapes (they stand as they are): the exchange never refuses a target for its spelling.
    static Query parse(std::string_view target);

    std::string const& path() const { return path_; }
    std::optional<std::string_view> find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name).has_value(); }
    std::vector<std::pair<std::string, std::string>> const& parameters() const { return parameters_; }

private:
    std::string path_;
    std::vector<std::pair<std::string, std::string>> parameters_;
};

std::string percentDecode(std::string_view text);

}  // namespace replay
