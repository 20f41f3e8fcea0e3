#pragma once

#include "common/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common::json {

struct Member;

/// A parsed JSON value. Numbers keep their text, so nothing is rounded; object members keep their order.
/// A plain value: owns its strings, belongs to whoever holds it.
class Value {
public:
    enum class Type : std::uint8_t { Null, Bool, Number, String, Array, Object };

    Value();
    explicit Value(bool value);
    Value(Type type, std::string text);
    explicit Value(Type container);
    // Members hold Values again, so nothing that copies or destroys them can stand inside the class.
    Value(Value const&);
    Value(Value&&) noexcept;
    Value& operator=(Value const&);
    Value& operator=(Value&&) noexcept;
    ~Value();

    Type type() const { return type_; }
    bool isNull() const { return type_ == Type::Null; }
    bool isBool() const { return type_ == Type::Bool; }
    bool isNumber() const { return type_ == Type::Number; }
    bool isString() const { return type_ == Type::String; }
    bool isArray() const { return type_ == Type::Array; }
    bool isObject() const { return type_ == Type::Object; }

    bool boolean() const { return bool_; }
    /// The string's characters, or the number's digits exactly as they stood in the text.
    std::string const& text() const { return text_; }
    std::vector<Value> const& items() const { return items_; }
    std::vector<Member> const& members() const { return members_; }
    /// The member of this name, or null: also for values that are no objects.
    Value const* find(std::string_view name) const;
    /// A number without point, exponent or overflow.
    std::optional<std::int64_t> integer() const;

    std::vector<Value>& items() { return items_; }
    std::vector<Member>& members() { return members_; }

private:
    Type type_ = Type::Null;
    bool bool_ = false;
    std::string text_;
    std::vector<Value> items_;
    std::vector<Member> members_;
};

struct Member {
    std::string name;
    Value value;
};

struct ParseLimits {
    std::size_t depthMax = 32;
};

/// Parses one JSON text (RFC 8259). BadJson for anything else: trailing text, NaN, invalid UTF-8, duplicate members,
/// deeper nesting than the limit. Iterative, so depth costs no stack. The caller bounds the length of the text.
Result<Value> parse(std::string_view text, ParseLimits limits = {});

}  // namespace common::json
