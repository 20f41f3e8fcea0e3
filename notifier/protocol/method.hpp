#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace notifier {

/// What a client can ask for (spec section 3).
enum class Method : std::uint8_t {
    Auth,
    Subscribe,
    Unsubscribe,
    List,
    Update,
    Pause,
    Rearm,
    Resume,
    Ack,
    History,
    Preview,
    Watch,
    Unwatch,
    Ping,
    Help,
};

/// One row of the method table: what parsing, `help` and the documents are made from.
struct MethodInfo {
    Method method;
    std::string_view name;
    std::span<std::string_view const> parameters;  ///< every name it knows; others are ignored
    std::string_view summary;
    std::string_view example;  ///< a whole request as JSON text
};

/// Indexed by the enumerator's number.
std::span<MethodInfo const> methodTable();
MethodInfo const& methodInfo(Method method);
inline std::string_view methodText(Method method) {
    return methodInfo(method).name;
}
std::optional<Method> parseMethod(std::string_view name);

}  // namespace notifier
