#include "common/core/json.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace common::json {
namespace {

constexpr unsigned kParseFlags =
    rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

/// SAX handler: keeps a stack of open containers and refuses duplicates and depth as they appear.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
public:
    explicit Builder(ParseLimits limits) : limits_(limits) {}

    bool Null() { return add(Value{}); }
    bool Bool(bool value) { return add(Value{value}); }
    bool RawNumber(char const* text, rapidjson::SizeType size, bool) {
        return add(Value{Value::Type::Number, std::string(text, size)});
    }
    bool String(char const* text, rapidjson::SizeType size, bool) {
        return add(Value{Value::Type::String, std::string(text, size)});
    }
    bool StartObject() { return open(Value::Type::Object); }
    bool StartArray() { return open(Value::Type::Array); }
    bool EndObject(rapidjson::SizeType) {
        if (auto const twice = duplicate(stack_.back().value.members())) {
            refusal_ = fmt::format("duplicate member \"{}\"", *twice);
            return false;
        }
        return close();
    }
    bool EndArray(rapidjson::SizeType) { return close(); }
    bool Key(char const* text, rapidjson::SizeType size, bool) {
        stack_.back().value.members().push_back({std::string(text, size), {}});
        return true;
    }

    Value take() { return std::move(root_); }
    std::string const& refusal() const { return refusal_; }

private:
    struct Open {
        Value value;
    };

    /// Small objects pair by pair; large ones sorted, or one frame full of members would hold its thread for 100 ms.
    static std::optional<std::string_view> duplicate(std::vector<Member> const& members) {
        constexpr std::size_t kPairwiseMax = 16;
        if (members.size() <= kPairwiseMax) {
            for (auto one = members.begin(); one != members.end(); ++one)
                for (auto other = members.begin(); other != one; ++other)
                    if (one->name == other->name) return one->name;
            return {};
        }
        std::vector<std::string_view> names;
        names.reserve(members.size());
        for (auto const& member : members)
            names.push_back(member.name);
        std::ranges::sort(names);
        auto const twice = std::ranges::adjacent_find(names);
        if (twice == names.end()) return {};
        return *twice;
    }

    bool add(Value value) {
        if (stack_.empty()) {
            root_ = std::move(value);
            return true;
        }
        auto& parent = stack_.back().value;
        if (parent.isArray())
            parent.items().push_back(std::move(value));
        else
            parent.members().back().value = std::move(value);
        return true;
    }
    bool open(Value::Type type) {
        if (stack_.size() >= limits_.depthMax) {
            refusal_ = fmt::format("nested deeper than {}", limits_.depthMax);
            return false;
        }
        stack_.push_back({Value{type}});
        return true;
    }
    bool close() {
        Value done = std::move(stack_.back().value);
        stack_.pop_back();
        return add(std::move(done));
    }

    ParseLimits limits_;
    std::vector<Open> stack_;
    Value root_;
    std::string refusal_;
};

}  // namespace

Value::Value() = default;
Value::Value(bool value) : type_(Type::Bool), bool_(value) {}
Value::Value(Type type, std::string text) : type_(type), text_(std::move(text)) {}
Value::Value(Type container) : type_(container) {}
Value::Value(Value const&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(Value const&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value const* Value::find(std::string_view name) const {
    for (auto const& member : members_)
        if (member.name == name) return &member.value;
    return nullptr;
}

std::optional<std::int64_t> Value::integer() const {
    if (type_ != Type::Number) return {};
    std::int64_t value = 0;
    auto const* const end = text_.data() + text_.size();
    auto const [stop, error] = std::from_chars(text_.data(), end, value);
    if (error != std::errc{} || stop != end) return {};
    return value;
}

Result<Value> parse(std::string_view text, ParseLimits limits) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    Builder builder(limits);
    rapidjson::Reader reader;
    auto const outcome = reader.Parse<kParseFlags>(stream, builder);
    if (outcome.IsError()) {
        if (!builder.refusal().empty()) return fail(ErrorCode::BadJson, builder.refusal());
        return fail(ErrorCode::BadJson, fmt::format("not JSON: error at byte {}", outcome.Offset()));
    }
    // A NUL byte ends RapidJSON's stream early; what stands behind it was never looked at.
    if (stream.Tell() < text.size()) return fail(ErrorCode::BadJson, "not JSON: NUL byte in the text");
    return builder.take();
}

}  // namespace common::json
