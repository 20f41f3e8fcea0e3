#include "common/core/json_writer.hpp"

#include "common/core/json.hpp"

#include <cmath>

#include <fmt/format.h>

namespace common::json {

Writer& Writer::value(double number) {
    if (!std::isfinite(number)) return null();
    return raw(fmt::format("{}", number));
}

Writer& Writer::value(Value const& parsed) {
    switch (parsed.type()) {
        case Value::Type::Null:
            return null();
        case Value::Type::Bool:
            return value(parsed.boolean());
        case Value::Type::Number:
            return raw(parsed.text());
        case Value::Type::String:
            return value(std::string_view(parsed.text()));
        case Value::Type::Array:
            beginArray();
            for (auto const& item : parsed.items())
                value(item);
            return endArray();
        case Value::Type::Object:
            beginObject();
            for (auto const& member : parsed.members()) {
                key(member.name);
                value(member.value);
            }
            return endObject();
    }
    return *this;
}

}  // namespace common::json
