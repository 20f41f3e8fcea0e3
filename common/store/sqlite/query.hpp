#pragma once

#include "common/core/decimal.hpp"
#include "common/core/ids.hpp"
#include "common/store/sqlite/connection.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <SQLiteCpp/Column.h>

namespace common::sqlite {

/// Bytes bound as a BLOB.
struct Blob {
    std::string_view bytes;
};

/// One run of a prepared statement: binds in order, steps, and resets when it goes, so that no read stays open.
class Query {
public:
    template <class... Args>
    Query(Connection& connection, Sql sql, Args const&... args) : statement_(connection.prepared(sql)) {
        try {
            statement_.tryReset();
            int index = 0;
            (bind(++index, args), ...);
        } catch (SQLite::Exception const& error) {
            throw toStoreError(error);
        }
    }
    ~Query() { statement_.tryReset(); }
    Query(Query const&) = delete;
    Query& operator=(Query const&) = delete;

    /// Steps to the next row.
    bool next() {
        try {
            return statement_.executeStep();
        } catch (SQLite::Exception const& error) {
            throw toStoreError(error);
        }
    }
    /// Runs a statement without rows; the number of rows it changed.
    std::int64_t run() {
        while (next()) {
        }
        return statement_.getChanges();
    }

    bool isNull(int column) const { return statement_.isColumnNull(column); }
    std::int64_t integer(int column) const { return statement_.getColumn(column).getInt64(); }
    bool flag(int column) const { return integer(column) != 0; }
    double real(int column) const { return statement_.getColumn(column).getDouble(); }
    std::string text(int column) const { return statement_.getColumn(column).getString(); }
    Decimal decimal(int column) const { return Decimal::fromUnits(integer(column)); }
    /// Two neighbouring columns: units and decimals.
    ExactDecimal exact(int column) const { return {decimal(column), static_cast<std::uint8_t>(integer(column + 1))}; }
    template <class E>
    E enumerator(int column) const {
        return static_cast<E>(integer(column));
    }
    std::optional<std::int64_t> maybeInteger(int column) const {
        return isNull(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<std::string> maybeText(int column) const {
        return isNull(column) ? std::nullopt : std::optional(text(column));
    }
    std::optional<Decimal> maybeDecimal(int column) const {
        return isNull(column) ? std::nullopt : std::optional(decimal(column));
    }

private:
    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    void bind(int index, T value) {
        statement_.bind(index, static_cast<std::int64_t>(value));
    }
    void bind(int index, double value) { statement_.bind(index, value); }
    void bind(int index, std::string const& value) { statement_.bind(index, value); }
    void bind(int index, std::string_view value) { statement_.bind(index, std::string(value)); }
    void bind(int index, char const* value) { statement_.bind(index, value); }
    void bind(int index, Blob value) {
        statement_.bind(index, value.bytes.data(), static_cast<int>(value.bytes.size()));
    }
    void bind(int index, Decimal value) { statement_.bind(index, value.units()); }
    template <class Tag>
    void bind(int index, RowId<Tag> id) {
        statement_.bind(index, id.value);
    }
    void bind(int index, std::nullopt_t) { statement_.bind(index); }
    template <class T>
    void bind(int index, std::optional<T> const& value) {
        if (value)
            bind(index, *value);
        else
            statement_.bind(index);
    }

    SQLite::Statement& statement_;
};

}  // namespace common::sqlite
