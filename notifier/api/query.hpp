#pragma once

#include "common/core/error.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notifier {

/// Percent-encoded text in plain (RFC 3986 section 2.1); nothing for a broken escape. `+` stays as it is.
std::optional<std::string> percentDecoded(std::string_view text);

/// What stands behind the `?` of a target, as typed values. Names that nobody asks for are ignored, like unknown
/// members of a frame; errors name the parameter in `field`.
class Query {
public:
    /// `name=value&…`, with `+` for a blank. 1002 for a broken escape or a name that stands twice.
    static common::Result<Query> parse(std::string_view text);

    std::optional<std::string_view> find(std::string_view name) const;
    /// 1101 when it is missing.
    common::Result<std::string> text(std::string_view name) const;
    /// A whole number within these limits, the fallback when it is not given; 1102 for anything else.
    common::Result<std::int64_t> integer(std::string_view name, std::int64_t minimum, std::int64_t maximum,
                                         std::int64_t fallback) const;
    /// Milliseconds since 1970; nothing when it is not given.
    common::Result<std::optional<common::TimeMs>> time(std::string_view name) const;
    /// `30s` or bare milliseconds, the fallback when it is not given; 1102 for anything else.
    common::Result<common::DurationMs> duration(std::string_view name, common::DurationMs fallback) const;

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace notifier
