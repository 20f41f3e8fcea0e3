#include "common/core/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace common {
namespace {

/// Optimal string alignment distance, three rows at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
            bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<std::string const> known) {
    std::optional<std::string> best;
    auto closest = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (auto const& candidate : known) {
        auto const lengths = std::minmax({word.size(), candidate.size()});  // the form that returns values
        if (lengths.second - lengths.first >= closest) continue;
        auto const mistakes = distance(word, candidate);
        if (mistakes >= closest) continue;
        closest = mistakes;
        best = candidate;
    }
    return best;
}

}  // namespace common
