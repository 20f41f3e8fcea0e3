#pragma once

#include "common/store/preview_store.hpp"
#include "common/store/sqlite/connection.hpp"

namespace common::sqlite {

class SqlitePreviewStore final : public PreviewStore {
public:
    explicit SqlitePreviewStore(Connection& connection) : connection_(connection) {}
    std::int64_t ask(PreviewQuestion const& question) override;
    std::vector<PreviewQuestion> unansweredAfter(std::int64_t id, std::int64_t limit) override;
    void answer(std::int64_t id, std::string_view json) override;
    std::optional<std::string> answerOf(std::int64_t id) override;
    void remove(std::int64_t id) override;
    void removeAll() override;

private:
    Connection& connection_;
};

}  // namespace common::sqlite
