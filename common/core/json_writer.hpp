#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <rapidjson/writer.h>

namespace common::json {

class Value;

/// Writes one JSON text front to back. The caller keeps the grammar (a key before each member's value).
/// Appends to an own string; `take()` hands it over. Not thread-safe; make one per text.
class Writer {
public:
    Writer() : out_(std::make_unique<Sink>()), writer_(*out_) {}

    Writer& beginObject() { return writer_.StartObject(), *this; }
    Writer& endObject() { return writer_.EndObject(), *this; }
    Writer& beginArray() { return writer_.StartArray(), *this; }
    Writer& endArray() { return writer_.EndArray(), *this; }
    Writer& key(std::string_view name) { return writer_.Key(name.data(), size(name)), *this; }

    Writer& value(std::string_view text) { return writer_.String(text.data(), size(text)), *this; }
    Writer& value(char const* text) { return value(std::string_view(text)); }
    Writer& value(bool flag) { return writer_.Bool(flag), *this; }
    template <std::integral T>
    Writer& value(T number) {
        return writer_.Int64(static_cast<std::int64_t>(number)), *this;
    }
    /// Shortest text that reads back as the same double; null for NaN and infinities, which JSON lacks.
    Writer& value(double number);
    Writer& null() { return writer_.Null(), *this; }
    template <class T>
    Writer& value(std::optional<T> const& maybe) {
        return maybe ? value(*maybe) : null();
    }
    /// A parsed value, written back with its numbers as they stood.
    Writer& value(Value const& parsed);
    /// Text that is JSON already (a number kept as text, a stored document).
    Writer& raw(std::string_view json) {
        return writer_.RawValue(json.data(), size(json), rapidjson::kNullType), *this;
    }

    template <class T>
    Writer& field(std::string_view name, T const& content) {
        return key(name), value(content);
    }
    Writer& nullField(std::string_view name) { return key(name), null(); }

    std::string const& text() const { return out_->text; }
    std::string take() { return std::move(out_->text); }

private:
    struct Sink {
        using Ch = char;
        std::string text;
        void Put(char c) { text.push_back(c); }
        void Flush() {}
    };
    static rapidjson::SizeType size(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

    std::unique_ptr<Sink> out_;  // stable address: writer_ points to it
    rapidjson::Writer<Sink> writer_;
};

}  // namespace common::json
