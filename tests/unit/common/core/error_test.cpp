#include "common/core/error.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace common {
namespace {

// Spec section 3 lists the codes and names, section 5 the status of each group.
std::map<int, std::string> const kSpecNames{
    {1001, "bad_json"},        {1002, "bad_request"},        {1003, "unknown_method"},
    {1101, "missing_field"},   {1102, "bad_value"},          {1103, "unknown_kind"},
    {1104, "unknown_symbol"},  {1105, "bad_decimal"},        {1106, "window_not_covered"},
    {1107, "unknown_channel"}, {1108, "symbol_not_trading"}, {1201, "auth_required"},
    {1202, "auth_failed"},     {1203, "forbidden"},          {1301, "rate_limited"},
    {1302, "too_many_alerts"}, {1303, "too_many_symbols"},   {1401, "not_found"},
    {1402, "key_conflict"},    {1403, "bad_state"},          {1501, "busy"},
    {1502, "internal"},        {1503, "storage_full"}};

int specStatus(int code) {
    if (code == 1104 || code == 1401) return 404;
    if (code == 1203) return 403;
    if (code == 1402 || code == 1403) return 409;
    if (code == 1502) return 500;
    std::map<int, int> const groups{{10, 400}, {11, 400}, {12, 401}, {13, 429}, {15, 503}};
    return groups.at(code / 100);
}

TEST(ErrorTable, Walk_EveryRow_IsWhatTheSpecSays) {
    std::map<int, std::string> rows;
    for (auto const& row : errorTable()) {
        rows.emplace(static_cast<int>(row.code), row.name);
        EXPECT_EQ(row.httpStatus, specStatus(static_cast<int>(row.code))) << row.name;
    }
    EXPECT_EQ(rows, kSpecNames);
    EXPECT_EQ(errorTable().size(), kSpecNames.size()) << "a row stands twice";
}

TEST(ErrorTable, Info_EveryCode_FindsItsOwnRow) {
    for (auto const& [code, name] : kSpecNames) {
        auto const& row = errorInfo(static_cast<ErrorCode>(code));
        EXPECT_EQ(static_cast<int>(row.code), code);
        EXPECT_EQ(row.name, name);
    }
}

TEST(ErrorTable, Retryable_OverloadAndFailure_Invite) {
    for (auto const code : {ErrorCode::RateLimited, ErrorCode::Busy, ErrorCode::Internal})
        EXPECT_TRUE(errorInfo(code).retryable) << errorInfo(code).name;
    for (auto const code : {ErrorCode::BadJson, ErrorCode::UnknownSymbol, ErrorCode::AuthFailed, ErrorCode::NotFound})
        EXPECT_FALSE(errorInfo(code).retryable) << errorInfo(code).name;
}

TEST(CloseTable, Walk_EveryRow_CodeRangeSaysWhetherToReconnect) {
    std::set<int> codes;
    for (auto const& row : closeTable()) {
        auto const code = static_cast<int>(row.code);
        EXPECT_TRUE(codes.insert(code).second) << code;
        EXPECT_EQ(row.mayReconnect, code < 4500) << code;
        EXPECT_LE(row.reason.size(), 123U) << "fits a close frame";
        EXPECT_EQ(&closeInfo(row.code), &row);
    }
    EXPECT_EQ(codes, (std::set<int>{1002, 1003, 1007, 1009, 1011, 1012, 4008, 4009, 4029, 4501, 4503}));
}

}  // namespace
}  // namespace common
